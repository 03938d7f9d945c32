"""The rules of PythonQt (PythonQtInstanceWrapper.cpp, PythonQtSignalReceiver.cpp) as a module written for Slicer
meets them."""

import contextlib
import inspect

import pytest


def test_properties_are_attributes_and_not_calls(qt):
    label = qt.QLabel("before")
    label.text = "after"
    assert label.text == "after"
    assert label.name == label.objectName == ""
    with pytest.raises(TypeError, match="not callable"):
        label.text()
    label.setText("by its slot")
    assert label.text == "by its slot"


def test_a_name_that_slicer_has_not_is_refused(qt):
    import ctk
    import slicer

    with pytest.raises(AttributeError, match=r"QLabel of Slicer 5.12 has no attribute named 'txet'"):
        qt.QLabel().txet  # noqa: B018
    with pytest.raises(AttributeError, match=r"ctkPathLineEdit of Slicer 5.12 has no attribute named 'setFilters'"):
        ctk.ctkPathLineEdit().setFilters(1)  # a C++ method, yet neither slot nor invokable
    with pytest.raises(AttributeError, match="no QMagic"):
        qt.QMagic  # noqa: B018
    with pytest.raises(AttributeError, match="no qMRMLMagicWidget"):
        slicer.qMRMLMagicWidget  # noqa: B018
    with pytest.raises(AttributeError, match="no arrayFromVolume"):
        slicer.arrayFromVolume  # noqa: B018 - slicer-core alone puts it there


def test_qt_6_names_that_slicers_qt_5_has_not_are_refused(qt):
    with pytest.raises(AttributeError, match="no attribute named 'setAccessibleIdentifier'"):
        qt.QWidget().setAccessibleIdentifier("x")  # new in Qt 6.9
    with pytest.raises(AttributeError, match="no signal checkStateChanged"):
        qt.QCheckBox().connect("checkStateChanged(Qt::CheckState)", print)  # new in Qt 6.7


def test_no_new_attribute_on_a_cpp_object_but_on_a_python_class(qt):
    with pytest.raises(AttributeError, match="creating new attributes on C\\+\\+ objects is not allowed"):
        qt.QLabel().remembered = 1

    class Mine(qt.QLabel):
        pass

    mine = Mine()
    mine.remembered = 1
    mine.text = "still a property"
    assert (mine.remembered, mine.text) == (1, "still a property")


def test_a_property_keeps_its_type_and_read_only_stays(qt):
    with pytest.raises(AttributeError, match="does not accept"):
        qt.QLabel().text = 3
    with pytest.raises(AttributeError, match="not writable"):
        qt.QLabel().width = 3


def test_slots_are_called_with_what_their_code_takes(qt):
    got = []
    button = qt.QPushButton()
    button.checkable = True

    class Receiver:
        def nothing(self):
            got.append("nothing")

        def state(self, is_checked):
            got.append(is_checked)

    receiver = Receiver()
    button.connect("clicked(bool)", receiver.nothing)
    button.connect("clicked(bool)", receiver.state)
    button.connect("clicked()", lambda *arguments: got.append(arguments))
    button.clicked.connect(receiver.state)
    button.click()
    assert got == ["nothing", True, (), True]
    assert button.disconnect("clicked(bool)", receiver.nothing)
    assert not button.disconnect("clicked(bool)", receiver.nothing)
    button.clicked.disconnect(receiver.state)
    got.clear()
    button.click()
    assert got == [()]


@pytest.mark.parametrize("signature", ["klicked()", "clicked(int)", "clicked", "currentIndexChanged(int)"])
def test_a_signal_that_is_not_there_is_refused(qt, signature):
    with pytest.raises(AttributeError, match=r"no signal|is no signature"):
        qt.QPushButton().connect(signature, print)


def test_a_slot_that_raises_does_not_stop_the_caller_and_is_noted(host, qt, capsys):
    button = qt.QPushButton()
    button.connect("clicked()", lambda: 1 / 0)
    button.click()
    assert host.notes() == ["a slot raised ZeroDivisionError: division by zero"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_enums_are_ints_and_can_be_combined(qt):
    both = qt.Qt.AlignRight | qt.Qt.AlignVCenter
    assert both == 0x82
    label = qt.QLabel()
    label.alignment = both
    assert label.alignment == 0x82
    assert label.alignment & qt.Qt.AlignRight
    label.alignment = 1
    assert label.alignment == qt.Qt.AlignLeft
    assert int(qt.QSizePolicy.Expanding) == 7
    assert qt.QLabel.Box == 1


def test_methods_tell_nothing_of_their_arguments(qt):
    with pytest.raises(ValueError, match="signature"):
        inspect.signature(qt.QTimer().start)


def test_a_child_can_be_had_by_its_name(qt):
    parent = qt.QWidget()
    child = qt.QLabel("here", parent)
    child.name = "theChild"
    assert parent.theChild is child
    assert parent.findChild(qt.QLabel, "theChild") is child
    assert parent.findChildren(qt.QWidget) == (child,)
    assert child.parent() is parent


def test_slicers_widgets_are_no_instances_of_qts_classes(host, qt):
    widget = host.slicer.qMRMLWidget()
    assert not isinstance(widget, qt.QWidget)
    assert widget.isWidgetType()
    assert widget.inherits("QWidget")


def test_slicers_widgets_take_a_parent_only(host, qt):
    import ctk

    with pytest.raises(TypeError, match="takes a parent or nothing"):
        ctk.ctkCollapsibleButton("Title")
    with pytest.raises(TypeError, match="cannot be made"):
        host.slicer.qSlicerApplication()


def test_a_python_widget_paints_itself(qt):
    class Red(qt.QWidget):
        def paintEvent(self, event):  # noqa: N802
            painter = qt.QPainter(self)
            painter.fillRect(event.rect(), qt.QColor(255, 0, 0))
            painter.end()

        def sizeHint(self):  # noqa: N802
            return qt.QSize(30, 20)

    red = Red()
    red.adjustSize()
    assert (red.width, red.height) == (30, 20)
    colour = red.grab().toImage().pixelColor(5, 5)
    assert (colour.red(), colour.green(), colour.blue()) == (255, 0, 0)


def test_dialogs_are_refused_until_the_test_answers(host, qt):
    import slicer

    from host.refusal import RefusedByHostError

    with pytest.raises(RefusedByHostError, match=r"set host\.answers\.file first"):
        qt.QFileDialog.getSaveFileName(None, "Where to?")
    with pytest.raises(RefusedByHostError, match=r"set host\.answers\.confirm first"):
        slicer.util.confirmOkCancelDisplay("Really?")
    with pytest.raises(RefusedByHostError, match="status line"):
        slicer.util.errorDisplay("Oh no")
    with pytest.raises(RefusedByHostError, match="no module manager"):
        slicer.app.moduleManager()
    assert len(host.notes()) == 4
    host.answers.file, host.answers.confirm = "/somewhere/x.csv", False
    assert qt.QFileDialog.getSaveFileName(None, "Where to?") == "/somewhere/x.csv"
    assert slicer.util.confirmOkCancelDisplay("Really?") is False
    assert ("slicer.util.confirmOkCancelDisplay", "Really?") in host.answers.asked


def test_what_was_refused_and_caught_fails_the_test_at_its_end(tmp_path):
    pytest.importorskip("slicer_core")
    pytest.importorskip("PySide6")
    from host.drive import running

    def caught():
        with running(tmp_path) as inner, contextlib.suppress(NotImplementedError):
            inner.slicer.app.moduleManager()

    with pytest.raises(AssertionError, match="no module manager"):
        caught()


def test_every_property_of_every_class_can_be_read_or_is_refused(host, qt):
    """No name of the manifests ends in anything but a value or the host's own refusal."""
    from host import manifest
    from host.objects import wrapper_class
    from host.refusal import RefusedByHostError

    read = refused = 0
    for name in manifest.classes():
        if not manifest.can_be_made(name) or "QObject" not in manifest.ancestry(name):
            continue
        try:
            thing = wrapper_class(name)()
        except (NotImplementedError, TypeError):  # abstract, without a stand-in, or in need of arguments
            continue
        for each in manifest.ancestry(name):
            for prop in manifest.classes()[each]["properties"]:
                try:
                    getattr(thing, prop)
                    read += 1
                except RefusedByHostError:
                    refused += 1
    host.notes()
    assert read > 3000
    assert refused < read / 20
