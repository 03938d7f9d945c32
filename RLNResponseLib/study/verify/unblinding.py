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
from RLNResponseLib.study.worklist import lacking_readings


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


def unblinding_notices(study: Study) -> tuple[str, ...]:
    """What whoever works with an unblinded study is to know of its unblinding.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    tuple of str
        That an anchor was taken and not compared, that problems were let through, and why agreement and report will
        refuse the study; nothing while it is blinded.

    Raises
    ------
    DataRefusedError
        What reading the study refuses.

    """
    unblinding = study.unblinding()
    if unblinding is None:
        return ()
    notices = []
    if unblinding.anchor_not_compared is not None:
        notices.append(
            f"An anchor was taken on {unblinding.anchor_not_compared} and was not compared before unblinding; study "
            "verify compares it now, with the anchor that was kept."
        )
    if unblinding.despite is not None:
        notices.append(f"It was unblinded although study verify found problems, because: {unblinding.despite}")
    return (*notices, *lacking_readings(study))
