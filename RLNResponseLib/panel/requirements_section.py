"""The Set-up section: what is missing, and one button that installs it. Nothing is installed unasked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import slicer
from slicer.i18n import tr as _

from RLNResponseLib.panel.context import PanelContext
from RLNResponseLib.requirements import Requirement, missing

_PYRADIOMICS = "radiomics"


class RequirementsSection:
    """Shown only while something is missing.

    on_complete  called when everything is there
    """

    def __init__(self, context: PanelContext, on_complete: Callable[[], None]) -> None:
        self.widget = context.load_ui("RequirementsSection")
        self._ui = slicer.util.childWidgetVariables(self.widget)
        self._status = context.status
        self._on_complete = on_complete
        self._ui.installButton.connect("clicked(bool)", context.status.guarded(self._install))
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is missing."""
        lacking = missing()
        self.widget.visible = bool(lacking)
        names = ", ".join(requirement.distribution.split(">")[0] for requirement in lacking)
        self._ui.requirementsLabel.text = (
            _("Missing: {names}. Contours can be drawn and saved; scores need them.").format(names=names)
            if lacking
            else ""
        )

    def _install(self) -> None:
        self._ui.installButton.enabled = False
        self._ui.installBar.visible = True
        self._status.say(_("Installing; this takes a minute or two."), "working")
        slicer.app.processEvents()
        try:
            lacking = missing()
            # pyradiomics is compiled where it is installed and may fail; the others must not fail with it.
            _pip([requirement for requirement in lacking if requirement.module != _PYRADIOMICS])
            _pip([requirement for requirement in lacking if requirement.module == _PYRADIOMICS])
        finally:
            self._ui.installBar.visible = False
            self._ui.installButton.enabled = True
            self.refresh()
        self._say_outcome(missing())

    def _say_outcome(self, lacking: Sequence[Requirement]) -> None:
        if not lacking:
            self._status.say(_("Everything is installed."))
            self._on_complete()
        elif any(requirement.module == _PYRADIOMICS for requirement in lacking):
            self._status.say(
                _(
                    "pyradiomics could not be installed: here it must be compiled. Install the Radiomics extension "
                    "(Extensions Manager) where it is offered, or a C compiler, then press the button again."
                ),
                "refused",
            )
        else:
            names = ", ".join(requirement.distribution for requirement in lacking)
            self._status.say(
                _("Not installed: {names}; check the network and press the button again.").format(names=names),
                "refused",
            )


def _pip(requirements: Sequence[Requirement]) -> Any:
    """Install by Slicer's own means. A failure is no error here: what is still missing is told afterwards."""
    names = [requirement.distribution for requirement in requirements]
    if not names:
        return
    try:
        if hasattr(slicer, "packaging"):  # Slicer 5.11 and later
            slicer.packaging.pip_ensure(names, prompt_install=False, requester="RLNResponse")
        else:
            slicer.util.pip_install(names)
    except Exception:
        import logging

        logging.getLogger("RLNResponse").exception("pip could not install %s", ", ".join(names))
