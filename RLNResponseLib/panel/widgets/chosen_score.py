"""The chosen lymph node's scores: a line each, one sentence on how sure they are, and everything else folded away."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.live_scores import LiveScore
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.score_block import ScoreBlock
from RLNResponseLib.panel.widgets.score_line import ScoreLine
from RLNResponseLib.panel.widgets.tables import fill, in_words, prepare
from RLNResponseLib.report.text.score_beside import (
    card_words,
    details_heading,
    feature_rows,
    redrawn_sentence,
    severest_first,
)


class ChosenScore:
    """Fills the form of the door One patient with what is known of one lymph node.

    Parameters
    ----------
    ui
        The form's widgets.

    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self.lines: list[ScoreLine] = []
        self.blocks: list[ScoreBlock] = []
        prepare(ui.featureTable, [_("Feature"), _("Value")], wide=0)
        ui.researchLabel.text = RESEARCH_USE_ONLY
        self._questions = (
            QuestionMark("uncertainty-interval", "group-and-cutoff").beside(ui.saidLabel),
            QuestionMark("findings").beside(ui.findingsLabel),
            QuestionMark("features", "coefficients").beside(ui.noticeLabel),
        )

    def show(self, live: LiveScore | None, *, is_moving: bool) -> None:
        """Show a lymph node.

        Parameters
        ----------
        live
            What is known of it, None where none is chosen or nothing is known yet.
        is_moving
            Whether redrawn contours are being tried.

        """
        result = None if live is None else live.result
        self._show_scores(result)
        self._ui.saidLabel.text = _said(live, is_moving=is_moving)
        self._ui.saidLabel.visible = bool(self._ui.saidLabel.text)
        self._ui.researchLabel.visible = live is not None
        self._show_details(live, result)

    def _show_scores(self, result: LesionResult | None) -> None:
        scores = () if result is None else result.scores
        while len(self.lines) < len(scores):
            self.lines.append(ScoreLine(self._ui.linesPlace.layout(), len(self.lines)))
            self.blocks.append(ScoreBlock(self._ui.detailPlace.layout()))
        for line, block, score in zip(self.lines, self.blocks, scores, strict=False):
            line.show(result, score)  # type: ignore[arg-type]
            block.show(result, score)  # type: ignore[arg-type]
        for line, block in zip(self.lines[len(scores) :], self.blocks[len(scores) :], strict=True):
            line.clear()
            block.clear()

    def _show_details(self, live: LiveScore | None, result: LesionResult | None) -> None:
        self._ui.detailsButton.visible = result is not None
        heading = details_heading(result)
        self._ui.detailsButton.text = _("Details") + (f" · ⚠ {heading}" if heading else "")
        if live is None or result is None:
            self._ui.findingsLabel.text = self._ui.noticeLabel.text = ""
            fill(self._ui.featureTable, [])
            return
        self._ui.findingsLabel.text = in_words(severest_first(result.findings))
        self._ui.findingsLabel.visible = bool(result.findings)
        fill(self._ui.featureTable, feature_rows(result))
        cards = [card_words(score.model) for score in result.scores]
        self._ui.noticeLabel.text = "\n".join(filter(None, [live.checked, result.notice, *cards]))


def _said(live: LiveScore | None, *, is_moving: bool) -> str:
    """Why there is no score or no group, or how far a redrawn contour would move what there is."""
    if live is None:
        return ""
    if live.result is None:
        return f"✗ {live.refusal}"
    withheld = [f"⚠ {words}" for words in live.result.withheld]
    waiting = _("How far a redrawn contour would move it: being computed.") if is_moving else ""
    return "\n".join([*withheld, *filter(None, [redrawn_sentence(live.result) or waiting])])
