"""What must not change a developed score: units, the order of rows, the names of patients and centres; and what a card alone says."""

from dataclasses import replace

import numpy as np
import pytest

from RLNResponseLib.common.tables import Table
from RLNResponseLib.modelling.fitting.case_table import case_table, cases_of
from RLNResponseLib.modelling.fitting.cases import Cases, ReaderRatings
from RLNResponseLib.modelling.fitting.centres import centres_of
from RLNResponseLib.modelling.fitting.compare import compare
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.fit import FitOptions, develop_by, fit
from RLNResponseLib.modelling.fitting.fitted_card import CardTexts, fitted_card, write_card
from RLNResponseLib.modelling.model_card import read_model_card
from RLNResponseLib.modelling.table_score import table_scores

NAMES = tuple(f"original_firstorder_{name}" for name in ("Mean", "Median", "Energy", "Entropy", "Range"))
CENTRES = ("Bern", "Oslo")
RULE = {"lasso": "min", "ridge": "min", "firth": "min"}


def drawn(seed, patients=60):
    """One or two lymph nodes a patient, two centres that measure otherwise; the second feature nearly says the first."""
    rng = np.random.default_rng(seed)
    whose = np.concatenate([np.arange(patients), rng.choice(patients, patients // 2, replace=False)])
    own = rng.normal(size=(len(whose), len(NAMES)))
    own[:, 1] = own[:, 0] + 0.1 * own[:, 1]
    outcome = own[:, 0] + own[:, 2] + 1.2 * rng.normal(size=len(whose)) > 0
    centres = whose % 2
    values = own * np.array([[1.0], [1.6]])[centres] + 0.8 * centres[:, None]
    return Cases(features=values, outcome=outcome, patients=whose, names=NAMES, centres=centres)


def recipe(penalty):
    return Recipe(folds=5, rule=RULE[penalty], penalty=penalty, redundancy=0.9)


@pytest.mark.parametrize("penalty", ["lasso", "ridge", "firth"])
def test_units_and_origins_of_features_leave_every_score(penalty):
    cases = drawn(2)
    size, origin = np.array([1e-3, 4.0, 1e6, 7.0, 0.2]), np.array([5.0, -80.0, 0.0, 1e3, 0.1])
    other = replace(cases, features=cases.features * size + origin)
    plain, scaled = develop(cases, recipe(penalty), 3), develop(other, recipe(penalty), 3)
    assert plain.kept.sum() == 4, "one of two features that say the same"
    np.testing.assert_array_equal(scaled.selected, plain.selected)
    np.testing.assert_allclose(scaled.of(other), plain.of(cases), rtol=1e-6, atol=1e-7)
    assert scaled.cutoff == pytest.approx(plain.cutoff, rel=1e-6)


@pytest.mark.parametrize("penalty", ["lasso", "ridge", "firth"])
def test_the_order_of_rows_and_the_numbers_of_centres_leave_every_score(penalty):
    cases = drawn(4)
    foldid = 1 + cases.patients % 5
    turn = np.random.default_rng(9).permutation(len(foldid))
    other = replace(
        cases,
        features=cases.features[turn],
        outcome=cases.outcome[turn],
        patients=cases.patients.max() - cases.patients[turn],
        centres=1 - cases.centres[turn],
    )
    plain = develop_by(cases, FitOptions(recipe=recipe(penalty), foldid=foldid))
    turned = develop_by(other, FitOptions(recipe=recipe(penalty), foldid=foldid[turn]))
    np.testing.assert_allclose(turned.of(other), plain.of(cases)[turn], rtol=1e-8, atol=1e-9)
    assert turned.cutoff == pytest.approx(plain.cutoff, rel=1e-8)


def test_what_a_centre_adds_makes_no_feature_reliable():
    """Readers agree on the first features and not at all on the last, whose centres lie far apart."""
    cases = drawn(6)
    rng = np.random.default_rng(1)
    apart = np.where(np.arange(len(NAMES)) == 4, 500.0, 0.0) * cases.centres[:, None]
    features = cases.features + apart
    noise = np.where(np.arange(len(NAMES)) == 4, 3.0, 0.05)
    first, second = (features + noise * rng.normal(size=features.shape) for _ in range(2))
    pairs = np.stack([first, second], axis=1)
    rated = replace(
        cases,
        features=features,
        ratings=ReaderRatings(inter=pairs, inter_patients=cases.patients, intra=pairs, intra_patients=cases.patients),
    )
    as_measured = develop(replace(rated, centres=None), replace(recipe("ridge"), redundancy=None), 1)
    assert as_measured.kept.all()
    harmonised = develop(rated, replace(recipe("ridge"), redundancy=None), 1)
    assert harmonised.kept.tolist() == [True, True, True, True, False]


def table_of(cases):
    rows = tuple(
        {
            "patient": f"P{cases.patients[row]}", "lymph_node": f"LN{row}", "site": CENTRES[cases.centres[row]],
            "response": "yes" if cases.outcome[row] else "no",
            **{name: repr(float(value)) for name, value in zip(NAMES, cases.features[row], strict=True)},
        }
        for row in range(len(cases.patients))
    )  # fmt: skip
    return Table(name="t.csv", columns=tuple(rows[0]), rows=rows)


@pytest.mark.parametrize("penalty", ["ridge", "firth"])
def test_the_card_alone_scores_new_patients_as_the_fit_does(penalty, tmp_path):
    table = case_table(table_of(drawn(5)), "response", "patient", None, {"site": "the centre"})
    options = FitOptions(recipe=recipe(penalty), resamples=4, recalibrate=True, centres=centres_of(table, "site"))
    found = fit(table, options)
    card = fitted_card(found, CardTexts(title="S", outcome="response", group="patient"), "score")
    write_card(card, tmp_path / "score.json")
    new = drawn(77)
    # The training table named its first centre first, and so did these.
    expected = found.recalibration.of(found.score.of(new))
    scored = table_scores(read_model_card(tmp_path / "score.json"), table_of(new))
    np.testing.assert_allclose(scored, expected, rtol=1e-10)
    assert card["development"]["penalty"] == penalty
    if penalty == "firth":
        assert found.score.strength is card["development"]["lambda"] is None
        assert {name: term["coefficient"] for name, term in card["development"]["terms"].items()} == pytest.approx(
            found.coefficients, rel=1e-6
        )


def test_the_regressions_beside_it_take_the_folds_that_were_given():
    table = case_table(table_of(drawn(8)), "response", "patient", list(NAMES))
    foldid = 1 + table.patients // 12
    options = FitOptions(recipe=replace(recipe("firth"), penalty="lasso"), foldid=foldid, resamples=4)
    beside = {each.penalty: each for each in compare(fit(table, options))}["ridge"]
    given = develop_by(cases_of(table), replace(options, recipe=recipe("ridge")))
    dealt = develop(cases_of(table), recipe("ridge"), options.seed)
    brier = [
        float(np.mean((1 / (1 + np.exp(-score.of(cases_of(table)))) - table.outcome) ** 2)) for score in (given, dealt)
    ]
    assert beside.corrected.figures["brier"].apparent == pytest.approx(brier[0], rel=1e-9)
    assert brier[0] != pytest.approx(brier[1], rel=1e-3)
