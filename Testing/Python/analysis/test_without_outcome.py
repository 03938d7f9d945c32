"""Who a score of an outcome is not judged on: named, and a death is not called an outcome that is not known."""

from RLNResponseLib.analysis.without_outcome import without_outcome
from RLNResponseLib.common.tables import Table
from RLNResponseLib.report.text.left_out import left_out_sentences

COLUMNS = (
    "lymph_node", "set", "response", "two_year_control", "local_control_months", "local_recurrence", "died",
    "follow_up_months",
)  # fmt: skip


def cases():
    rows = [
        ("recurred", "training", "yes", "no", "9", "yes", "yes", "12"),
        ("died-first", "training", "", "", "9", "no", "yes", "9"),
        ("died-first-too", "validation", "no", "", "20", "no", "yes", "20"),
        ("moved-away", "training", "no", "", "9", "no", "no", "9"),
        ("moved-away-then-died", "training", "no", "", "9", "no", "yes", "15"),
        ("no-months", "validation", "", "", "", "", "yes", "9"),
        ("controlled", "training", "yes", "yes", "30", "no", "no", "30"),
    ]
    return Table(name="cases", columns=COLUMNS, rows=tuple(dict(zip(COLUMNS, row, strict=True)) for row in rows))


def test_a_death_that_came_first_is_told_from_an_outcome_that_is_not_known():
    control, response = (without_outcome(cases(), name) for name in ("two_year_control", "response"))
    assert control.died_first == ("died-first", "died-first-too")
    assert control.unknown == ("moved-away", "moved-away-then-died", "no-months")
    assert (response.died_first, response.unknown) == ((), ("died-first", "no-months"))


def test_who_is_left_out_is_named_with_the_set():
    died, unknown = left_out_sentences(cases(), "two_year_control")
    assert "2 lymph nodes (1 training, 1 validation: died-first, died-first-too)" in died
    assert "not known" not in died
    assert "3 lymph nodes (2 training, 1 validation: moved-away, moved-away-then-died, no-months)" in unknown
    assert left_out_sentences(cases(), "response") == (
        "The response is not known of 2 lymph nodes (1 training, 1 validation: died-first, no-months), left out.",
    )
