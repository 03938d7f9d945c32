"""ComBat against neuroCombat's own published figures, and that it learns from training lymph nodes alone."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.modelling.applicability import assess
from RLNResponseLib.modelling.fitting.case_table import case_table
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.centres import centres_of
from RLNResponseLib.modelling.fitting.combat import fit_combat, refuse_small_centres
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.fit import FitOptions, fit
from RLNResponseLib.modelling.fitting.fitted_card import CardTexts, fitted_card, write_card
from RLNResponseLib.modelling.fitting.updated_card import update_score, updated_card
from RLNResponseLib.modelling.frozen_card import freeze
from RLNResponseLib.modelling.model_card import read_model_card
from RLNResponseLib.modelling.score_model import apply_model
from RLNResponseLib.modelling.table_score import formula_features, table_scores

ORACLE = Path(__file__).resolve().parents[2] / "oracle"
NAMES = ("original_firstorder_Mean", "original_glcm_Contrast", "original_shape_Sphericity")
CLASSES = {"lowest": -4.0, "highest": 4.0, "step": 0.25}


@pytest.fixture(scope="module")
def published():
    return json.loads((ORACLE / "figures" / "combat.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["adjusted", "unadjusted"])
def test_fitted_on_all_it_is_neurocombats_on_its_own_data(published, name):
    values = np.loadtxt(ORACLE / "tables" / "combat.csv", delimiter=",", skiprows=1).T
    sites, covariate = np.repeat([0, 1], 5), np.tile([0.0, 1.0], 5)[:, None] if name == "adjusted" else None
    ours = fit_combat(values, sites, covariate).apply(values, sites, covariate)
    np.testing.assert_allclose(ours.T, published["published"][name], atol=1e-8, rtol=0)


@pytest.mark.parametrize("name", ["adjusted", "unadjusted"])
def test_of_three_uneven_sites_it_is_neurocombats(published, name):
    table = np.loadtxt(ORACLE / "tables" / "paper_size.csv", delimiter=",", skiprows=1)
    sites = np.where(table[:, 1] == 1, 0, np.where(table[:, 1] <= 3, 2, 1))
    covariate = (np.arange(len(table)) % 5.0)[:, None] if name == "adjusted" else None
    ours = fit_combat(table[:, 2:], sites, covariate).apply(table[:, 2:], sites, covariate)
    theirs = np.array(published["three_sites"][name])
    np.testing.assert_allclose(ours.T[: len(theirs)], theirs, atol=1e-8, rtol=1e-11)


def drawn(seed, sizes=(30, 40, 25), features=3):
    """Lymph nodes of several centres that measure differently; a patient each."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(np.arange(len(sizes)), sizes)
    own = rng.normal(size=(len(centres), features))
    shift, scale = rng.normal(size=(len(sizes), features)), np.exp(rng.normal(0, 0.3, (len(sizes), features)))
    outcome = rng.random(len(centres)) < 1 / (1 + np.exp(-1.5 * own[:, 0]))
    return 20 + 2 * (shift[centres] + scale[centres] * own), centres, outcome


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_one_lymph_node_at_a_time_gives_what_all_together_give_and_centres_come_nearer(seed, features):
    values, centres, _ = drawn(seed, features=features)
    combat = fit_combat(values, centres)
    together = combat.apply(values, centres)
    for row in (0, 40, 94):
        np.testing.assert_allclose(combat.apply(values[[row]], centres[[row]])[0], together[row], rtol=1e-12)

    # A feature alone may be moved away, as centres lend each other's features their shift; a centre as a whole is not:
    # its shift lies between that of the feature and the mean of its features (Johnson et al. 2007, eq. 3.1).
    standardised = (values - combat.mean) / combat.sd
    means = np.array([standardised[centres == code].mean(axis=0) for code in range(3)])
    assert (((means - combat.shift) ** 2).sum(axis=1) <= (means**2).sum(axis=1) * (1 + 1e-9)).all()


def test_validation_lymph_nodes_and_the_outcome_have_no_part_in_it():
    values, centres, outcome = drawn(3)
    training = np.arange(len(values)) % 4 > 0
    cases = Cases(
        features=values[training],
        outcome=outcome[training],
        patients=np.arange(training.sum()),
        centres=centres[training],
    )
    score = develop(cases, Recipe(folds=5, rule="min"), seed=1)
    alone = fit_combat(values[training], centres[training])
    assert score.combat is not None
    np.testing.assert_array_equal(score.combat.shift, alone.shift)
    # Other outcomes, the same parameters.
    turned = develop(replace(cases, outcome=~cases.outcome), Recipe(folds=5, rule="min"), seed=1)
    np.testing.assert_array_equal(turned.combat.scale, score.combat.scale)
    # One validation lymph node is scored alike, whoever else is validated.
    new = np.flatnonzero(~training)
    np.testing.assert_array_equal(
        score.score(values[new], centres[new])[:1], score.score(values[new[:1]], centres[new[:1]])
    )


def table_of(values, centres, outcome, names=("Bern", "Oslo", "Pisa")):
    rows = tuple(
        {
            "patient": f"P{row}",
            "site": names[centres[row]],
            "response": "yes" if outcome[row] else "no",
            **{name: repr(float(value)) for name, value in zip(NAMES, values[row], strict=True)},
        }
        for row in range(len(values))
    )
    return Table(name="t.csv", columns=("patient", "site", "response", *NAMES), rows=rows)


@pytest.fixture(scope="module")
def harmonised(tmp_path_factory):
    """A fit over three centres, its card's file, and its table."""
    table = table_of(*drawn(5))
    cases = case_table(table, "response", "patient", None, {"site": "the centre"})
    options = FitOptions(recipe=Recipe(folds=5, rule="min"), resamples=20, centres=centres_of(cases, "site"))
    found = fit(cases, options)
    path = tmp_path_factory.mktemp("card") / "score.json"
    write_card(fitted_card(found, CardTexts(title="Score", outcome="response", group="patient"), path.stem), path)
    return found, path, table


def test_the_card_scores_each_row_by_its_own_centres_parameters(harmonised):
    found, path, table = harmonised
    model = read_model_card(path)
    expected = found.score.score(found.table.features, found.options.centres.codes)
    np.testing.assert_allclose(table_scores(model, table), expected, rtol=1e-12)
    assert {name: (of.patients, of.lymph_nodes) for name, of in model.harmonisation.centres.items()} == {
        "Bern": (30, 30),
        "Oslo": (40, 40),
        "Pisa": (25, 25),
    }


def test_the_frozen_card_of_a_centre_is_the_same_score_of_what_that_centre_measures(harmonised, tmp_path):
    _, path, table = harmonised
    whole = read_model_card(path)
    scores, inside = table_scores(whole, table), formula_features(whole, table)
    for centre in ("Bern", "Oslo", "Pisa"):
        card = freeze(json.loads(path.read_text("utf-8")), date(2026, 3, 1), CLASSES, centre)
        write_card(card, tmp_path / "own.json")
        own = read_model_card(tmp_path / "own.json")
        rows = [number for number, row in enumerate(table.rows) if row["site"] == centre]
        np.testing.assert_allclose(table_scores(own, table)[rows], scores[rows], rtol=1e-10)
        for number in rows[:5]:
            measured = {name: float(table.rows[number][name]) for name in NAMES}
            values = dict(zip(whole.coefficients, inside[number].tolist(), strict=True))
            before, after = assess(whole.training, values), assess(own.training, measured)
            assert (after.status, after.outside) == (before.status, before.outside)
            assert after.distance == pytest.approx(before.distance, rel=1e-9)


@pytest.mark.parametrize("centre", ["Rome", "bern"])
def test_a_centre_that_is_not_on_the_card_is_refused_by_file_and_by_row(harmonised, centre):
    _, path, table = harmonised
    with pytest.raises(DataRefusedError, match=f"has no parameters of '{centre}'") as caught:
        freeze(json.loads(path.read_text("utf-8")), date(2026, 3, 1), CLASSES, centre)
    assert caught.value.code == "unknown-centre"
    other = replace(table, rows=({**table.rows[0], "site": centre},))
    with pytest.raises(DataRefusedError) as caught:
        table_scores(read_model_card(path), other)
    assert caught.value.code == "unknown-centre"


@pytest.mark.parametrize("method", ["slope", "refit"])
def test_an_updated_harmonised_card_stays_harmonised(harmonised, tmp_path, method):
    _, path, table = harmonised
    cases = case_table(table, "response", "patient", None, {"site": "the centre"})
    model = read_model_card(path)
    updated = update_score(model, cases, method)
    write_card(updated_card(updated, "new", "response", "patient"), tmp_path / "new.json")
    new = read_model_card(tmp_path / "new.json")
    assert new.harmonisation == model.harmonisation
    found = updated.update
    expected = found.intercept + formula_features(model, table) @ found.coefficients
    np.testing.assert_allclose(table_scores(new, table), expected, rtol=1e-12)
    if method == "slope":
        np.testing.assert_allclose(expected, found.added + found.slope * table_scores(model, table), rtol=1e-9)


def test_without_a_centre_a_harmonised_card_scores_nobody(harmonised):
    _found, path, table = harmonised
    model = read_model_card(path)
    nameless = replace(table, columns=tuple(name for name in table.columns if name != "site"))
    values = {name: float(table.rows[0][name]) for name in NAMES}
    for scored in (
        lambda: table_scores(model, nameless),
        lambda: apply_model(model, FeatureVector(values, model.settings, None)),
    ):
        with pytest.raises(DataRefusedError, match="centres freeze --centre") as caught:
            scored()
        assert caught.value.code == "centre-unnamed"


def test_a_centre_of_nineteen_patients_is_refused_and_one_of_twenty_is_not():
    cases = case_table(table_of(*drawn(1, (30, 40, 19))), "response", "patient", None, {"site": "the centre"})
    with pytest.raises(DataRefusedError) as caught:
        fit(cases, FitOptions(recipe=Recipe(folds=3), centres=centres_of(cases, "site")))
    assert caught.value.code == "few-in-centre"
    assert str(caught.value).startswith("The centre Pisa has 19 patients in the training set, and ComBat takes 20 of")
    refuse_small_centres(np.arange(60), np.repeat([0, 1, 2], 20), ("Bern", "Oslo", "Pisa"))
    # Lymph nodes are not patients.
    with pytest.raises(DataRefusedError, match="The centre Pisa has 10 patients"):
        refuse_small_centres(
            np.r_[np.arange(40), np.repeat(np.arange(40, 50), 2)], np.repeat([0, 1, 2], 20), ("A", "B", "Pisa")
        )


def test_what_combat_cannot_estimate_is_refused():
    values, centres, _ = drawn(2)
    still = values.copy()
    still[centres == 1, 0] = 7.0
    telling = (centres == 1)[:, None].astype(float)
    for of, where, covariates, code in (
        (values, np.zeros(len(values), dtype=int), None, "few-centres"),
        (values[[0, 1, 40]], centres[[0, 1, 40]], None, "few-in-centre"),
        (values, centres, telling, "few-in-centre"),
        (still, centres, None, "flat-feature"),
    ):
        with pytest.raises(DataRefusedError) as caught:
            fit_combat(of, where, covariates)
        assert caught.value.code == code


def test_a_feature_that_is_the_same_everywhere_stays_what_it_is():
    values, centres, _ = drawn(2)
    values[:, 1] = 4.0
    np.testing.assert_allclose(fit_combat(values, centres).apply(values, centres)[:, 1], 4.0)
