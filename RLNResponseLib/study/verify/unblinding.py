"""Unblinding only what is as it was written: outcomes seen once cannot be unseen."""

from __future__ import annotations

from collections.abc import Mapping

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import counted
from RLNResponseLib.study.anchor import Anchor
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.records import ReadingKey, Unblinding
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify


def unblind_verified(
    study: Study,
    now: Now,
    missing: Mapping[ReadingKey, str] | None = None,
    *,
    expected: Anchor | None = None,
    despite: str | None = None,
) -> Unblinding:
    """Verify a study, against an anchor where one is given, then unblind it.

    Parameters
    ----------
    study
        An opened study.
    now
        The moment, for the record and the log.
    missing
        As in `blinding.unblind`.
    expected
        An anchor that was kept outside the folder.
    despite
        Why it is unblinded though verification finds problems; kept in the record.

    Returns
    -------
    Unblinding

    Raises
    ------
    DataRefusedError
        not-intact, foreign-anchor, no-reason, and what `blinding.unblind` refuses.

    """
    report = verify(study.folder, expected, now)
    problems = [problem for problem in report.problems if not problem.is_harmless]
    if problems and despite is None:
        raise DataRefusedError(
            f"The study is not as it was written ({counted(len(problems), 'problem')}), and unblinding cannot be taken "
            f"back. The first: {problems[0].sentence} Run study verify; to unblind all the same, say why.",
            "not-intact",
            "with --despite REASON",
        )
    return unblind(
        study,
        now,
        missing,
        anchor=None if expected is None else expected.words,
        despite=despite,
        problems=tuple(problem.code for problem in problems),
    )
