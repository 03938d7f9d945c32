"""Which columns are features, what is left out and why, and leakage that the data show whatever columns are called."""

import dataclasses

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.modelling.cutoff import Cutoff
from RLNResponseLib.modelling.fitting.candidates import candidates
from RLNResponseLib.modelling.fitting.case_table import case_table
from RLNResponseLib.modelling.fitting.column_names import is_feature_name, name_kind
from RLNResponseLib.modelling.fitting.fingerprints import row_fingerprints
from RLNResponseLib.modelling.fitting.leakage import feature_columns
from RLNResponseLib.modelling.fitting.same_data import patients_in_two_folds, same_features
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.modelling.score_validation import validate_model

RNG = np.random.default_rng(11)
OUTCOME = np.arange(40) % 2 == 0
FEATURE = "original_glcm_Id"


def table_of(**columns):
    """40 lymph nodes of 40 patients beside the named columns; "__" in a name stands for "@"."""
    filled = {
        "patient": [f"P{row}" for row in range(40)],
        "response": ["yes" if has else "no" for has in OUTCOME],
        **{name.replace("__", "@"): list(map(str, cells)) for name, cells in columns.items()},
    }
    rows = tuple(dict(zip(filled, cells, strict=True)) for cells in zip(*filled.values(), strict=True))
    return Table(name="t.csv", columns=tuple(filled), rows=rows)


def numbers():
    return RNG.normal(size=40).tolist()


def names(table, **options):
    return candidates(table, {"response": "the outcome", "patient": "the patient"}, **options)


@pytest.mark.parametrize(
    "name",
    [
        "original_glcm_Id", "original_a", "original_shape_VoxelVolume", "log-sigma-2-0-mm-3D_firstorder_Mean",
        "wavelet-LLH_glcm_Idn", "wavelet2-HHL_glrlm_RunPercentage", "lbp-3D-m1_firstorder_Mean", "gradient_ngtdm_Contrast",
    ],
)  # fmt: skip
def test_a_name_that_pyradiomics_gives_is_a_features(name):
    assert is_feature_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "Unnamed: 0", "__index_level_0__", "diagnostics_Image-original_Mean", "MRN", "PatientID", "case_no", "age",
        "original_patient_id", "original_response", "OS_days", "PFS", "time", "exam_date", "gradient_echo", "CEA", "f1",
    ],
)  # fmt: skip
def test_other_names_are_not(name):
    assert not is_feature_name(name)


@pytest.mark.parametrize("name", ["age_years", "volume_mm3", "lesion_volume", "CEA", "echo_time", "f1", "SUVmax"])
def test_a_clinical_variable_is_nothing_else(name):
    assert name_kind(name) is None


def test_without_names_only_features_are_taken_and_every_other_column_has_its_reason():
    constant, text = [1.0] * 40, ["high"] * 40
    table = table_of(
        original_glcm_Id=numbers(), original_glcm_Idn__ab12=numbers(), original_flat=constant, original_words=text,
        original_gaps=[*[""] * 30, *range(10)], MRN=range(40), OS_days=numbers(), exam_date=numbers(), CEA=numbers(),
    )  # fmt: skip
    found = names(table)
    assert found.names == (FEATURE, "original_flat")
    assert {each.name: each.reason for each in found.left_out} == {
        "patient": "the patient",
        "response": "the outcome",
        "original_glcm_Idn@ab12": "extracted with other settings than the rows state",
        "original_words": "not numeric",
        "original_gaps": "a number in too few of its rows",
        "MRN": "an identifier",
        "OS_days": "an outcome",
        "exam_date": "a time or a date",
        "CEA": "not a feature's name",
    }


def test_where_no_column_has_a_features_name_the_refusal_names_the_option_and_the_columns():
    with pytest.raises(DataRefusedError, match=r"which of its columns are features \(f1, f2\)") as refused:
        names(table_of(f1=numbers(), f2=numbers(), MRN=range(40)))
    assert (refused.value.code, refused.value.terminal) == ("no-feature", "with --features")


def test_patterns_take_no_identifier_time_or_outcome_and_names_are_taken_as_given():
    table = table_of(f1=numbers(), f2=numbers(), f_id=numbers(), os_f=numbers(), **{"a,b": numbers()})
    assert names(table, features=["*f*"]).names == ("f1", "f2")
    assert names(table, features=["f2,f1"]).names == ("f2", "f1")
    assert names(table, features=["a,b", "f1"]).names == ("a,b", "f1")
    assert names(table, features=["*"], exclude=["f1,a*"]).names == ("f2",)
    assert names(table, features=["f_id"]).names == ("f_id",)  # the design check judges what was named
    for wrong in (["g*"], ["g"]):
        with pytest.raises(DataRefusedError) as refused:
            names(table, features=["f1"], exclude=wrong)
        assert refused.value.code == "missing-column"


@pytest.mark.parametrize(
    ("name", "values", "codes"),
    [
        ("case_no", np.cumsum(RNG.integers(1, 4, 40)), ["identifier-among-features"]),
        ("k", np.cumsum(RNG.integers(1, 4, 40)), ["identifier-among-features"]),
        ("k", RNG.permutation(40), ["identifier-among-features"]),
        ("k", RNG.permutation(9000)[:40], ["perhaps-identifier"]),
        ("time", RNG.normal(size=40), ["outcome-among-features"]),
        ("k", OUTCOME + RNG.normal(scale=0.1, size=40), ["suspicious-feature"]),
        (FEATURE, 1.0 - OUTCOME + RNG.normal(scale=0.1, size=40), ["suspicious-feature"]),
        ("k", OUTCOME + RNG.normal(scale=1.0, size=40), []),
        (FEATURE, RNG.permutation(9000)[:40], []),
    ],
)
def test_what_was_named_is_judged_by_name_and_values(name, values, codes):
    assert [each.code for each in feature_columns([name], np.asarray(values, float)[:, None], OUTCOME)] == codes


def cases(values, **columns):
    features = {f"original_{number}": column for number, column in enumerate(np.asarray(values).T)}
    return case_table(table_of(**features, **columns), "response", "patient", None)


def test_one_lymph_node_under_two_patients_is_found_by_its_features():
    values = RNG.normal(size=(40, 3))
    assert same_features(cases(values)) == ()
    values[[7, 9]] = values[[2, 3]]
    (found,) = same_features(cases(values))
    assert (found.code, found.severity, found.numbers["rows"]) == ("same-features", "error", 2)
    assert "under two patients (the first: rows" in found.message


def test_equal_values_of_few_kinds_are_no_surprise():
    assert same_features(cases(RNG.integers(0, 3, (40, 3)))) == ()
    assert same_features(cases(RNG.integers(0, 30, (40, 1)))) == ()


def test_given_folds_that_split_a_patient_are_found():
    table = dataclasses.replace(cases(RNG.normal(size=(40, 2))), patients=np.arange(40) // 2)
    assert patients_in_two_folds(np.arange(40) // 2 % 5, table) == ()
    (found,) = patients_in_two_folds(np.arange(40) % 5, table)
    assert (found.code, found.numbers["patients"]) == ("patient-in-two-folds", 20)


# A card and its validation


def card(**development):
    return dataclasses.replace(
        find_model("gu2021-response"),
        id="m",
        coefficients={"original_0": 1.0, "original_1": -0.5},
        intercept=0.1,
        cutoff=Cutoff(value=0.2, orientation=">", group_when_true="likely", group_when_false="unlikely"),
        assumed=frozenset(),
        development=development,
    )


def judged_values():
    values = RNG.normal(size=(40, 2))
    values[:, 0] += OUTCOME
    return values


def test_the_training_table_under_other_names_is_known_by_its_features():
    values = judged_values()
    model = card(rows=row_fingerprints("m", values))
    with pytest.raises(DataRefusedError, match=r"40 of 40 validation rows have the very features") as refused:
        validate_model(model, cases(values))
    assert refused.value.code == "training-rows"
    assert validate_model(model, cases(judged_values())).warnings == ()
    one = np.vstack([values[:1], judged_values()[1:]])
    (warning,) = validate_model(model, cases(one)).warnings
    assert (warning.code, warning.severity) == ("training-rows", "warning")


def test_without_patients_the_design_is_said_to_be_unknown():
    table = case_table(table_of(original_0=numbers(), original_1=numbers()), "response", None, None)
    found = validate_model(card(), table)
    assert [each.code for each in found.warnings] == ["patients-unknown"]
    assert not found.has_patients
    assert found.validation.auc_by_patient.interval == "bootstrap by row"


def test_a_card_without_a_feature_is_refused():
    with pytest.raises(DataRefusedError, match="has no feature") as refused:
        validate_model(dataclasses.replace(card(), coefficients={}), cases(judged_values()))
    assert refused.value.code == "empty-card"


def turned(model):
    """The same rule with every sign turned: score < cutoff where it was score > cutoff."""
    return dataclasses.replace(
        model,
        intercept=-model.intercept,
        coefficients={name: -value for name, value in model.coefficients.items()},
        cutoff=dataclasses.replace(model.cutoff, value=-model.cutoff.value, orientation="<"),
    )


def test_a_card_with_less_than_is_judged_as_the_same_rule_with_every_sign_turned():
    table = cases(judged_values())
    plain, below = (validate_model(model, table, against=card()) for model in (card(), turned(card())))
    assert below.validation.auc == plain.validation.auc
    assert below.validation.classification == plain.validation.classification
    assert below.validation.calibration.slope.value == pytest.approx(plain.validation.calibration.slope.value, rel=1e-9)
    assert below.against.difference.difference.value == 0
    assert below.validation.cutoff == -plain.validation.cutoff


@pytest.mark.parametrize(("score", "group", "above"), [(0.1, "a", False), (0.2, "b", True), (0.3, "b", True)])
def test_the_side_of_a_score_follows_a_card_with_less_than(score, group, above):
    cutoff = Cutoff(value=0.2, orientation="<", group_when_true="a", group_when_false="b")
    assert (cutoff.group(score), cutoff.is_above(score)) == (group, above)
