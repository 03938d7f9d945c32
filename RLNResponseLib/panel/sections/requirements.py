"""The Set-up section: what an analysis lacks, and its installation, which nobody gets unasked."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.installing import (
    fetched_mb,
    is_putting_in_place,
    kept_versions,
    megabytes,
    pip_arguments,
    pip_refusal,
)
from RLNResponseLib.common.requirements import BASE, PURPOSES, Lack, Purpose, lacking, look_again
from RLNResponseLib.panel.background_command import BackgroundCommand, python_command
from RLNResponseLib.panel.sections.section import READER_STUDY, BaseSection, PanelContext


class RequirementsSection(BaseSection):
    """Shown while something is lacking for a purpose; unfolded only where a score or a reading could need it."""

    # Behind both, as far as what is lacking concerns them.
    door = ""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "RequirementsSection")
        self._purposes: tuple[Purpose, ...] = ()
        self._is_placing = False
        self._is_behind_study_door = False
        self._constraints: tempfile.TemporaryDirectory[str] | None = None
        self._command = BackgroundCommand(
            self._ui.installBar,
            self._ui.installCancelButton,
            (self._ui.installButton, self._ui.wheelsButton, self._ui.purposeBox),
            context.status,
        )
        guarded = context.status.guarded
        self._ui.installButton.connect("clicked(bool)", guarded(self._install_from_registry))
        self._ui.wheelsButton.connect("clicked(bool)", guarded(self._install_from_folder))
        self._ui.purposeBox.connect("currentIndexChanged(int)", guarded(self._describe))
        context.signals.door_opened.connect(self._door_opened)
        self._look()
        self.widget.collapsed = BASE not in self._purposes

    @property
    def is_busy(self) -> bool:
        """Whether something is being installed."""
        return self._command.is_running

    def enter(self) -> None:
        """The module is shown: look again at what is lacking."""
        self._look()

    def _door_opened(self, door: str) -> None:
        self._is_behind_study_door = door == READER_STUDY
        self._show()

    def _show(self) -> None:
        # What a score or a reading could need concerns everybody, the rest whoever analyses a study.
        self.widget.visible = BASE in self._purposes or (
            self._is_behind_study_door and (bool(self._purposes) or self._command.is_running)
        )

    def _look(self) -> None:
        if self._command.is_running:
            return
        chosen = self._chosen()
        look_again()
        self._purposes = tuple(purpose for purpose in PURPOSES if purpose.in_slicer and lacking(purpose.requirements))
        self._show()
        self._ui.purposeBox.clear()
        for purpose in self._purposes:
            self._ui.purposeBox.addItem(_("For {purpose}").format(purpose=purpose.title))
        if chosen in self._purposes:
            self._ui.purposeBox.setCurrentIndex(self._purposes.index(chosen))
        self._describe()

    def cleanup(self) -> None:
        """The panel goes, and an installation with it."""
        self._command.cleanup(to_the_end=self._is_placing)
        self._forget_constraints()

    def _chosen(self) -> Purpose | None:
        index = self._ui.purposeBox.currentIndex
        return self._purposes[index] if 0 <= index < len(self._purposes) else None

    def _describe(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        lacks = lacking(chosen.requirements)
        if chosen is BASE:
            self._ui.requirementsLabel.text = " ".join(lack.sentence for lack in lacks)
            return
        download, disk = megabytes(lacks)
        self._ui.requirementsLabel.text = _(
            "{names}: about {download} MB to fetch, {disk} MB on the disk. Contouring, reading and scoring need none "
            "of it."
        ).format(names=", ".join(lack.requirement.name for lack in lacks), download=download, disk=disk)

    def _install_from_registry(self) -> None:
        self._install(None)

    def _install_from_folder(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self.widget, _("A folder of wheels"))
        if folder:
            self._install(Path(folder))

    def _install(self, wheels: Path | None) -> None:
        chosen = self._chosen()
        lacks = () if chosen is None else lacking(chosen.requirements)
        if chosen is None or not lacks:
            self._look()
            return
        self._forget_constraints()
        self._is_placing = False
        self._constraints = tempfile.TemporaryDirectory(prefix="rlnresponse-")
        constraints = Path(self._constraints.name) / "constraints.txt"
        constraints.write_text(kept_versions(lacks), encoding="utf-8")
        loaded = any(lack.requirement.module in sys.modules for lack in lacks)
        names = ", ".join(lack.requirement.name for lack in lacks)
        self._command.run(
            [python_command(), "-m", "pip", *pip_arguments(lacks, constraints, wheels)],
            lambda printed: self._installed(chosen, loaded),
            _("Installing {names}.").format(names=names),
            progress=lambda printed, said: self._progress(printed, lacks, wheels),
            refusal=lambda printed, said: pip_refusal(printed + said, wheels is not None),
            cancelled=_("Cancelled; press Install to begin again."),
        )

    def _progress(self, printed: str, lacks: Sequence[Lack], wheels: Path | None) -> tuple[int, int] | None:
        # Stopped while it writes, pip would leave half a package.
        self._is_placing = is_putting_in_place(printed)
        self._ui.installCancelButton.enabled = not self._is_placing
        if wheels is not None or self._is_placing:
            return None
        download, _disk = megabytes(lacks)
        return min(round(fetched_mb(printed)), download), download

    def _installed(self, purpose: Purpose, loaded: bool) -> None:
        self._forget_constraints()
        self._look()
        left = lacking(purpose.requirements)
        if left:
            self._context.status.say(left[0].sentence, "refused")
        elif loaded:
            self._context.status.say(_("Installed; start Slicer again, since an older version is loaded."))
        else:
            self._context.status.say(_("Installed: all that is needed for {purpose}.").format(purpose=purpose.title))
            self._context.signals.software_installed.emit()

    def _forget_constraints(self) -> None:
        if self._constraints is not None:
            self._constraints.cleanup()
            self._constraints = None
