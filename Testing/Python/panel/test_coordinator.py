"""The coordinator's dialog: what is there and what is missing, imports beside Slicer, exclusions, unblinding."""

PATIENCE_MS = 60_000


def opened(host, study_door, folder, tab):
    panel = study_door()
    host.type_path(panel.study._ui.folderEdit, folder)
    host.click(panel.study._ui.coordinatorButton)
    first = panel.study.coordinator.ui.patientsEdit.focusProxy() or panel.study.coordinator.ui.patientsEdit
    assert panel.study.coordinator.dialog.focusWidget() == first
    panel.study.coordinator.ui.coordinatorTabs.setCurrentIndex(tab)
    host.process()
    return panel, panel.study.coordinator.ui


def test_the_import_says_which_ct_is_missing_and_takes_it_beside_slicer(host, study_door, study_folder, tmp_path):
    from datetime import UTC, datetime

    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.common.table_file import parse_csv
    from RLNResponseLib.study.clinical import parse_clinical
    from RLNResponseLib.study.imports import import_clinical
    from RLNResponseLib.study.study import Study

    study = Study.open(study_folder)
    patients = parse_csv(b"patient\nP1\nP2\nP3\n", "patients.csv")
    lymph_nodes = b"lymph_node,patient,image\nLN1,P1,CT1\nLN2,P1,CT1\nLN3,P1,CT1\nLN4,P2,CT2\n"
    tables = parse_clinical(patients, parse_csv(lymph_nodes, "lymph_nodes.csv"))
    import_clinical(study, tables, Now(datetime(2026, 3, 2, 8, tzinfo=UTC)))
    panel, ui = opened(host, study_door, study_folder, 1)
    sites = "site of LN1, LN2, LN3"
    assert host.rows(ui.importTable) == [
        ["P1", "CT1", "LN1, LN2, LN3", "✓", sites],
        ["P2", "CT2", "LN4", "✗", "the CT; site of LN4"],
        ["P3", "", "", "✗", "lymph nodes"],
    ]
    host.choose_row(ui.importTable, 1)
    assert (ui.patientIdEdit.text, ui.imageIdEdit.text) == ("P2", "CT2")
    host.type_path(ui.ctEdit, tmp_path / "ct.nrrd")
    host.click(ui.importCTButton)
    assert ui.coordinatorBar.visible
    assert not ui.importCTButton.enabled
    host.until(lambda: not panel.study.is_busy, PATIENCE_MS)
    assert ui.coordinatorStatus.text.startswith("✓ Imported the CT as image CT2 of patient P2, de-identified.")
    assert host.rows(ui.importTable)[1][3] == "✓"


def test_who_is_left_out_is_listed_with_the_reason_and_can_be_taken_in_again(host, study_door, study_folder):
    panel, ui = opened(host, study_door, study_folder, 3)
    assert ui.flowLabel.text == "1 of 1 patient and 3 of 3 lymph nodes are analysed."
    host.write(ui.exclusionPatientEdit, "P1")
    host.write(ui.exclusionLymphNodeEdit, "LN2")
    host.click(ui.leaveOutButton)
    assert ui.coordinatorStatus.text.startswith("⚠"), "without a reason nobody is left out"
    host.write(ui.exclusionReasonEdit, "not seen on CT")
    host.click(ui.leaveOutButton)
    assert host.rows(ui.exclusionsTable) == [["P1", "LN2", "left out", "not seen on CT"]]
    assert ui.flowLabel.text == "1 of 1 patient and 2 of 3 lymph nodes are analysed."
    host.write(ui.exclusionReasonEdit, "seen after all")
    host.click(ui.takeInButton)
    assert [row[2] for row in host.rows(ui.exclusionsTable)] == ["left out", "taken in"]
    assert panel.status._label.text == "✓ Taken in again: LN2."


def test_what_is_missing_is_listed_before_unblinding_asks_and_needs_a_reason(host, study_door, study_folder):
    panel, ui = opened(host, study_door, study_folder, 4)
    assert len(host.rows(ui.missingTable)) == 9
    # In a dialog Return presses a button, unless every one of them says that it is not to be.
    from PySide6 import QtCore, QtTest

    from host.objects import unwrap

    QtTest.QTest.keyClick(unwrap(ui.missingReasonEdit), QtCore.Qt.Key.Key_Return)
    assert not ui.coordinatorStatus.visible
    host.answers.confirm = True
    host.click(ui.unblindButton)
    assert "9 readings missing" in ui.coordinatorStatus.text
    assert panel.study.study.unblinding() is None
    host.write(ui.missingReasonEdit, "the study ended early")
    host.click(ui.unblindButton)
    assert host.answers.asked[-1][1].startswith("9 readings missing. Unblind the study?")
    unblinding = panel.study.study.unblinding()
    assert set(unblinding.missing.values()) == {"the study ended early"}
    assert not ui.unblindButton.enabled


def test_readers_and_their_progress_are_a_table_and_no_score_or_contour_is_in_the_dialog(
    host, study_door, study_folder
):
    _panel, ui = opened(host, study_door, study_folder, 2)
    assert [row[:6] for row in host.rows(ui.readersTable)] == [
        ["A", "1", "0 of 3", "0", "3", "0"],
        ["A", "2", "0 of 3", "0", "0", "3"],
        ["B", "1", "0 of 3", "0", "3", "0"],
    ]
    assert not ui.correctionsTable.visible


def test_the_dialog_goes_with_the_panel(host, study_door, study_folder):
    from PySide6 import QtWidgets

    def dialogs():
        return [each for each in QtWidgets.QApplication.topLevelWidgets() if isinstance(each, QtWidgets.QDialog)]

    # Another test's host may have left one, kept so that none is deleted twice.
    before = dialogs()
    opened(host, study_door, study_folder, 1)
    assert [dialog.isVisible() for dialog in dialogs() if dialog not in before] == [True]
    host.quit()
    assert [dialog for dialog in dialogs() if dialog not in before] == []


def test_a_window_that_went_with_slicers_main_window_is_no_error_at_the_end(host, study_door):
    panel = study_door()

    class Gone:
        """As PythonQt answers of an object that Qt destroyed."""

        def hide(self):
            raise ValueError("Trying to call 'hide' on a destroyed QDialog object")

    panel.study.coordinator.dialog.hide()
    panel.study.coordinator.dialog = Gone()
    panel.agreement._pictures._large = Gone()
    panel.study.cleanup()
    panel.agreement.cleanup()


def test_a_warning_of_each_of_many_ct_leaves_the_tabs_their_room(host, study_door, study_folder):
    panel, ui = opened(host, study_door, study_folder, 1)
    panel.study.coordinator._status.say(" ".join(f"ct.csv, row {row}: warning: not HU; use HU." for row in range(200)))
    host.process(50)
    assert ui.coordinatorStatus.text.endswith("row 199: warning: not HU; use HU.")
    folded = ("instrument", "keyFile", "series", "acquisition")
    assert [each for each in host.overlaps(ui.importTab) if not each.startswith(folded)] == []
    assert ui.importTable.height >= 180
    assert ui.patientIdEdit.height >= ui.patientIdEdit.minimumSizeHint.height()
    assert panel.study.coordinator.dialog.height <= 700
