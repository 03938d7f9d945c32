"""A small simulated cohort end to end: its bytes, its margins, its label, and the scores behind its outcomes."""

import csv
import hashlib
import json
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest

from RLNResponseLib.analysis.table1_comparison import published_table1
from RLNResponseLib.cli import main
from RLNResponseLib.commands import demo
from RLNResponseLib.commands.demo_registration import register_demo
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.cohort import simulate_cohort
from RLNResponseLib.demo.cohort_outcomes import CONTROL_LINK, RESPONSE_LINK, simulated_outcomes
from RLNResponseLib.demo.cohort_patients import (
    MOST_PER_PATIENT,
    plan_cohort,
    simulated_lymph_nodes,
    simulated_patients,
)
from RLNResponseLib.demo.cohort_study import CT_SIZE, read_patient
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.features.cohort.run import extract_study
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.study.exclusions import flow
from RLNResponseLib.study.sealed import unseal_reading
from RLNResponseLib.study.verify.verify import verify

pytestmark = pytest.mark.long

NOW = Now(datetime(2026, 3, 1, 12, tzinfo=UTC))
PATIENTS = 4


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return simulate_cohort(folder, 7, NOW, PATIENTS, before=partial(register_demo, folder))


def content(folder):
    """What the seed decides: CT, contours, tables, protocol, notice. Records and logs hold random temporary names."""
    files = (path for path in folder.rglob("*") if path.suffix in {".nrrd", ".csv", ".toml", ".txt"})
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(cohort, tmp_path):
    folder = cohort.study.folder.parent
    simulate_cohort(tmp_path, 7, NOW, PATIENTS)
    first = content(folder)
    assert content(tmp_path) == first
    assert sum(name.endswith(".seg.nrrd") for name in first) == 3 * len(cohort.true_scores)
    patient = plan_cohort(PATIENTS, np.random.default_rng(7))[0]
    one, other = (read_patient(patient, seed) for seed in (7, 8))
    assert all(one.scores[name] != other.scores[name] for name in patient.lymph_nodes)
    assert all(one.scores[name] == cohort.true_scores[name] for name in patient.lymph_nodes)


def test_a_study_made_by_the_studys_own_functions_is_intact(cohort):
    report = verify(cohort.study.folder)
    assert report.is_intact
    # The days are not the clock's, and the audit log says so.
    assert {problem.code for problem in report.problems} == {"simulated-date"}
    counted = flow(cohort.study)
    assert (counted.enrolled_patients, counted.analysed_patients) == (PATIENTS + 8, PATIENTS)
    assert sorted(counted.excluded_patients.values()) == [1, 2, 5]
    readings = cohort.study.current_readings()
    assert {(r.key.reader, r.key.round) for r in readings} == {("A", 1), ("A", 2), ("B", 1)}
    assert len(readings) == 3 * len(cohort.study.lymph_nodes())
    # The repeats are a washout later than the first readings.
    days = {number: {r.locked_at.date() for r in readings if r.key.round == number} for number in (1, 2)}
    assert {(late - early).days for late in days[2] for early in days[1]} == {30}


def test_simulated_is_written_wherever_a_person_looks(cohort):
    folder = cohort.study.folder
    assert "SIMULATED" in cohort.study.protocol.title
    assert "No person is behind any of it" in (folder.parent / "SIMULATED.txt").read_text()
    assert "Research use only" in (folder.parent / "SIMULATED.txt").read_text()
    for name in ("patients.csv", "lymph_nodes.csv"):
        lines = (folder / name).read_text().splitlines()[1:]
        assert lines
        assert all(line.startswith('"simulated-') for line in lines)
    for path in [*(folder / "images").iterdir(), *(folder / "readings").iterdir()]:
        assert path.name.startswith("simulated-")
    for sealed in (folder / "readings").rglob("[AB]-[12].sealed"):
        assert unseal_reading(sealed.read_bytes()).source == "simulated reader, no person"
    for contour in (folder / "readings").rglob("*.seg.nrrd"):
        assert b"Segment0_Name:=simulated-" in contour.read_bytes()[:4000]
    for log in (folder / "audit").iterdir():
        assert log.name.startswith("simulated-")
        assert all(json.loads(line)["simulated"] for line in log.read_text().splitlines())


def test_the_scores_behind_the_outcomes_are_those_of_the_study(cohort):
    """Anyone who extracts the study's first contours gets the scores that the outcomes were drawn from."""
    made = extract_study(cohort.study)
    assert made.failures == {}
    with made.files[0].open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["reader"], row["round"]) == ("A", "1")]
    assert len(rows) == len(cohort.true_scores)
    for which, model in enumerate(published_models()):
        for row in rows:
            score = model.intercept + sum(c * float(row[name]) for name, c in model.coefficients.items())
            assert score == pytest.approx(cohort.true_scores[row["lymph_node"]][which], rel=1e-9)


def test_the_command_makes_a_study_that_the_other_commands_take(cohort, monkeypatch, capsys):
    folder = cohort.study.folder.parent
    monkeypatch.setattr(demo, "simulate_cohort", lambda output, seed, now, progress, before: cohort)
    assert main(["demo", "--cohort", "--output", str(folder), "--seed", "7"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("A simulated cohort (seed 7): phantom CT, no patients.")
    # The paper says how many patients were excluded, not how many lymph nodes they had.
    assert f"\n{PATIENTS + 8} patients enrolled\n" in printed
    assert f"\n{PATIENTS} patients, {len(cohort.true_scores)} lymph nodes analysed\n" in printed
    assert "Research use only, not a medical device." in printed
    for path in (folder / "tables").iterdir():
        assert path.name.startswith("simulated-")
        assert any(label in path.read_text() for label in ("simulated-P", "SIMULATED cohort"))
    assert main(["study", "verify", str(cohort.study.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["intact"]
    # Planned, registered, run and compared.
    assert "deviations from the registration of 2026-01-30:" in printed
    assert "for development: registered 4655 or more; done " in " ".join(printed.split())
    assert "registered none; done 8 (5 for: poor follow-up;" in printed
    assert "washout" not in printed
    assert "How the study departed from it" in (folder / "registration-at-the-end.html").read_text(encoding="utf-8")
    table = folder / "tables" / "simulated-lymph-nodes.csv"
    assert main(["table1", str(table), "--by", "two_year_control", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"] == ["controlled", "failed"]


def test_the_papers_numbers():
    plan = plan_cohort(77, np.random.default_rng(3))
    by_set = {name: [len(p.lymph_nodes) for p in plan if p.set == name] for name in ("training", "validation")}
    assert {name: (len(counts), sum(counts)) for name, counts in by_set.items()} == {
        "training": (59, 102),
        "validation": (18, 27),
    }
    counts = by_set["training"] + by_set["validation"]
    assert (counts.count(1), sum(n > 1 for n in counts)) == (47, 30)
    small = plan_cohort(PATIENTS, np.random.default_rng(3))
    assert {patient.set for patient in small} == {"training", "validation"}
    assert max(len(patient.lymph_nodes) for patient in small) > 1


@pytest.mark.parametrize("seed", range(5))
def test_the_papers_table_1_is_met_margin_by_margin(seed):
    rng = np.random.default_rng(seed)
    plan = plan_cohort(77, rng)
    sets = [patient.set for patient in plan]
    others = [f"X{number}" for number in range(8)]
    patients = simulated_patients([*(patient.id for patient in plan), *others], rng, sets)
    assert len(patients) == 85
    published = published_table1()
    counted = {
        "gender": lambda p: p.gender,
        "T stage": lambda p: p.t_stage,
        "N involved": lambda p: "yes" if p.n_involved else "no",
        "postoperative chemotherapy": lambda p: "yes" if p.postoperative_chemotherapy else "no",
        "concurrent chemotherapy": lambda p: "yes" if p.concurrent_chemotherapy else "no",
    }
    measured = {
        "age": lambda p: p.age_years,
        "months to lymph node recurrence": lambda p: p.months_to_recurrence,
        "radiation dose": lambda p: p.dose_gy,
    }
    for name in ("all", "training", "validation"):
        members = [patient for patient, of in zip(patients[:77], sets, strict=True) if name in ("all", of)]
        for (variable, level, _), counts in published.margins.items():
            if variable in counted:
                assert sum(counted[variable](p) == level for p in members) == counts[name], (variable, level, name)
        for variable, value in measured.items():
            values = [value(patient) for patient in members]
            said = f"{np.median(values):g} ({min(values):g}-{max(values):g})"
            assert said == published.measured[variable][1][name], (variable, name)


def test_outcomes_come_close_to_the_published_counts():
    rng = np.random.default_rng(11)
    plan = plan_cohort(77, rng)
    names = [name for patient in plan for name in patient.lymph_nodes]
    scores = {name: (rng.normal(1.1, 0.5), rng.normal(-1.1, 0.25)) for name in names}
    patients, lymph_nodes = simulated_outcomes(plan, scores, rng)
    sets = {name: patient.set for patient in plan for name in patient.lymph_nodes}
    died = {outcome.patient: outcome.died for outcome in patients}
    owner = {name: patient.id for patient in plan for name in patient.lymph_nodes}
    responded = [o for o in lymph_nodes if o.responded]
    training = sum(sets[o.lymph_node] == "training" for o in responded)
    assert abs(training - 75) <= 2
    assert abs(len(responded) - training - 18) <= 2
    # Early deaths alone are left out: everyone else is followed beyond two years.
    for outcome in lymph_nodes:
        if outcome.local_control_months <= 24 and not outcome.local_recurrence:
            assert died[owner[outcome.lymph_node]]


def test_outcomes_follow_the_scores():
    """Over 100 draws: as many respond, and are without recurrence at two years, as the links say (3 standard
    errors)."""
    plan = plan_cohort(20, np.random.default_rng(1))
    names = [name for patient in plan for name in patient.lymph_nodes]
    scores = dict.fromkeys(names, (1.3, -0.9))
    responded, recurred_early, count = 0, 0, 0
    for seed in range(100):
        _, lymph_nodes = simulated_outcomes(plan, scores, np.random.default_rng(seed))
        count += len(lymph_nodes)
        responded += sum(bool(o.responded) for o in lymph_nodes)
        recurred_early += sum(bool(o.local_recurrence) and o.local_control_months <= 24 for o in lymph_nodes)
    p = RESPONSE_LINK.probability(1.3)
    assert responded / count == pytest.approx(p, abs=3 * (p * (1 - p) / count) ** 0.5)
    # Death competes: rates a (recurrence) and d (death) give a / (a + d) · (1 − exp(−24 (a + d))).
    a, d = -np.log(CONTROL_LINK.probability(-0.9)) / 24, 0.0098
    expected = a / (a + d) * (1 - np.exp(-24 * (a + d)))
    # A patient's lymph nodes share a death, so the standard error is a little larger than the binomial one.
    assert recurred_early / count == pytest.approx(expected, abs=4 * (expected * (1 - expected) / count) ** 0.5)


def test_the_response_link_is_that_of_the_published_means():
    """Two normal distributions with the published means and SD, 75 to 27: Bayes' rule at any score."""
    for score in (0.2, 0.961, 1.8):
        odds = 75 / 27 * np.exp(-((score - 1.243) ** 2 - (score - 0.698) ** 2) / (2 * 0.433**2))
        assert RESPONSE_LINK.probability(score) == pytest.approx(odds / (1 + odds), rel=1e-9)
    assert CONTROL_LINK.probability(-1.015) == pytest.approx(23 / 90)


@pytest.mark.parametrize("seed", range(8))
def test_every_station_fits_into_the_ct(seed):
    specs = simulated_lymph_nodes(MOST_PER_PATIENT, np.random.default_rng(seed))
    phantom = make_phantom(seed, specs, CT_SIZE)
    assert len({spec.station for spec in specs}) == MOST_PER_PATIENT
    # Lymph nodes of one patient do not overlap.
    shape = (CT_SIZE[2], CT_SIZE[1], CT_SIZE[0])
    assert sum(truth.full_grid(shape).astype(int) for truth in phantom.truth).max() == 1


def test_what_is_refused(tmp_path):
    for patients in (3, 78):
        with pytest.raises(DataRefusedError, match=f"has 4 to 77 patients, not {patients}"):
            simulate_cohort(tmp_path, 1, NOW, patients)
    with pytest.raises(DataRefusedError, match="a whole number from 0"):
        simulate_cohort(tmp_path, -1, NOW, 4)
    assert main(["demo", "--cohort", "--output", str(tmp_path), "--seed", "-1"]) == 1
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.txt").write_text("mine")
    with pytest.raises(DataRefusedError, match="The folder study is not empty"):
        simulate_cohort(tmp_path, 1, NOW, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["study"]
