"""A study registered, run and compared with its registration, through the real commands."""

import json
import shutil

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.study.study import Study


@pytest.fixture
def plan(tmp_path, capsys):
    def planned(words):
        assert main(f"plan agreement --icc 0.9 {words} --json".split()) == 0
        file = tmp_path / "plan.json"
        file.write_text(capsys.readouterr().out, encoding="utf-8")
        return file

    return planned


@pytest.fixture
def protocol(tmp_path):
    assert (
        main(["study", "create", str(tmp_path / "new"), "--readers", "A,B", "--repeat", "A", "--title", "<b>LN"]) == 0
    )
    return tmp_path / "new"


def compared(registered, study, capsys, kind="deviations"):
    capsys.readouterr()
    assert main(["plan", "--protocol", str(study), "--registered", str(registered), "--json"]) == 0
    return {each["what"]: each for each in json.loads(capsys.readouterr().out)[kind]}


def deviations(registered, study, capsys):
    return compared(registered, study, capsys)


def test_the_page_says_protocol_numbers_and_primary_analyses_and_escapes_them(protocol, plan, tmp_path):
    page = tmp_path / "registration.html"
    call = ["plan", "--protocol", str(protocol), "--plan", str(plan("")), "--primary", "ICC of <i>both</i>"]
    assert main([*call, "--output", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;LN" in text
    assert "<b>LN" not in text
    assert "ICC of &lt;i&gt;both&lt;/i&gt;" in text
    assert "33 lymph nodes" in text
    assert "A 1 and 2, B 1" in text
    assert "Research use only, not a medical device." in text
    assert "http-equiv" in text
    assert "http://" not in text
    assert "https://" not in text
    assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["plans"]["agreement"]["lymph_nodes"] == 33


def test_a_new_study_departs_in_nothing_as_it_is_not_read_yet(protocol, plan, tmp_path, capsys):
    main(["plan", "--protocol", str(protocol), "--plan", str(plan("")), "--output", str(tmp_path / "r.html")])
    assert deviations(tmp_path / "r.json", protocol, capsys) == {}
    found = compared(tmp_path / "r.json", protocol, capsys, "pending")
    assert set(found) == {
        "lymph nodes read by every reader",
        "patients with such a lymph node",
        "lymph nodes read twice",
    }
    assert found["lymph nodes read by every reader"]["so_far"] == "0 so far"
    call = ["plan", "--protocol", str(protocol), "--registered", str(tmp_path / "r.json")]
    assert main([*call, "--output", str(tmp_path / "now.html")]) == 0
    said, page = capsys.readouterr().out, (tmp_path / "now.html").read_text(encoding="utf-8")
    assert said.startswith("No deviation from the registration of")
    assert "Not done yet, and no deviation while it can be:" in said
    assert said.count(" so far\n") == 3
    assert page.split("What is still to come")[1].split("</table>")[0].count("0 so far") == 3


def test_a_rule_that_was_changed_before_unblinding_is_a_deviation(protocol, plan, tmp_path, capsys):
    main(["plan", "--protocol", str(protocol), "--output", str(tmp_path / "r.html")])
    file = protocol / "study.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("washout_days = 30", "washout_days = 10"), encoding="utf-8"
    )
    found = deviations(tmp_path / "r.json", protocol, capsys)
    assert found["washout, days"] == {"what": "washout, days", "registered": "30", "done": "10"}


def test_the_end_of_a_simulated_study_names_what_departed(small_cohort, plan, tmp_path, capsys):
    study = tmp_path / "study"
    shutil.copytree(small_cohort.folder, study)
    main(["plan", "--protocol", str(study), "--plan", str(plan("--readers 3")), "--output", str(tmp_path / "r.html")])
    found = deviations(tmp_path / "r.json", study, capsys)
    read = len({reading.key.lymph_node for reading in Study.open(study).current_readings()})
    assert found["readers"]["registered"] == "3"
    assert found["lymph nodes read by every reader"]["done"].startswith(str(read))
    assert found["registered"]["done"].startswith("after it")
    assert main(["plan", "--protocol", str(study), "--registered", str(tmp_path / "r.json")]) == 0
    assert "deviations from the registration" in capsys.readouterr().out


def test_a_registration_that_was_touched_is_refused(protocol, tmp_path, capsys):
    main(["plan", "--protocol", str(protocol), "--output", str(tmp_path / "r.html")])
    data = tmp_path / "r.json"
    data.write_text(data.read_text(encoding="utf-8").replace("washout_days = 30", "washout_days = 3"), encoding="utf-8")
    capsys.readouterr()
    assert main(["plan", "--protocol", str(protocol), "--registered", str(data)]) == 1
    assert "was changed since" in capsys.readouterr().err


def test_a_plan_of_no_kind_is_refused_and_nothing_is_written(protocol, tmp_path, capsys):
    (tmp_path / "odd.json").write_text('{"plan": "dinner"}', encoding="utf-8")
    call = ["plan", "--protocol", str(protocol), "--plan", str(tmp_path / "odd.json")]
    assert main([*call, "--output", str(tmp_path / "r.html")]) == 1
    assert "is no plan of a kind" in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("place", [".", "..", "/", "nowhere/r.html"])
def test_a_page_that_cannot_be_written_there_is_one_sentence(protocol, tmp_path, monkeypatch, capsys, place):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main(["plan", "--protocol", str(protocol), "--output", place]) == 1
    refused = capsys.readouterr().err
    assert refused.count("\n") == 1
    assert "error in RLNResponse" not in refused
    assert ".json" not in refused
    assert sorted(tmp_path.iterdir()) == before


def test_the_plan_that_is_registered_is_not_written_over(protocol, plan, tmp_path, capsys):
    file = plan("")
    before = file.read_bytes()
    call = ["plan", "--protocol", str(protocol), "--plan", str(file), "--output"]
    assert main([*call, str(file.with_suffix(".html"))]) == 1
    assert "would be written over plan.json" in capsys.readouterr().err
    assert file.read_bytes() == before
    again = [*call, str(tmp_path / "r.html")]
    assert (main(again), main(again)) == (0, 0)


@pytest.mark.parametrize("name", ["nothing", "patients.csv"])
def test_what_is_no_study_is_not_called_an_old_one(tmp_path, capsys, name):
    (tmp_path / "patients.csv").write_text("patient\n", encoding="utf-8")
    assert main(["plan", "--protocol", str(tmp_path / name), "--output", str(tmp_path / "r.html")]) == 1
    assert f"{name} is no study folder and no study.toml" in capsys.readouterr().err


def test_the_protocol_file_stands_for_its_study_when_it_is_compared_too(protocol, tmp_path, capsys):
    main(["plan", "--protocol", str(protocol / "study.toml"), "--output", str(tmp_path / "r.html")])
    assert deviations(tmp_path / "r.json", protocol / "study.toml", capsys) == {}


def test_a_plan_and_a_registration_in_one_call_are_refused(protocol, capsys):
    with pytest.raises(SystemExit):
        main(["plan", "--protocol", str(protocol), "agreement", "--icc", "0.9"])
    assert "leave out what is planned" in capsys.readouterr().err


def test_plan_alone_says_what_to_name():
    with pytest.raises(SystemExit) as stopped:
        main(["plan"])
    assert stopped.value.code == 2
