"""What centres tell of a frozen score, and what that determines of all their lymph nodes together."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.frozen_card import freeze
from RLNResponseLib.modelling.model_card import read_card_json, read_model_card
from RLNResponseLib.modelling.validation.calibration import recalibrated
from RLNResponseLib.modelling.validation.centre_summary import CalibrationRound, CentreCases, likelihood, summarise
from RLNResponseLib.modelling.validation.centres import centre_figures
from RLNResponseLib.modelling.validation.combined import combine
from RLNResponseLib.modelling.validation.delong import delong
from RLNResponseLib.modelling.validation.multi_reader import clustered_variance
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.modelling.validation.score_classes import ScoreClasses
from RLNResponseLib.modelling.validation.summary_file import read_summary
from RLNResponseLib.report.text.centres import combined_sentences
from RLNResponseLib.study.self_verifying import with_digest

DAY = date(2026, 3, 1)
CLASSES = ScoreClasses(-3.0, 3.0, 0.5)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The paper's response score, frozen."""
    path = tmp_path_factory.mktemp("card") / "frozen.json"
    path.write_text(json.dumps(freeze(read_card_json("gu2021-response"), DAY, CLASSES.as_json())), "utf-8")
    return read_model_card(path)


def centre(seed, name, n=60, apart=1.2, nodes=1.3, digits=None):
    """Scores and outcomes of one centre; some patients with two lymph nodes."""
    rng = np.random.default_rng(seed)
    patients = np.sort(rng.integers(0, round(n / nodes), n))
    outcome = rng.random(n) < 0.55
    log_odds = rng.normal(size=n) + apart * (outcome - 0.5)
    if digits is not None:
        log_odds = np.round(log_odds, digits)
    return CentreCases(centre=name, log_odds=log_odds, outcome=outcome, patients=patients)


def told(model, folder, cases, at=None):
    """The summary after a journey through its file."""
    path = folder / f"{cases.centre}.json"
    path.write_text(json.dumps(summarise(model, cases, DAY, at)), "utf-8")
    return read_summary(path)


def may_be_told(cases):
    of_each = [len(np.unique(cases.patients[of])) for of in (cases.outcome, ~cases.outcome)]
    return min(of_each) >= 5 and len(np.unique(cases.patients)) >= 20 and len(cases.outcome) >= 26


def pooled(centres):
    """All lymph nodes together, which nobody has."""
    log_odds, outcome = (np.concatenate([getattr(each, name) for each in centres]) for name in ("log_odds", "outcome"))
    return log_odds, outcome, np.repeat(np.arange(len(centres)), [len(each.outcome) for each in centres])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(30, 70), min_size=2, max_size=4), st.integers(0, 99_999), st.sampled_from([None, 1, 0]))
def test_the_auc_within_centres_is_that_of_the_pooled_lymph_nodes(model, tmp_path_factory, sizes, seed, digits):
    centres = [centre(seed + at, f"C{at}", n, digits=digits) for at, n in enumerate(sizes)]
    folder = tmp_path_factory.mktemp("told")
    assume(all(may_be_told(each) for each in centres))
    summaries = [told(model, folder, each) for each in centres]
    found = combine(summaries)
    log_odds, outcome, where = pooled(centres)
    # Pair by pair, from all rows: the definition.
    wins = (log_odds[:, None] > log_odds) + 0.5 * (log_odds[:, None] == log_odds)
    pairs = outcome[:, None] & ~outcome & (where[:, None] == where)
    assert found.within.value == pytest.approx((wins * pairs).sum() / pairs.sum(), abs=1e-10)
    # And the AUC over all pairs lies where it is said to lie, rounded or not.
    low, high = found.unrounded
    assert low - 1e-12 <= auc(log_odds, outcome) <= high + 1e-12
    low, high = found.in_classes
    assert low - 1e-12 <= auc(CLASSES.of(log_odds).astype(float), outcome) <= high + 1e-12


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=4, max_size=4), st.lists(st.integers(0, 13), min_size=5, max_size=5, unique=True)
)  # fmt: skip
def test_where_every_class_holds_five_the_auc_over_all_pairs_is_exact(model, tmp_path_factory, counts, places):
    """Two centres, by class 5 to 14 lymph nodes with and without the outcome, or none; a patient each."""
    middles = CLASSES.lowest - CLASSES.step / 2 + CLASSES.step * np.sort(places)
    centres = []
    for number, (with_it, without) in enumerate((counts[:2], counts[2:])):
        rows = [
            (score, outcome)
            for of, outcome in ((with_it, True), (without, False))
            for score, more in zip(middles, of, strict=True)
            for _ in range(more + 5 if more else 0)
        ]
        assume(0 < sum(outcome for _, outcome in rows) < len(rows) and len(rows) >= 26)
        log_odds, outcome = (np.array(column) for column in zip(*rows, strict=True))
        centres.append(
            CentreCases(centre=f"C{number}", log_odds=log_odds, outcome=outcome, patients=np.arange(len(rows)))
        )
    folder = tmp_path_factory.mktemp("told")
    found = combine([told(model, folder, each) for each in centres])
    log_odds, outcome, _ = pooled(centres)
    expected = auc(CLASSES.of(log_odds).astype(float), outcome)
    assert found.in_classes == pytest.approx((expected, expected), abs=1e-10)


def test_the_calibration_of_the_pooled_lymph_nodes_comes_out_in_rounds(model, tmp_path):
    centres = [centre(1, "A", 100), centre(2, "B", 95, apart=2.5), centre(3, "C", 95, apart=0.4)]
    at, rounds = None, 0
    while True:
        found = combine([told(model, tmp_path, each, at) for each in centres])
        rounds += 1
        if found.calibration.converged:
            break
        at = found.calibration.next_round
    log_odds, outcome, _ = pooled(centres)
    fit = recalibrated(log_odds, outcome)
    values = [found.calibration.intercept.value, found.calibration.slope.value]
    assert values == pytest.approx(fit.coefficients, abs=1e-10)
    # The sandwich by hand, at the maximum: what each patient adds, squared and added up.
    whole = np.concatenate([100 * number + each.patients for number, each in enumerate(centres)])
    design, chance = (
        np.column_stack([np.ones(len(log_odds)), log_odds]),
        1 / (1 + np.exp(-(values[0] + values[1] * log_odds))),
    )
    bread = np.linalg.inv((design.T * (chance * (1 - chance))) @ design)
    added = [design[whole == each].T @ (outcome - chance)[whole == each] for each in np.unique(whole)]
    spread = bread @ sum(np.outer(each, each) for each in added) @ bread * len(added) / (len(added) - 1)
    for estimate, variance in zip((found.calibration.intercept, found.calibration.slope), np.diag(spread), strict=True):
        assert (estimate.upper - estimate.lower) / 2 == pytest.approx(1.959963985 * np.sqrt(variance), rel=1e-6)
        assert estimate.interval == "by patient, Wald"
    assert rounds <= 5
    expected = outcome.sum() / (1 / (1 + np.exp(-log_odds))).sum()
    assert found.observed_over_expected.value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("name", ["training", "ties", "few"])
def test_errors_that_count_patients_are_those_of_r(oracle, roc_table, name):
    """Obuchowski's formula and CR2 (clubSandwich), as Testing/oracle/clustered.R writes them."""
    figures = oracle("clustered")[name]
    outcome, score, _ = roc_table(name)
    patients = np.array(figures["patient"], dtype=int)
    log_odds = 1.7 * score - 1.4
    assert clustered_variance(score, outcome, patients) == pytest.approx(figures["variance"], rel=1e-10)
    assert clustered_variance(score, outcome, np.arange(len(score))) == pytest.approx(figures["delong"], rel=1e-10)
    found = centre_figures("A", log_odds, outcome, patients)
    value = found.auc
    errors = {name: each.error for name, each in found.measures.items()}
    assert errors["auc"] == pytest.approx(np.sqrt(figures["variance"]) / (value * (1 - value)), rel=1e-10)
    assert found.measures["slope"].value == pytest.approx(figures["slope"], rel=1e-8)
    assert errors["slope"] == pytest.approx(figures["slope_se"], rel=1e-8)
    assert errors["intercept"] == pytest.approx(figures["large_se"], rel=1e-8)
    assert errors["observed_over_expected"] == pytest.approx(figures["log_ratio_se"], rel=1e-10)


def test_every_error_of_the_same_lymph_nodes_told_twice_is_that_of_them_told_once(model, tmp_path):
    """The limits of the lymph nodes as independent would be narrower by √2."""
    once = replace(centre(4, "A", 90), patients=np.arange(90))
    twice = replace(once, **{name: np.tile(getattr(once, name), 2) for name in ("log_odds", "outcome", "patients")})
    errors, again = (
        {name: each.error for name, each in told(model, tmp_path, each).figures.measures.items()}
        for each in (once, twice)
    )
    assert again == pytest.approx(errors, rel=1e-9)
    beside = replace(centre(5, "B", 90), patients=np.arange(90))
    alone, doubled = (combine([told(model, tmp_path, each), told(model, tmp_path, beside)]) for each in (once, twice))
    assert doubled.within.interval == "by patient"
    assert doubled.observed_over_expected.interval == "by patient, Wald"
    assert alone.by_lymph_node == ()


def test_a_summary_of_old_is_read_and_said_to_have_counted_lymph_nodes(model, tmp_path):
    old = read_summary(Path(__file__).with_name("summary_of_schema_1.json"))
    assert old.errors_by == "lymph node"
    assert old.likelihood.by_patient is None
    new = [told(model, tmp_path, centre(seed, name)) for seed, name in ((7, "Oslo"), (8, "Pisa"))]
    old = replace(old, card=new[0].card)
    found = combine([old, *new])
    assert found.by_lymph_node == ("Bern",)
    assert (found.within.interval, found.calibration.slope.interval) == ("DeLong by centre", "Wald")
    mixed, whole = (" ".join(each.text for each in combined_sentences(combine(of))) for of in ([old, *new], new))
    assert "What Bern told is of before errors were counted by patient" in mixed
    assert "are too narrow where patients have several" in mixed
    assert "Limits count patients, not lymph nodes" in whole
    assert "too narrow" not in whole
    # The same scores, told anew, have the errors of patients.
    anew = told(model, tmp_path, centre(1, "Bern"))
    assert anew.twice_wins == old.twice_wins
    assert anew.variance != old.variance


def test_a_centre_of_few_patients_is_told_nothing_of_however_many_lymph_nodes_it_has(model):
    few = centre(2, "Bern", n=60)
    few = replace(few, patients=np.arange(60) % 19)
    with pytest.raises(
        DataRefusedError, match="Bern has 60 lymph nodes of 19 patients, and a summary takes 26 of 20"
    ) as no:
        summarise(model, few, DAY)
    assert no.value.code == "few-to-tell"
    assert summarise(model, replace(few, patients=np.arange(60) % 20), DAY)["patients"] == 20
    alone = replace(centre(2, "Bern", n=25), patients=np.arange(25))
    with pytest.raises(DataRefusedError, match="has 25 lymph nodes of 25 patients"):
        summarise(model, alone, DAY)


def test_a_perfect_centre_is_left_out_of_the_pooled_auc_by_name_with_its_bias(model, tmp_path):
    """Four centres whose scores were drawn alike; the one where they chance to be perfect has no error."""
    summaries = [told(model, tmp_path, centre(seed, name)) for seed, name in ((1, "A"), (2, "B"), (3, "C"))]
    perfect = told(model, tmp_path, centre(4, "D", apart=40.0))
    words = " ".join(each.text for each in combined_sentences(combine([*summaries, perfect])))
    assert "The pooled AUC is without D, where the AUC is 1 and has no standard error to be weighed by" in words
    assert "the mean is too low for that" in words
    assert "The pooled calibration slope is without D: it tells of the others alone" in words
    assert "is without" not in " ".join(each.text for each in combined_sentences(combine(summaries)))


@pytest.mark.parametrize("n", [20, 23, 24, 31, 47])
@pytest.mark.parametrize("nodes", [2, 3])
def test_a_centre_whose_patients_all_add_the_same_has_no_error_and_is_combined(model, tmp_path, n, nodes):
    """In every patient one lymph node with the outcome, and scores that are equal but for rounding: nothing varies."""
    base = np.random.default_rng(n).normal(size=n)
    outcome = np.arange(n * nodes) < n
    alike = CentreCases(
        centre="alike",
        log_odds=np.concatenate([base + 1e-9, *[base] * (nodes - 1)]),
        outcome=outcome,
        patients=np.tile(np.arange(n), nodes),
    )
    summary = told(model, tmp_path, alike)
    assert summary.figures.reasons["observed_over_expected"].startswith("Its standard error is 0")
    assert summary.variance >= 0
    if nodes == 2:
        assert summary.variance == 0
        assert "auc" not in summary.figures.measures
    others = [told(model, tmp_path, centre(seed, name)) for seed, name in ((1, "A"), (2, "B"))]
    ratio = combine([summary, *others]).observed_over_expected
    events = sum(each.figures.events for each in (summary, *others))
    errors = [each.figures.measures["observed_over_expected"].error * each.figures.events for each in others]
    assert np.log(ratio.upper / ratio.value) == pytest.approx(1.959964 * np.hypot(*errors) / events, rel=1e-6)


def test_of_a_lymph_node_a_patient_the_auc_has_delongs_variance_and_the_counts_at_the_cutoff_add_up(model, tmp_path):
    centres = [
        replace(centre(seed, name, n), patients=np.arange(n)) for seed, name, n in ((4, "A", 160), (5, "B", 200))
    ]
    summaries = [told(model, tmp_path, each) for each in centres]
    for summary, cases in zip(summaries, centres, strict=True):
        own = delong(cases.log_odds, cases.outcome)
        assert np.sqrt(summary.variance) == pytest.approx((own.upper - own.value) / 1.959963985, rel=1e-6)
        assert summary.twice_wins / (2 * summary.pairs) == pytest.approx(own.value, abs=1e-12)
    found = combine(summaries)
    log_odds, outcome, _ = pooled(centres)
    above = log_odds > model.cutoff.value
    assert (found.sensitivity.count, found.sensitivity.of) == ((above & outcome).sum(), outcome.sum())
    assert (found.specificity.count, found.specificity.of) == ((~above & ~outcome).sum(), (~outcome).sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 60), st.integers(0, 99_999), st.floats(1, 2))
def test_nothing_is_told_of_fewer_than_five_patients_and_no_row_stands_in_a_summary(model, n, seed, nodes):
    cases = centre(seed, "A", n, nodes=nodes)
    if not may_be_told(cases):
        with pytest.raises(DataRefusedError) as caught:
            summarise(model, cases, DAY)
        assert caught.value.code == "few-to-tell"
        return
    summary = summarise(model, cases, DAY)
    by_class = CLASSES.of(cases.log_odds)
    above = cases.log_odds > model.cutoff.value
    for number, (name, of) in enumerate((("events", cases.outcome), ("others", ~cases.outcome))):
        told_of = summary["classes"][name]
        sides = [side & of for side in (~above, above) if (side & of).any()]
        parted = all(len(np.unique(cases.patients[side])) >= 5 for side in sides)
        # Every count that is told is of five patients, and of one side of the cutoff where that can be.
        for first, last, count in told_of:
            inside = of & (by_class >= first) & (by_class <= last)
            counted = [inside & side for side in sides] if parted else [inside]
            assert any(each.sum() == count and len(np.unique(cases.patients[each])) >= 5 for each in counted)
        if parted and summary["beyond_cutoff"] is not None:
            beyond = summary["beyond_cutoff"][number]
            assert beyond in {sum(count for *_, count in told_of[at:]) for at in range(len(told_of) + 1)}
    text = json.dumps(summary)
    assert not any(repr(float(score)) in text for score in cases.log_odds)
    # What is in it does not grow with the lymph nodes, but for the classes.
    assert set(summary) == {
        *("schema", "notice", "card", "centre", "made_on", "lymph_nodes", "events", "patients", "auc", "measures"),
        *(
            "reasons",
            "errors_by",
            "expected",
            "beyond_cutoff",
            "round",
            "likelihood",
            "classes",
            "fewest_patients_told",
        ),
        *("software", "sha256"),
    }
    if summary["beyond_cutoff"] is not None:
        above = cases.log_odds > model.cutoff.value
        fields = [above & cases.outcome, above & ~cases.outcome, ~above & cases.outcome, ~above & ~cases.outcome]
        assert all(len(np.unique(cases.patients[field])) not in (1, 2, 3, 4) for field in fields)


def test_an_altered_summary_is_refused_and_one_that_contradicts_itself_too(model, tmp_path):
    path, whole = tmp_path / "A.json", summarise(model, centre(6, "A"), DAY)
    for name, value in (("events", whole["events"] + 1), ("centre", "B"), ("sha256", "0" * 64)):
        path.write_text(json.dumps({**whole, name: value}), "utf-8")
        with pytest.raises(DataRefusedError, match="was altered after it was made") as caught:
            read_summary(path)
        assert caught.value.code == "not-whole"
    # Laid out anew it is the same; 1 for 1.0 too.
    path.write_text(json.dumps(dict(sorted(whole.items())), indent=3).replace("0.0,", "0,"), "utf-8")
    assert read_summary(path).figures.centre == "A"
    # A new digest does not make the figures go together.
    for change, fault in (
        ({"events": whole["events"] + 1}, "do not add up"),
        ({"patients": 0}, "do not go together"),
        ({"auc": {"twice_wins": 10**9, "variance": 0.1}}, "more pairs are won"),
        ({"auc": {"twice_wins": 0, "variance": 0.1}}, "does not go with its classes"),
        ({"beyond_cutoff": [999, 0]}, "beyond the cutoff"),
        ({"likelihood": {}}, "a field is missing"),
        ({"measures": {**whole["measures"], "auc": [0.0, 0.1]}}, "its two AUC differ"),
    ):
        path.write_text(json.dumps(with_digest({**whole, **change})), "utf-8")
        with pytest.raises(DataRefusedError, match=fault) as caught:
            read_summary(path)
        assert caught.value.code == "bad-summary"
    path.write_text("{}", "utf-8")
    with pytest.raises(DataRefusedError, match="is no summary of a centre"):
        read_summary(path)


def test_only_summaries_of_one_card_and_round_and_of_different_centres_are_combined(model, tmp_path):
    one, other = (told(model, tmp_path, centre(seed, name)) for seed, name in ((7, "A"), (8, "B")))
    for summaries, code in (
        ([one], "few-centres"),
        ([one, replace(other, card=replace(other.card, sha256="0" * 64))], "other-card"),
        ([one, replace(other, round=replace(other.round, number=2))], "other-round"),
        ([one, replace(other, figures=replace(other.figures, centre="a"))], "centre-twice"),
    ):
        with pytest.raises(DataRefusedError) as caught:
            combine(summaries)
        assert caught.value.code == code
    assert combine([one, other]).card == one.card


def test_limits_without_width_are_said_to_be_no_certainty(model, tmp_path):
    apart, usual = [
        [told(model, tmp_path, centre(seed, f"C{seed}", apart=far)) for seed in (1, 2)] for far in (40.0, 1.2)
    ]
    words = ["\n".join(each.text for each in combined_sentences(combine(summaries))) for summaries in (apart, usual)]
    assert "AUC within centres 1.000 (1.000 to 1.000, by patient, whose limits without width" in words[0]
    assert "without width" not in words[1]


@pytest.mark.parametrize(
    ("number", "intercept", "slope"),
    [(2, -300.0, 1000.0), (1, 0.5, 1.0), (3, 0.0, 5.5), (11, 0.0, 1.0), (0, 0.0, 1.0), (2, float("nan"), 1.0)],
)
def test_a_round_that_no_combining_asks_for_is_refused(model, number, intercept, slope):
    with pytest.raises(DataRefusedError, match="nothing is told") as refusal:
        summarise(model, centre(2, "Bern"), DAY, CalibrationRound(number=number, intercept=intercept, slope=slope))
    assert refusal.value.code == "bad-round"


def test_a_round_whose_sums_would_determine_the_scores_of_few_lymph_nodes_is_refused(model):
    few, enough = centre(2, "Bern", n=73), centre(2, "Bern", n=74)
    at = CalibrationRound(number=4, intercept=0.1, slope=1.2)
    assert summarise(model, enough, DAY, at)["round"]["number"] == 4
    with pytest.raises(DataRefusedError, match="Round 4 takes 74 lymph nodes, and Bern has 73") as refusal:
        summarise(model, few, DAY, at)
    assert refusal.value.code == "few-to-tell"


def test_two_steep_rounds_would_tell_of_one_patient():
    """Why they are refused: the sums are counts beyond a score of the asker's choice."""
    cases = centre(2, "Bern")
    highest = np.sort(cases.log_odds)[-3:]
    beyond = [
        cases.outcome.sum()
        - likelihood(
            cases.log_odds,
            cases.outcome,
            CalibrationRound(number=2, intercept=-1e6 * at, slope=1e6),
            cases.patients,
        ).gradient[0]
        for at in (highest[:-1] + highest[1:]) / 2
    ]
    assert beyond == pytest.approx([2, 1])


def test_a_card_that_is_not_frozen_has_no_summary(model):
    with pytest.raises(DataRefusedError) as caught:
        summarise(replace(model, frozen={}), centre(1, "A"), DAY)
    assert caught.value.code == "not-frozen"


@pytest.mark.parametrize("change", ["title", "coefficient", "classes"])
def test_an_altered_frozen_card_is_refused_wherever_it_is_read(tmp_path, change):
    card = freeze(read_card_json("gu2021-response"), DAY, CLASSES.as_json())
    path = tmp_path / "frozen.json"
    path.write_text(json.dumps(card, sort_keys=True), "utf-8")
    assert read_model_card(path).frozen["day"] == "2026-03-01"
    if change == "title":
        card["title"] += " "
    elif change == "coefficient":
        card["formula"]["coefficients"]["original_shape_Sphericity"] += 1e-9
    else:
        card["frozen"]["classes"]["step"] = 1.0
    path.write_text(json.dumps(card), "utf-8")
    with pytest.raises(DataRefusedError, match="altered after it was frozen: its digest is not") as caught:
        read_model_card(path)
    assert caught.value.code == "altered-card"
