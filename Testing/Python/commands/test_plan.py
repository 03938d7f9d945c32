"""`rlnresponse plan`, as its users type it."""

import json

import pytest

from RLNResponseLib.cli import main


def test_agreement_as_the_design_asks_for_it(capsys):
    call = "plan agreement --icc 0.9 --threshold 0.75 --assurance 0.8 --readers 2 --json"
    assert main(call.split()) == 0
    assert json.loads(capsys.readouterr().out)["lymph_nodes"] == 33


@pytest.mark.parametrize(
    "call",
    [
        "plan agreement --icc 0.9 --patients-with-several 0.39",
        "plan development --features 106 --auc 0.777 --prevalence 0.735 --available 102",
        "plan validation --auc 0.777 --prevalence 0.735 --threshold 0.6",
    ],
)
def test_each_says_its_number_first_and_draws_what_others_bring(call, tmp_path, capsys):
    picture = tmp_path / "plan.png"
    assert main([*call.split(), "--picture", str(picture)]) == 0
    words = capsys.readouterr().out
    assert main([*call.split(), "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert words.startswith(f"{numbers.get('lymph_nodes', numbers.get('cases'))} ")
    assert words.rstrip().endswith("Research use only, not a medical device.")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_impossible_plan_is_one_sentence(capsys):
    assert main(["plan", "agreement", "--icc", "0.7"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_half_a_distribution_of_log_odds_is_refused():
    with pytest.raises(SystemExit):
        main(["plan", "validation", "--auc", "0.8", "--prevalence", "0.3", "--log-odds-mean", "-1"])
