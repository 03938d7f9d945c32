"""Studies as they are: a lymph node left out, a patient left out late, a reading that was not made. The analysis runs,
and its flow and Table 1 count what is analysed."""

import shutil
from datetime import UTC, datetime

import pytest

from RLNResponseLib.analysis.agreement import study_agreement
from RLNResponseLib.analysis.cases import study_sets
from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study

pytestmark = pytest.mark.long

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
RESAMPLES = 20


@pytest.fixture
def study(small_cohort, tmp_path):
    shutil.copytree(small_cohort.folder, tmp_path / "study")
    return Study.open(tmp_path / "study")


@pytest.fixture(scope="module")
def waived(tmp_path_factory):
    """Six simulated patients; the first contour of one lymph node, and its repeat, were let through as missing."""
    from RLNResponseLib.demo import cohort, cohort_study
    from RLNResponseLib.features.cohort.run import extract_study
    from RLNResponseLib.study.blinding import unblind
    from RLNResponseLib.study.worklist import missing_readings

    skipped = []
    lock = cohort_study._lock_reading

    def lock_but_one(study, key, contour, ct, now):
        if not skipped:
            skipped.append(min(lymph_node.id for lymph_node in study.lymph_nodes()))
        if (key.lymph_node, key.reader) != (skipped[0], "A"):
            lock(study, key, contour, ct, now)

    def unblind_despite(study, now):
        return unblind(study, now, {missing.key: "CT unreadable" for missing in missing_readings(study)})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cohort_study, "_lock_reading", lock_but_one)
        patch.setattr(cohort, "unblind", unblind_despite)
        now = Now(datetime(2026, 3, 1, 8, tzinfo=UTC))
        made = cohort.simulate_cohort(tmp_path_factory.mktemp("waived"), 3, now, patients=6)
    extract_study(made.study)
    return made.study, skipped[0]


def counts_what_is_analysed(study, found):
    """Flow, Table 1 and the margins beside the paper's, against the cases themselves."""
    patients = {row["patient"] for row in found.cases.rows}
    last = found.flow[-1]
    assert (last.label, last.patients, last.lymph_nodes) == ("analysed", len(patients), len(found.cases.rows))
    assert sum(found.by_set.sizes) == len(patients)
    everyone = {row.variable: row.found for row in found.beside if row.set == "all"}
    assert (everyone["patients"], everyone["lymph nodes"]) == (str(len(patients)), str(len(found.cases.rows)))
    # The boxes beside the stream take from the first box what the last one lacks.
    first, out = found.flow[0], [step for step in found.flow if step.is_out]
    assert first.patients - sum(step.patients or 0 for step in out) == last.patients
    return last


def lymph_nodes_by_patient(study):
    names = {}
    for lymph_node in study.lymph_nodes():
        names.setdefault(lymph_node.patient, []).append(lymph_node.id)
    return names


def test_a_lymph_node_is_left_out_while_its_patient_stays(study):
    patient, names = next((p, names) for p, names in lymph_nodes_by_patient(study).items() if len(names) > 1)
    before = len(study.lymph_nodes())
    exclude(study, patient, "too small", NOW, names[0])
    found = analyse_study(study, resamples=RESAMPLES)
    last = counts_what_is_analysed(study, found)
    assert last.lymph_nodes == before - 1
    assert any(row["patient"] == patient for row in found.cases.rows)


def test_a_patient_is_left_out_after_a_first_report(study):
    sets = study_sets(study)
    patient = next(iter(sets))
    exclude(study, patient, "second thoughts", NOW)
    assert patient in study_sets(study)  # the split was made once
    found = analyse_study(study, resamples=RESAMPLES)
    last = counts_what_is_analysed(study, found)
    assert last.patients == len(sets) - 1
    assert patient not in found.sets


def test_a_reading_was_let_through_as_missing(waived):
    study, lymph_node = waived
    found = analyse_study(study, resamples=RESAMPLES)
    counts_what_is_analysed(study, found)
    assert lymph_node not in {row["lymph_node"] for row in found.cases.rows}
    missing = [step for step in found.flow if step.is_out and "no first contour" in step.label]
    assert [step.lymph_nodes for step in missing] == [1]


def test_a_patient_whose_only_lymph_node_is_left_out_is_not_analysed(study):
    patient, names = next((p, names) for p, names in lymph_nodes_by_patient(study).items() if len(names) == 1)
    exclude(study, patient, "too small", NOW, names[0])
    found = analyse_study(study, resamples=RESAMPLES)
    counts_what_is_analysed(study, found)
    assert patient not in found.sets


def test_a_patient_who_is_taken_in_after_the_split_is_in_no_set_and_said_so(study):
    patient = next(iter(lymph_nodes_by_patient(study)))
    exclude(study, patient, "poor follow-up", NOW)
    study_sets(study)
    exclude(study, patient, "follow-up found", NOW, excluded=False)
    found = analyse_study(study, resamples=RESAMPLES)
    counts_what_is_analysed(study, found)
    assert [step.patients for step in found.flow if "in no set" in step.label] == [1]


def test_a_correction_after_extraction_makes_the_feature_table_stale_for_report_and_agreement(study):
    lymph_node = study.lymph_nodes()[0].id
    other = study.contour_file(ReadingKey(lymph_node=lymph_node, reader="B")).read_bytes()
    key = ReadingKey(lymph_node=lymph_node, reader="A", revision=2)
    open_reading(study, key, NOW, "the border was wrong")
    save_draft(study, key, lambda path: path.write_bytes(other), minutes=None, source="a test", software={})
    lock_reading(study, key, (), NOW)
    for analyse in (lambda: analyse_study(study, resamples=RESAMPLES), lambda: study_agreement(study, ())):
        with pytest.raises(DataRefusedError) as refusal:
            analyse()
        assert refusal.value.code == "features-stale"
