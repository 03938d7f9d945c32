"""The Report section: the study's page, its curves beside the views, its locked readings as DICOM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.analysis.plots import curves_plot
from RLNResponseLib.analysis.survival import CURVES_PREFIX, CURVES_SUFFIX, curves_title
from RLNResponseLib.commands import export, report
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.sections.section import PanelContext, StudyCommandSection
from RLNResponseLib.panel.widgets.pictures import PictureView
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.report.page.first_page import first_page_file
from RLNResponseLib.scene.curve_plots import add_chart, remove_charts
from RLNResponseLib.scene.reading_nodes import ReadingNodes
from RLNResponseLib.study.study import Study


class ReportSection(StudyCommandSection):
    """Shows what `rlnresponse report` and `rlnresponse export` wrote."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "ReportSection")
        self._curves: tuple[Path, ...] = ()
        # The buttons are enabled by `_offer`, which knows why one is not.
        self._command = BackgroundCommand(
            self._ui.reportBar, self._ui.reportCancelButton, (), context.status, self._offer
        )
        self._pictures = PictureView(
            self._ui.reportPictureBox, self._ui.reportPictureLabel, self._ui.reportFolderButton, context.status
        )
        self._question = QuestionMark("plots", "auc", "icc").beside(self._ui.reportPictureLabel)
        guarded = context.status.guarded
        context.signals.reading_opened.connect(self._reading_opened)
        self._ui.reportButton.connect("clicked(bool)", guarded(self._make))
        self._ui.openReportButton.connect("clicked(bool)", guarded(self._open))
        self._ui.dicomButton.connect("clicked(bool)", guarded(self._export))
        self._ui.curvesButton.connect("clicked(bool)", guarded(self._show_curves))
        self.show_study()
        self.show_state()
        self.widget.collapsed = True

    def show_study(self) -> None:
        """Offer what can be done with the study and what was made of it before."""
        self._show_words("")
        self._show_first_page()
        remove_charts(self._context.scene)
        self._offer()

    def cleanup(self) -> None:
        """The panel goes, the command with it, and what is shown of results."""
        self._pictures.cleanup()
        remove_charts(self._context.scene)
        super().cleanup()

    def _reading_opened(self, nodes: ReadingNodes | None) -> None:
        """Beside a blinded reading no plot of results stays in the scene, whichever section made it."""
        if nodes is None:
            remove_charts(self._context.scene)

    @property
    def has_results(self) -> bool:
        """Whether the report was made."""
        return self._unblinded_study is not None and report.page_file(self._unblinded_study).is_file()

    def _make(self) -> None:
        self._command.start(
            report.arguments(self._opened()),
            self._made,
            _("Analysing the whole study; this takes minutes."),
        )

    def _made(self, printed: str) -> None:
        self._show_words(printed)
        self._show_first_page()
        self.show_state()
        self._context.status.say(_("The report is made; open it, or show its curves beside the views."))

    def _show_words(self, printed: str) -> None:
        self._ui.reportText.plainText = printed
        self._ui.reportWords.visible = bool(printed)

    def _show_first_page(self) -> None:
        study = self._unblinded_study
        self._pictures.fill(() if study is None else (first_page_file(report.page_file(study)),))

    def _open(self) -> None:
        page = report.page_file(self._opened())
        if not page.is_file() or not qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(page))):
            raise DataRefusedError(
                _("{file} cannot be opened from here; open it in a browser, or make the report again.").format(
                    file=page.name
                ),
                "not-opened",
            )

    def _export(self) -> None:
        study = self._opened()
        folder = qt.QFileDialog.getExistingDirectory(self.widget, _("An empty folder for the DICOM files"))
        if folder:
            arguments = export.arguments(study, Path(folder))
            self._command.start(arguments, self._exported, _("Writing the locked readings as DICOM SEG and SR."))

    def _exported(self, printed: str) -> None:
        self._show_words(printed)
        self._context.status.say(_("The readings are exported as DICOM."))

    def _show_curves(self) -> None:
        file = self._curves[self._ui.curvesBox.currentIndex]
        self._context.plots.show(add_chart(self._context.scene, curves_plot(file)))
        self._context.status.say(_("The curves are shown in the plot view."))

    def _offer(self) -> None:
        """Enable what can be done now; each button's tool tip says what it does, or why it cannot."""
        busy = _("Something is being computed; wait for it or cancel it.") if self._command.is_running else ""
        blinded = busy or _why_blinded(self._study)
        page = None if self._study is None or blinded else report.page_file(self._study)
        self._fill_curves(page)
        no_page = blinded or (
            "" if page is not None and page.is_file() else _("There is no report yet; make it first.")
        )
        no_curves = no_page or ("" if self._curves else _("The report found no local-control curves in this study."))
        ui = self._ui
        _enable(ui.reportButton, blinded, _("The whole analysis as one page in the study's folder results"))
        _enable(ui.openReportButton, no_page, _("The page in the browser"))
        _enable(ui.dicomButton, blinded, _("The locked readings as DICOM SEG and SR, into an empty folder"))
        _enable(ui.curvesButton, no_curves, _("Local control (Kaplan-Meier) as a plot beside the views"))
        ui.curvesBox.enabled = not no_curves

    def _fill_curves(self, page: Path | None) -> None:
        folder = None if page is None else page.with_name(f"{page.stem}-files")
        self._curves = () if folder is None else tuple(sorted(folder.glob(f"{CURVES_PREFIX}*{CURVES_SUFFIX}")))
        before = self._ui.curvesBox.currentIndex
        self._ui.curvesBox.clear()
        for file in self._curves:
            self._ui.curvesBox.addItem(curves_title(file))
        if 0 <= before < len(self._curves):
            self._ui.curvesBox.setCurrentIndex(before)


def _why_blinded(study: Study | None) -> str:
    if study is None:
        return _("Open a study first.")
    return "" if study.unblinding() is not None else _("The study is blinded; unblind it first.")


def _enable(button: Any, why_not: str, purpose: str) -> None:
    button.enabled = not why_not
    button.toolTip = why_not or purpose
