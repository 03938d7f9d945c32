"""What makes a model look better than it is stops the analysis, and an override stays visible."""

import numpy as np
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.leakage import (
    cutoff_source,
    enforce,
    feature_columns,
    icc_filter_source,
    mixed_origins,
    same_patients,
)

OUTCOME = np.array([True, False, True, True, False])
RANDOM = np.random.default_rng(0).normal(size=5)


def codes(findings):
    return [finding.code for finding in findings]


def test_patients_on_both_sides():
    findings = same_patients(["p1", "p2", "p2", "p3"], ["p3", "p4", "p3"])
    assert findings[0].message == (
        "1 of 2 validation patients are also training patients, so validation would repeat what was learnt; "
        "split by patient."
    )
    assert same_patients(["p1"], ["p2"]) == ()


def test_filter_and_cutoff_must_not_see_validation():
    assert codes(icc_filter_source(["p1", "p4"], ["p4", "p5"])) == ["icc-on-validation"]
    assert codes(cutoff_source(["p4"], ["p4", "p5"])) == ["cutoff-from-validation"]
    assert icc_filter_source(["p1"], ["p4"]) == cutoff_source(["p1"], ["p4"]) == ()


@pytest.mark.parametrize(
    ("name", "column", "code"),
    [
        ("Response", RANDOM, "outcome-among-features"),
        ("time_to_event", RANDOM, "outcome-among-features"),
        ("x17", OUTCOME * 1.0, "outcome-among-features"),
        ("x17", 3.0 - 2 * OUTCOME, "outcome-among-features"),
        ("patient_id", RANDOM, "identifier-among-features"),
        ("x17", np.arange(5.0) + 100, "identifier-among-features"),
        ("original_glcm_Id", RANDOM, None),
        ("original_firstorder_Energy", RANDOM, None),
        ("age", RANDOM, None),
        ("flag", np.array([1.0, 0, 1, 1, 1]), None),
    ],
)
def test_outcomes_and_identifiers_among_features(name, column, code):
    findings = feature_columns(["original_shape_Sphericity", name], np.column_stack([RANDOM, column]), OUTCOME)
    assert codes(findings) == ([code] if code else [])
    assert all(f"'{name}'" in finding.message for finding in findings)


def test_mixed_settings():
    findings = mixed_origins({"settings": ["a", "a", "b"], "pyradiomics version": ["3.1", "3.1", "3.1"]})
    assert codes(findings) == ["mixed-settings"]
    assert "2 different values of 'settings'" in findings[0].message


def test_refused_unless_overridden_and_then_said():
    findings = (*same_patients(["p1"], ["p1"]), *mixed_origins({"settings": ["a", "b"]}))
    with pytest.raises(DataRefusedError, match="also training patients") as error:
        enforce(findings)
    assert error.value.code == "patient-on-both-sides"
    with pytest.raises(DataRefusedError, match="different values of 'settings'"):
        enforce(findings, {"patient-on-both-sides"})
    allowed = enforce(findings, {"patient-on-both-sides", "mixed-settings"})
    assert [finding.severity for finding in allowed] == ["warning", "warning"]
    assert all(finding.message.startswith("Overridden: ") for finding in allowed)
    assert enforce(()) == ()
