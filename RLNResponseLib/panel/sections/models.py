"""The Model section: fit a score on the study's lymph nodes, or judge a score model on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from RLNResponseLib.analysis.cases import feature_table, known_rows, rows_where, study_cases, study_sets, write_cases
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.sections.section import PanelContext
from RLNResponseLib.panel.widgets.tables import PictureView
from RLNResponseLib.study.protocol import refuse_readers_beyond_analysis
from RLNResponseLib.study.study import Study

_FITTED = "fitted-response.json"


class ModelSection:
    """Shows what `rlnresponse fit` and `rlnresponse validate` found.

    study  the opened study, or None
    """

    def __init__(self, context: PanelContext, study: Callable[[], Study | None]) -> None:
        self.widget = context.load_ui("ModelSection")
        self._ui = slicer.util.childWidgetVariables(self.widget)
        self._context, self._study = context, study
        self._models: list[str] = []
        buttons = (self._ui.fitButton, self._ui.validateButton)
        self._command = BackgroundCommand(self._ui.modelBar, self._ui.modelCancelButton, buttons, context.status)
        self._pictures = PictureView(
            self._ui.modelPictureBox, self._ui.modelPictureLabel, self._ui.modelFolderButton, context.status
        )
        self._ui.fitButton.connect("clicked(bool)", context.status.guarded(self._fit))
        self._ui.validateButton.connect("clicked(bool)", context.status.guarded(self._validate))
        self.refresh()
        self.widget.collapsed = True

    def refresh(self) -> None:
        """Another study is open: show what was computed of it before."""
        study = self._study()
        self._ui.modelText.plainText = ""
        self._offer_models(study)
        files = (
            []
            if study is None or study.unblinding() is None
            else sorted((study.folder / "results" / "model").glob("*.png"))
        )
        self._pictures.fill(files)

    def _offer_models(self, study: Study | None) -> None:
        """The published models, and what was fitted on this study."""
        cards = (
            []
            if study is None or study.unblinding() is None
            else sorted((study.folder / "results").glob("fitted-*.json"))
        )
        self._models = [*PUBLISHED_MODELS, *map(str, cards)]
        self._ui.modelBox.clear()
        for model in self._models:
            self._ui.modelBox.addItem(Path(model).stem if model.endswith(".json") else model)

    def cleanup(self) -> None:
        """The panel goes."""
        self._command.cleanup()

    def _fit(self) -> None:
        study = self._opened()
        refuse_readers_beyond_analysis(study.protocol.rounds)
        rule = study.protocol.icc_rule()
        cases = _cases(study, "training")
        results = cases.parent
        arguments = [
            "fit", cases, "--outcome", "response", "--group", "patient", "--features", *FEATURES,
            "--readings", feature_table(study), "--form", rule.form, "--threshold", rule.threshold, "--on", rule.on,
            "--title", "Rad-score of this study",
            "--output", results / _FITTED, "--figures", results / "model",
        ]  # fmt: skip
        self._command.start(
            arguments, self._shown, _("Fitting: LASSO on the features that pass, repeated in resamples.")
        )

    def _validate(self) -> None:
        model = self._models[self._ui.modelBox.currentIndex]
        # A published formula has seen none of them; the study's own has seen its training patients.
        cases = _cases(self._opened(), "all" if model in PUBLISHED_MODELS else "validation")
        arguments = [
            "validate", cases, "--model", model, "--outcome", "response",
            "--group", "patient", "--figures", cases.parent / "model",
        ]  # fmt: skip
        self._command.start(arguments, self._shown, _("Judging the score on the study's lymph nodes."))

    def _shown(self, printed: str) -> None:
        self._ui.modelText.plainText = printed
        self._offer_models(self._opened())
        self._pictures.fill(sorted((self._opened().folder / "results" / "model").glob("*.png")))
        self._context.status.say(_("Done; the figures are in the study's folder results/model."))

    def _opened(self) -> Study:
        study = self._study()
        if study is None:
            raise DataRefusedError(_("Open a study first."), "no-study")
        return study


def _cases(study: Study, wanted: str) -> Path:
    """The lymph nodes of one set, or of "all", whose response is known, as a file for the commands."""
    known = known_rows(study_cases(study, study_sets(study)), ("response",))
    rows = known if wanted == "all" else rows_where(known, {"set": wanted})
    return write_cases(rows, study, f"lymph_nodes-{wanted}.csv")
