"""Set-up: said and offered, never done unasked."""

import pytest


@pytest.fixture
def lacking(monkeypatch):
    """pyradiomics and pyarrow are missing until the test says otherwise."""
    import RLNResponseLib.requirements as requirements

    state = {"radiomics", "pyarrow"}
    real = requirements._is_there
    monkeypatch.setattr(requirements, "_is_there", lambda module: module not in state and real(module))
    return state


def test_nothing_is_shown_where_everything_is_there(host):
    assert not host.open_module().requirements.widget.visible


def test_what_is_missing_is_named_and_one_button_installs_it(host, lacking):
    panel = host.open_module()
    ui = panel.requirements._ui
    assert "pyarrow, pyradiomics-bhklab" in ui.requirementsLabel.text
    assert host.answers.asked == []

    def install(names, named):
        assert named == {"prompt_install": False, "requester": "RLNResponse"}
        lacking.difference_update({"pyarrow"} if "pyarrow>=15" in names else {"radiomics"})

    host.answers.pip = install
    host.click(ui.installButton)
    assert host.answers.asked == [("pip_ensure", ("pyarrow>=15",)), ("pip_ensure", ("pyradiomics-bhklab>=3.1.4",))]
    assert not panel.requirements.widget.visible
    assert panel.status._label.text == "✓ Everything is installed."


def test_pyradiomics_that_cannot_be_had_says_what_to_do(host, lacking):
    panel = host.open_module()

    def install(names, named):
        if "pyradiomics-bhklab>=3.1.4" in names:
            raise RuntimeError("no compiler")
        lacking.discard("pyarrow")

    host.answers.pip = install
    host.click(panel.requirements._ui.installButton)
    assert "must be compiled" in panel.status._label.text
    assert "pyradiomics-bhklab" in panel.requirements._ui.requirementsLabel.text
    assert panel.requirements._ui.installButton.enabled
    assert host.notes() == ["logged: pip could not install pyradiomics-bhklab>=3.1.4"]
