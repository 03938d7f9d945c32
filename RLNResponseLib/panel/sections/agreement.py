"""The Agreement section: extract the features of an unblinded study, compare its readers."""

from __future__ import annotations

from slicer.i18n import tr as _

from RLNResponseLib.analysis.plots import icc_plots
from RLNResponseLib.commands import agreement, extract
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.sections.section import PanelContext, StudyCommandSection
from RLNResponseLib.panel.widgets.pictures import PictureView
from RLNResponseLib.panel.widgets.plots import PlotChoice
from RLNResponseLib.panel.widgets.result_tables import ResultTables
from RLNResponseLib.report.text.result_tables import agreement_tables


class AgreementSection(StudyCommandSection):
    """Shows what `rlnresponse extract` and `rlnresponse agreement` found."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "AgreementSection")
        buttons = (self._ui.extractButton, self._ui.compareButton)
        self._command = BackgroundCommand(
            self._ui.agreementBar, self._ui.agreementCancelButton, buttons, context.status
        )
        self._pictures = PictureView(
            self._ui.agreementPictureBox, self._ui.agreementPictureLabel, self._ui.agreementFolderButton, context.status
        )
        self._tables = ResultTables(self._ui.agreementTableBox, self._ui.featureTable, context.status, also=("plots",))
        self._plots = PlotChoice(
            self._ui.agreementPlotBox, self._ui.agreementPlotButton, context.scene, context.status, context.plots
        )
        self._ui.extractButton.connect("clicked(bool)", context.status.guarded(self._extract))
        self._ui.compareButton.connect("clicked(bool)", context.status.guarded(self._compare))
        self.show_study()
        self.show_state()
        self.widget.collapsed = True

    def show_study(self) -> None:
        """Show the agreement that was computed of the study before."""
        self._show_words("")
        self._show_files()

    def cleanup(self) -> None:
        """The panel goes, the command with it, and a picture that is open."""
        self._pictures.cleanup()
        self._plots.fill(())
        super().cleanup()

    @property
    def has_results(self) -> bool:
        """Whether the readers were compared."""
        return self._results is not None and (self._results / "agreement.csv").is_file()

    def _extract(self) -> None:
        self._command.start(extract.arguments(self._opened()), self._extracted, _("Extracting the features."))

    def _extracted(self, printed: str) -> None:
        self._show_words(printed)
        self._context.status.say(_("The features are extracted; compare the readers next."))

    def _compare(self) -> None:
        self._command.start(agreement.arguments(self._opened()), self._compared, _("Comparing the readers."))

    def _compared(self, printed: str) -> None:
        self._show_words(printed)
        self._show_files()
        self.show_state()
        self._context.status.say(_("The readers are compared."))

    def _show_words(self, printed: str) -> None:
        self._ui.agreementText.plainText = printed
        self._ui.agreementWords.visible = bool(printed)

    def _show_files(self) -> None:
        results = self._results
        # Emptied first: of a file that is refused nothing may stay that was another's.
        self._tables.fill(())
        self._plots.fill(())
        self._pictures.fill(() if results is None else sorted(results.glob("agreement*.png")))
        if results is not None:
            self._tables.fill(agreement_tables(results))
            file, rule = results / "agreement.csv", self._opened().protocol.icc
            self._plots.fill(icc_plots(file, rule) if file.is_file() and rule is not None else ())
