"""What the coordinator's form says of a new study: its protocol, or the registration that brings one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.commands.study import study_extraction
from RLNResponseLib.planning.registered import Registration, read_registration
from RLNResponseLib.study.occasions import OCCASIONS
from RLNResponseLib.study.protocol import (
    ASSISTANCE,
    ICC_DECISIONS,
    STUDY_ICC_FORMS,
    IccRule,
    Protocol,
    plan_readers,
)


class NewStudyForm:
    """Reads the tab New study.

    Parameters
    ----------
    ui
        The coordinator's form.
    guarded
        Of the status line.

    """

    def __init__(self, ui: Any, guarded: Any) -> None:
        self._ui = ui
        words = {
            "none": _("no proposal"),
            "first": _("a proposal in first readings"),
            "repeats": _("a proposal in repeats too"),
        }
        for assistance in ASSISTANCE:
            ui.assistanceBox.addItem(words[assistance])
        rule = IccRule()
        for box, choices, chosen in (
            (ui.iccFormBox, STUDY_ICC_FORMS, rule.form),
            (ui.iccOnBox, ICC_DECISIONS, rule.on),
        ):
            for choice in choices:
                box.addItem(choice)
            box.setCurrentIndex(choices.index(chosen))
        ui.iccThresholdBox.value = rule.threshold
        # A registration brings all of these.
        self._brought = (
            ui.titleEdit, ui.readersEdit, ui.repeatEdit, ui.washoutBox, ui.retestBox, ui.afterBox, ui.assistanceBox,
            ui.settingsEdit, ui.iccFormBox, ui.iccThresholdBox, ui.iccOnBox, ui.seedBox,
        )  # fmt: skip
        ui.registrationEdit.connect("currentPathChanged(QString)", guarded(self._registration_named))

    def registration(self) -> Registration | None:
        """The registration that is named, None where none is; DataRefusedError (bad-registration) for another file."""
        named = self._ui.registrationEdit.currentPath.strip()
        return read_registration(Path(named)) if named else None

    def protocol(self) -> Protocol:
        """What the form says; DataRefusedError where that is no protocol, or its file of settings is none."""
        ui = self._ui
        readers, repeating = (
            [code.strip() for code in edit.text.split(",") if code.strip()] for edit in (ui.readersEdit, ui.repeatEdit)
        )
        settings = ui.settingsEdit.currentPath.strip()
        is_had = dict(zip(OCCASIONS, (ui.retestBox.checked, ui.afterBox.checked), strict=True))
        return Protocol(
            title=ui.titleEdit.text.strip(),
            readers=plan_readers(readers, repeating),
            washout_days=ui.washoutBox.value,
            icc=IccRule(
                form=STUDY_ICC_FORMS[ui.iccFormBox.currentIndex],
                threshold=float(ui.iccThresholdBox.value),
                on=ICC_DECISIONS[ui.iccOnBox.currentIndex],
            ),
            extraction=study_extraction(Path(settings)) if settings else {},
            seed=ui.seedBox.value,
            occasions=tuple(occasion for occasion in OCCASIONS if is_had[occasion]),
            assistance=ASSISTANCE[ui.assistanceBox.currentIndex],
        )

    def _registration_named(self) -> None:
        is_free = not self._ui.registrationEdit.currentPath.strip()
        for widget in self._brought:
            widget.enabled = is_free
