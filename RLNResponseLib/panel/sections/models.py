"""The Model section: fit a score on the study's lymph nodes, or judge a score model on them."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from RLNResponseLib.analysis.cases import known_rows, rows_where, study_cases, study_sets, write_cases
from RLNResponseLib.analysis.plots import PLOTS_SUFFIX, read_plots
from RLNResponseLib.commands import fit, validate
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_model
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.sections.section import PanelContext, StudyCommandSection
from RLNResponseLib.panel.widgets.pictures import PictureView
from RLNResponseLib.panel.widgets.plots import PlotChoice
from RLNResponseLib.panel.widgets.result_tables import ResultTables
from RLNResponseLib.report.text.result_tables import score_tables
from RLNResponseLib.study.protocol import refuse_readers_beyond_analysis
from RLNResponseLib.study.study import Study


class ModelSection(StudyCommandSection):
    """Shows what `rlnresponse fit` and `rlnresponse validate` found."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "ModelSection")
        self._models: list[str] = []
        buttons = (self._ui.fitButton, self._ui.validateButton)
        self._command = BackgroundCommand(self._ui.modelBar, self._ui.modelCancelButton, buttons, context.status)
        self._pictures = PictureView(
            self._ui.modelPictureBox, self._ui.modelPictureLabel, self._ui.modelFolderButton, context.status
        )
        self._tables = ResultTables(self._ui.modelTableBox, self._ui.modelTable, context.status, also=("plots",))
        self._plots = PlotChoice(self._ui.plotBox, self._ui.plotButton, context.scene, context.status, context.plots)
        self._ui.fitButton.connect("clicked(bool)", context.status.guarded(self._fit))
        self._ui.validateButton.connect("clicked(bool)", context.status.guarded(self._validate))
        self.show_study()
        self.show_state()
        self.widget.collapsed = True

    def show_study(self) -> None:
        """Offer the study's score models, and show the figures that were drawn of them before."""
        self._show_words("")
        self._show_files()

    def cleanup(self) -> None:
        """The panel goes, the command with it, and what is shown of results."""
        self._pictures.cleanup()
        self._plots.fill(())
        super().cleanup()

    @property
    def has_results(self) -> bool:
        """Whether a score was fitted."""
        return self._results is not None and any(self._results.glob("fitted-*.json"))

    def _show_words(self, printed: str) -> None:
        self._ui.modelText.plainText = printed
        self._ui.modelWords.visible = bool(printed)

    def _show_files(self) -> None:
        """The published models and what was fitted on this study; the tables, plots and pictures of both."""
        results = self._results
        cards = [] if results is None else sorted(results.glob("fitted-*.json"))
        self._models = [*PUBLISHED_MODELS, *map(str, cards)]
        self._ui.modelBox.clear()
        for model in self._models:
            self._ui.modelBox.addItem(Path(model).stem if model.endswith(".json") else model)
        # Emptied first: of a file that is refused nothing may stay that was another's.
        self._tables.fill(())
        self._plots.fill(())
        self._pictures.fill(() if results is None else sorted((results / "model").glob("*.png")))
        if results is not None:
            self._tables.fill(score_tables(results, [find_model(model, any_feature=True) for model in self._models]))
            files = sorted((results / "model").glob(f"*{PLOTS_SUFFIX}"))
            self._plots.fill([plot for file in files for plot in read_plots(file)])

    def _fit(self) -> None:
        study = self._opened()
        refuse_readers_beyond_analysis(study.protocol.rounds)
        self._command.start(
            fit.arguments(study, _cases(study, "training")),
            self._shown,
            _("Fitting: LASSO on the features that pass, repeated in resamples."),
        )

    def _validate(self) -> None:
        model = self._models[self._ui.modelBox.currentIndex]
        # A published formula has seen none of them; the study's own has seen its training patients.
        cases = _cases(self._opened(), "all" if model in PUBLISHED_MODELS else "validation")
        self._command.start(
            validate.arguments(cases, model),
            self._shown,
            _("Judging the score on the study's lymph nodes."),
        )

    def _shown(self, printed: str) -> None:
        self._show_words(printed)
        self._show_files()
        self.show_state()
        self._context.status.say(_("Done; the figures are in the study's folder results/model."))


def _cases(study: Study, wanted: str) -> Path:
    """The lymph nodes of one set, or of "all", whose response is known, as a file for the commands."""
    known = known_rows(study_cases(study, study_sets(study)), ("response",))
    rows = known if wanted == "all" else rows_where(known, {"set": wanted})
    return write_cases(rows, study, f"lymph_nodes-{wanted}.csv")
