"""The Agreement section: extract the features of an unblinded study, compare its readers."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from RLNResponseLib.commands import agreement, extract
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.sections.section import PanelContext, StudyCommandSection
from RLNResponseLib.panel.widgets.tables import PictureView, fill, prepare
from RLNResponseLib.report.text.agreement import feature_cells


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
        prepare(self._ui.featureTable, [_("Feature"), _("Inter"), _("Intra (re-contoured)"), _("Passes")], wide=0)
        self._ui.extractButton.connect("clicked(bool)", context.status.guarded(self._extract))
        self._ui.compareButton.connect("clicked(bool)", context.status.guarded(self._compare))
        self.show_study()
        self.show_state()
        self.widget.collapsed = True

    def show_study(self) -> None:
        """Show the agreement that was computed of the study before."""
        self._ui.agreementText.plainText = ""
        fill(self._ui.featureTable, [])
        self._pictures.fill(())
        if self._unblinded_study is not None:
            self._show_files(self._unblinded_study.folder / "results")

    @property
    def has_results(self) -> bool:
        """Whether the readers were compared."""
        return self._results is not None and (self._results / "agreement.csv").is_file()

    def _extract(self) -> None:
        self._command.start(extract.arguments(self._opened()), self._extracted, _("Extracting the features."))

    def _extracted(self, printed: str) -> None:
        self._ui.agreementText.plainText = printed
        self._context.status.say(_("The features are extracted; compare the readers next."))

    def _compare(self) -> None:
        self._command.start(agreement.arguments(self._opened()), self._compared, _("Comparing the readers."))

    def _compared(self, printed: str) -> None:
        self._ui.agreementText.plainText = printed
        self._show_files(self._opened().folder / "results")
        self.show_state()
        self._context.status.say(_("The readers are compared."))

    def _show_files(self, folder: Path) -> None:
        table = folder / "agreement.csv"
        fill(self._ui.featureTable, feature_cells(read_table(table).rows) if table.is_file() else [])
        self._pictures.fill(sorted(folder.glob("agreement*.png")))
