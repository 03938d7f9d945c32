"""Cox's model where clinical covariates are missing: complete rows against the others, and imputed by patient."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from RLNResponseLib.analysis.survival import study_survival
from RLNResponseLib.cli import main
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.report.page.survival import _analysis
from RLNResponseLib.report.text.missing_values import missing_sentences
from RLNResponseLib.report.text.survival import survival_text
from RLNResponseLib.survival.analysis import analyse
from RLNResponseLib.survival.complete_cases import complete_cases
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.imputed_cox import imputed_cox
from RLNResponseLib.survival.survival_table import survival_table

TABLE = Path(__file__).resolve().parents[2] / "oracle" / "tables" / "survival_lymph_nodes.csv"
NAMES = ("stage", "dose", "response")


@pytest.fixture(scope="module")
def rows():
    """Stage and dose of a patient, alike in all of the patient's lymph nodes, with gaps."""
    with TABLE.open(newline="") as file:
        # Of the first patients alone: errors by patient take the third power of the events.
        rows = [row for row in csv.DictReader(file) if int(row["patient"]) < 26]
    rng, first = np.random.default_rng(4), {}
    for row in rows:
        patient = first.setdefault(
            row["patient"],
            {
                "stage": str(int(row["stage"] == "1")) if rng.random() > 0.2 else "",
                "dose": f"{rng.normal(52, 4):.1f}" if rng.random() > 0.2 else "",
            },
        )
        row |= patient
    return tuple(rows)


@pytest.fixture(scope="module")
def data(rows):
    table = Table(name="lymph nodes", columns=tuple(rows[0]), rows=rows)
    return survival_table(table, "months", "recurrence", NAMES, "death", "patient", may_be_unknown=True)


def test_the_lymph_nodes_of_a_patient_share_what_is_imputed(data, monkeypatch):
    from RLNResponseLib.survival import imputed_cox as module

    seen = []
    monkeypatch.setattr(
        module, "cox", lambda times, x, names, patients: seen.append(x) or cox(times, x, names, patients)
    )
    found = imputed_cox(data, None, 1)
    patients = data.patients
    gaps = np.isnan(data.covariates)
    assert gaps[:, :2].any()
    for x in seen:
        assert np.array_equal(x[~gaps], data.covariates[~gaps])
        for patient in np.unique(patients):
            assert len(np.unique(x[patients == patient, :2], axis=0)) == 1
    assert found.imputed == {
        name: len(np.unique(patients[gaps[:, column]])) for column, name in enumerate(NAMES) if gaps[:, column].any()
    }
    assert found.sets == len(seen) == max(20, math.ceil(100 * gaps.any(axis=1).mean()))
    assert found.rows == len(data.follow_up)


def test_the_seed_decides_everything(data):
    one, same, other = (imputed_cox(data, None, seed, 2) for seed in (1, 1, 2))
    assert one == same
    assert one.terms["dose"].own != other.terms["dose"].own


def test_outcomes_features_and_what_differs_within_a_patient_are_never_imputed(data):
    gappy = data.covariates.copy()
    gappy[::9, 2] = np.nan
    found = imputed_cox(replace(data, covariates=gappy), None, 1, 2)
    assert found.not_imputed == {"response": "an outcome"}
    assert found.rows == int(np.isfinite(gappy[:, 2]).sum())
    renamed = replace(data, covariates=gappy, names=("stage", "dose", "original_firstorder_Mean"))
    assert imputed_cox(renamed, None, 1, 2).not_imputed == {"original_firstorder_Mean": "a feature of the image"}
    differs = replace(data, covariates=gappy, names=("stage", "dose", "size"))
    assert imputed_cox(differs, None, 1, 2).not_imputed == {"size": "it differs between lymph nodes of a patient"}
    nothing = replace(data, covariates=data.covariates[:, 2:], names=("response",))
    assert imputed_cox(nothing, None, 1) is None


def test_where_little_is_missing_the_pooled_model_is_nearly_the_complete_one(data):
    means = np.nanmean(data.covariates, axis=0)
    whole = replace(data, covariates=np.where(np.isnan(data.covariates), means, data.covariates))
    full = cox(whole.follow_up, whole.covariates, whole.names, whole.patients)
    one_gap = whole.covariates.copy()
    one_gap[whole.patients == 0, 1] = np.nan
    found = imputed_cox(replace(whole, covariates=one_gap), None, 1, 5)
    for name, term in full.terms.items():
        # One of 26 patients: less than a tenth of the information, so estimates are less than √0.1 errors apart.
        assert found.terms[name].own.value == pytest.approx(term.coef, abs=math.sqrt(0.1) * term.se)
        assert found.terms[name].own.missing_information < 0.1
        assert found.terms[name].by_patient.se == pytest.approx(term.by_patient.se, rel=0.1)


def test_complete_rows_are_compared_with_the_others(data):
    found = complete_cases(data)
    complete = np.isfinite(data.covariates).all(axis=1)
    assert (found.rows, found.complete) == (len(complete), int(complete.sum()))
    assert found.unknown == {name: int(np.isnan(data.covariates[:, i]).sum()) for i, name in enumerate(NAMES[:2])}
    event = next(each for each in found.columns if each.name == "event")
    shares = [data.follow_up.event[side].mean() for side in (complete, ~complete)]
    assert [event.complete[0], event.others[0]] == pytest.approx(shares)
    # Austin's formula, by hand.
    apart = abs(shares[0] - shares[1]) / math.sqrt(sum(p * (1 - p) for p in shares) / 2)
    assert event.difference == pytest.approx(apart, rel=1e-12)
    months = next(each for each in found.columns if each.name == "months")
    assert months.complete == pytest.approx(
        (data.follow_up.months[complete].mean(), data.follow_up.months[complete].std(ddof=1), complete.sum())
    )
    known = replace(data, covariates=np.nan_to_num(data.covariates, nan=1.0))
    assert complete_cases(known) is None
    assert missing_sentences(analyse(known, impute=True)) == ()


def test_the_command_prints_both_models_and_refuses_in_silence_nothing(rows, tmp_path, capsys):
    file = tmp_path / "lymph_nodes.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    call = ["survival", str(file), "--time", "months", "--event", "recurrence", "--group", "patient"]
    call += ["--covariates", ",".join(NAMES)]
    assert main(call) == 1
    assert "empty" in capsys.readouterr().err
    assert main([*call, "--incomplete", "leave-out", "--json"]) == 0
    left_out = json.loads(capsys.readouterr().out)
    assert "cox_imputed" not in left_out
    assert left_out["complete_cases"]["complete"] == left_out["cox_rows"]
    assert main([*call, "--incomplete", "impute", "--json"]) == 0
    both = json.loads(capsys.readouterr().out)
    assert both["cox"] == left_out["cox"]
    assert set(both["cox_imputed"]["terms"]) == set(NAMES)
    assert both["cox_imputed"]["rows"] == len(rows)
    assert main([*call, "--incomplete", "impute"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert f"The same Cox model on {both['cox_imputed']['sets']} imputed sets" in words
    assert "pooled by Rubin's rules with Barnard and Rubin's degrees of freedom" in words
    assert "No outcome and no feature is imputed" in words
    with pytest.raises(SystemExit):
        main([*call[:-2], "--incomplete", "impute"])


@pytest.fixture(scope="module")
def cases(rows):
    """The rows as the cases of a study, features of the published score beside them."""
    rng = np.random.default_rng(6)
    made, chemotherapy = [], {}
    for number, row in enumerate(rows):
        patient = row["patient"]
        months = row["months"]
        made.append(
            {
                "lymph_node": f"LN{number}",
                "patient": patient,
                "set": "all",
                "t_stage": {"1": "T3-4", "0": "T1-2", "": ""}[row["stage"]],
                "dose_gy": row["dose"],
                "concurrent_chemotherapy": chemotherapy.setdefault(patient, "yes" if rng.random() < 0.5 else "no"),
                "response": "yes" if row["response"] == "1" else "no",
                "local_control_months": months,
                "local_recurrence": "yes" if row["recurrence"] == "1" else "no",
                "died": "yes" if row["death"] == "1" else "no",
                "follow_up_months": str(float(months) + 0.5 * (row["recurrence"] == "1")),
                "original_firstorder_InterquartileRange": f"{rng.normal(60, 20):.3f}",
                "original_glrlm_RunPercentage": f"{rng.normal(0.6, 0.05):.4f}",
            }
        )
    return Table(name="lymph nodes", columns=tuple(made[0]), rows=tuple(made))


@pytest.mark.parametrize("impute", [False, True])
def test_a_study_says_whom_its_model_leaves_out_and_imputes_where_it_is_asked(cases, impute):
    nobody = SimpleNamespace(card=None, unseen=None)
    survival = study_survival(cases, find_model("gu2021-local-control-2y"), nobody, 1, impute)
    each = survival.analyses[0]
    assert each.analysis is not None, each.reason
    parts = _analysis(each)
    tables = {part.table.name: part.table for part in parts if part.table is not None}
    stem = "local-control-published-all"
    apart = tables[f"{stem}-complete-cases"]
    assert [row[0] for row in apart.rows] == [
        "T stage: T3–4", "Dose, Gy", "Concurrent chemotherapy: yes", "Response: CR or PR", "Rad-score-2-year", "event",
        "months",
    ]  # fmt: skip
    assert apart.header[1].endswith("lymph nodes)")
    assert (f"{stem}-imputed" in tables) == impute
    lines = " ".join(line for part in parts for line in part.lines)
    assert ("imputed sets" in lines) == impute
    if impute:
        found = each.analysis.imputed
        assert set(found.imputed) == {"t_stage_3_4", "dose_gy"}
        assert len(tables[f"{stem}-imputed"].rows) == 5
        assert find_model("gu2021-local-control-2y").id in found.terms


def test_only_patients_of_the_model_are_counted_as_imputed(data):
    """A feature is never imputed: who lacks it is out of the model, and so is what was imputed of them."""
    gaps = np.isnan(data.covariates)
    one = int(data.patients[np.flatnonzero(gaps[:, 0])[0]])
    feature = np.arange(len(data.patients), dtype=float) % 7
    feature[data.patients == one] = np.nan
    wider = replace(
        data,
        names=(*data.names, "original_firstorder_Mean"),
        covariates=np.column_stack([data.covariates, feature]),
    )
    before, after = imputed_cox(data, None, 1, 2), imputed_cox(wider, None, 1, 2)
    assert after.imputed[data.names[0]] == before.imputed[data.names[0]] - 1
    assert after.patients == before.patients - 1


def test_a_column_with_gaps_is_no_part_of_what_is_said_to_be_alike(data):
    """The sentence names the columns that it judges: those without a gap."""
    alike = replace(complete_cases(data), columns=())
    analysis = SimpleNamespace(complete_cases=alike, imputed=None, cox=True, no_complete_model="")
    said = missing_sentences(analysis)[0].text
    assert said.endswith("by no more than 0.1 standard deviations in the columns known of all.")


@pytest.mark.parametrize("complete", [0, 3])
def test_where_the_complete_rows_allow_no_model_the_imputed_one_stands_alone(data, complete, monkeypatch):
    """Every second patient without a stage, the others without a dose, but for a few that have no event."""
    monkeypatch.setattr("RLNResponseLib.survival.imputed_cox.sets_needed", lambda incomplete: 2)
    covariates, odd = np.nan_to_num(data.covariates, nan=1.0), data.patients % 2 == 1
    covariates[:, 1] = np.isnan(data.covariates[:, 1]) + 50.0 + data.patients % 7
    covariates[odd, 0], covariates[~odd, 1] = np.nan, np.nan
    whole = np.flatnonzero(~data.follow_up.event & ~odd)[:complete]
    covariates[np.isin(data.patients, data.patients[whole]) & ~data.follow_up.event, 1] = 51.0
    gaps = replace(data, covariates=covariates)
    with pytest.raises(DataRefusedError):
        analyse(gaps)
    found = analyse(gaps, landmark_months=3, impute=True, seed=5)
    assert (found.cox, found.landmark) == (None, None)
    assert found.imputed == imputed_cox(gaps, None, 5)
    assert found.imputed.rows == len(data.covariates)
    words = [sentence.text for sentence in missing_sentences(found, "lymph node")]
    (impossible,) = [text for text in words if "cannot be compared" in text]
    assert impossible.startswith(
        "Imputed and complete lymph nodes cannot be compared, as the complete ones allow no Cox model: "
    )
    assert not any("The Cox model above" in text or "The same Cox model" in text for text in words)
    assert any(text.startswith("A Cox model on ") for text in words)
    assert "no Cox model from the landmark on" in " ".join(found.notes)
    answer = found.as_json()
    assert (answer["cox"], answer["cox_imputed"]["sets"]) == ({}, found.imputed.sets)
    assert answer["no_complete_model"] in impossible
    assert "A Cox model on " in survival_text(found)


def test_where_nothing_can_be_imputed_either_the_refusal_stands(data):
    covariates = np.full_like(data.covariates, np.nan)
    with pytest.raises(DataRefusedError, match="Among the 0 rows"):
        analyse(replace(data, covariates=covariates), impute=True)
