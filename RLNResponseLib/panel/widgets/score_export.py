"""The scores of One patient's table taken away: to the clipboard, or into a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.wording import counted
from RLNResponseLib.modelling.live_scores import LiveScore
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.report.text.score import score_csv, score_tsv


def copy_scores(rows: Collection[LiveScore], models: Sequence[ScoreModel], status: StatusLine) -> None:
    """Put all rows on the clipboard, as a spreadsheet takes them.

    Parameters
    ----------
    rows
        Of the lymph nodes.
    models
        What they are scored with.
    status
        Told what was done.

    """
    slicer.app.clipboard().setText(score_tsv(rows, models))
    status.say(_("Copied {rows}; paste them into a spreadsheet.").format(rows=counted(len(rows), "row")))


def export_scores(parent: Any, rows: Collection[LiveScore], models: Sequence[ScoreModel], status: StatusLine) -> None:
    """Ask for a file and write all rows to it.

    Parameters
    ----------
    parent
        The widget that asks.
    rows
        Of the lymph nodes.
    models
        What they are scored with.
    status
        Told what was done.

    Raises
    ------
    DataRefusedError
        cannot-write.

    """
    named = qt.QFileDialog.getSaveFileName(parent, _("Export the scores"), "rad-scores.csv", "CSV (*.csv)")
    if not named:
        return
    path = Path(named)
    try:
        write_text_atomically(path, score_csv(rows, models))
    except OSError as error:
        raise DataRefusedError(
            _("{name} cannot be written ({reason}); choose another folder.").format(
                name=path.name, reason=error.strerror
            ),
            "cannot-write",
        ) from None
    status.say(_("Wrote {name}.").format(name=path.name))
