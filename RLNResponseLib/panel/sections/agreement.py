"""The Agreement section: extract the features of an unblinded study, compare its readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import read_table
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.sections.section import PanelContext
from RLNResponseLib.panel.widgets.tables import PictureView, fill, prepare
from RLNResponseLib.report.text.agreement import feature_cells
from RLNResponseLib.study.study import Study


class AgreementSection:
    """Shows what `rlnresponse extract` and `rlnresponse agreement` found.

    study  the opened study, or None
    """

    def __init__(self, context: PanelContext, study: Callable[[], Study | None]) -> None:
        self.widget = context.load_ui("AgreementSection")
        self._ui = slicer.util.childWidgetVariables(self.widget)
        self._context, self._study = context, study
        buttons = (self._ui.extractButton, self._ui.compareButton)
        self._command = BackgroundCommand(
            self._ui.agreementBar, self._ui.agreementCancelButton, buttons, context.status
        )
        self._pictures = PictureView(
            self._ui.agreementPictureBox, self._ui.agreementPictureLabel, self._ui.agreementFolderButton, context.status
        )
        prepare(self._ui.featureTable, [_("Feature"), _("Inter"), _("Intra"), _("Passes")], wide=0)
        self._ui.extractButton.connect("clicked(bool)", context.status.guarded(self._extract))
        self._ui.compareButton.connect("clicked(bool)", context.status.guarded(self._compare))
        self.refresh()
        self.widget.collapsed = True

    def refresh(self) -> None:
        """Another study is open: show what was computed of it before."""
        study = self._study()
        self._ui.agreementText.plainText = ""
        fill(self._ui.featureTable, [])
        self._pictures.fill(())
        if study is not None and study.unblinding() is not None:
            self._show_files(study.folder / "results")

    def cleanup(self) -> None:
        """The panel goes."""
        self._command.cleanup()

    def _extract(self) -> None:
        self._command.start(["extract", self._opened().folder], self._extracted, _("Extracting the features."))

    def _extracted(self, printed: str) -> None:
        self._ui.agreementText.plainText = printed
        self._context.status.say(_("The features are extracted; compare the readers next."))

    def _compare(self) -> None:
        self._command.start(["agreement", self._opened().folder], self._compared, _("Comparing the readers."))

    def _compared(self, printed: str) -> None:
        self._ui.agreementText.plainText = printed
        self._show_files(self._opened().folder / "results")
        self._context.status.say(_("The readers are compared."))

    def _show_files(self, folder: Path) -> None:
        table = folder / "agreement.csv"
        fill(self._ui.featureTable, feature_cells(read_table(table).rows) if table.is_file() else [])
        self._pictures.fill(sorted(folder.glob("agreement*.png")))

    def _opened(self) -> Study:
        study = self._study()
        if study is None:
            raise DataRefusedError(_("Open a study first."), "no-study")
        return study
