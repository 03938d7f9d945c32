"""One score model's block in the Score section: the number, the group in words, the picture."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.panel.widgets.score_gauge import ScoreGauge, uncertainty_of
from RLNResponseLib.report.figures.drawing import number
from RLNResponseLib.report.text.score import movement_words, uncertainty_words


class ScoreBlock:
    """Shows one score; made once for each model and filled again with every edit."""

    def __init__(self, layout: Any) -> None:
        self.heading = qt.QLabel()
        self.heading.wordWrap = True
        font = self.heading.font
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self.heading.font = font
        self.detail = qt.QLabel()
        self.detail.wordWrap = True
        self.gauge = ScoreGauge()
        for widget in (self.heading, self.detail, self.gauge):
            layout.addWidget(widget)

    def show(self, lesion: LesionResult, result: ScoreResult) -> None:
        """Fill the block."""
        self.heading.text = f"{result.model.title} {number(result.score)}   {sign(result)} {result.group_words}"
        self.heading.toolTip = result.model.outcome
        uncertainty = uncertainty_of(lesion, result)
        lines = [position(result)]
        if uncertainty is not None:
            lines += [uncertainty_words(result, uncertainty), movement_words(uncertainty)]
        if result.withheld:
            lines.append(f"⚠ {result.withheld}")
        elif result.applicability.status not in ("unknown", "inside"):
            lines.append(f"⚠ {result.applicability.message}")
        self.detail.text = "\n".join(lines)
        self.detail.toolTip = result.applicability.message
        self.gauge.show_score(lesion, result)
        self.visible(True)

    def visible(self, is_visible: bool) -> None:
        """Show or hide the whole block."""
        for widget in (self.heading, self.detail, self.gauge):
            widget.visible = is_visible


def sign(result: ScoreResult) -> str:
    """Which side of the cutoff a score lies on, as a shape.

    Parameters
    ----------
    result
        The score.

    Returns
    -------
    str
        "▶" above the cutoff, "◀" at or below it, "" where the group is withheld.

    """
    if result.withheld:
        return ""
    return "▶" if result.distance_to_cutoff > 0 else "◀"


def position(result: ScoreResult) -> str:
    """Where a score lies, in words.

    Parameters
    ----------
    result
        The score.

    Returns
    -------
    str
        Its distance from the cutoff, and the derived probability where the model has one.

    """
    cutoff = number(result.model.cutoff.value)
    distance = number(abs(result.distance_to_cutoff))
    if result.distance_to_cutoff == 0:
        where = _("exactly at the cutoff {cutoff}")
    elif result.distance_to_cutoff > 0:
        where = _("{distance} above the cutoff {cutoff}")
    else:
        where = _("{distance} below the cutoff {cutoff}")
    words = where.format(distance=distance, cutoff=cutoff)
    if result.probability is None:
        return words
    return _("{where} · probability {probability:.2f} (derived)").format(where=words, probability=result.probability)
