"""A study planned, registered, run and at last compared with its registration: one that keeps everything, others that
depart."""

import json

import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.planning.registered import noted_registrations, read_registration, registration_of
from RLNResponseLib.planning.registration import deviations, pending
from RLNResponseLib.report.page.registration import deviation_sentences
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.exclusions import exclude
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.verify import verify

PRIMARY = ("inter-reader ICC of the Rad-score", "AUC for response")
LYMPH_NODES = ("LN1", "LN2", "LN3")
LAST_DAY = 40


@pytest.fixture
def plan(tmp_path, capsys):
    """Three lymph nodes of two patients, which is what the small study has."""
    words = "--icc 0.999 --threshold 0.2 --patients-with-several 0.9 --lymph-nodes-of-several 2"
    capsys.readouterr()
    assert main(f"plan agreement {words} --json".split()) == 0
    text = capsys.readouterr().out
    assert (json.loads(text)["lymph_nodes"], json.loads(text)["patients"]) == (3, 2)
    # The rule that the small study's protocol has.
    (tmp_path / "plan.json").write_text(json.dumps({**json.loads(text), "threshold": 0.75}), encoding="utf-8")
    return tmp_path / "plan.json"


@pytest.fixture
def registered(small, plan, tmp_path):
    def register(*more):
        call = ["plan", "--protocol", str(small.folder), "--plan", str(plan), "--output", str(tmp_path / "r.html")]
        for analysis in PRIMARY:
            call += ["--primary", analysis]
        assert main([*call, *more]) == 0
        return read_registration(tmp_path / "r.json")

    return register


def read_everything(small, but=frozenset()):
    for lymph_node in LYMPH_NODES:
        for day, reader, number in ((1, "A", 1), (1, "B", 1), (35, "A", 2)):
            if (lymph_node, reader, number) not in but:
                key = ReadingKey(lymph_node=lymph_node, reader=reader, round=number)
                small.read(key, day, content=f"{lymph_node}{reader}{number}".encode())


def split(small):
    (small.folder / "results").mkdir()
    (small.folder / "results" / "split.csv").write_text("patient,set\nP1,training\nP2,validation\n", encoding="utf-8")


def found(study, called=PRIMARY):
    return {each.what: (each.registered, each.done) for each in deviations(registration_of(study), study, called)}


def test_a_study_that_keeps_everything_departs_in_nothing(small, registered, tmp_path, capsys):
    registered("--split")
    read_everything(small)
    unblind(small.study, small.on(LAST_DAY))
    split(small)
    assert found(small.study) == {}
    capsys.readouterr()
    call = ["plan", "--protocol", str(small.folder), "--registered", "--output", str(tmp_path / "end.html")]
    for analysis in PRIMARY:
        call += ["--primary", analysis.upper()]
    assert main(call) == 0
    said = "No deviation from the registration of"
    assert capsys.readouterr().out.startswith(said)
    assert said in (tmp_path / "end.html").read_text(encoding="utf-8")
    assert verify(small.folder).is_intact


def test_each_departure_is_named_once(small, registered, tmp_path, capsys):
    registered("--split")
    read_everything(small, {("LN3", "A", 2), ("LN3", "B", 1)})
    exclude(small.study, "P1", "moved during the scan", small.on(36), "LN2")
    missing = {
        ReadingKey(lymph_node="LN3", reader="A", round=2): "reader ill",
        ReadingKey(lymph_node="LN3", reader="B", round=1): "reader left",
    }
    unblind(small.study, small.on(LAST_DAY), missing)
    exclude(small.study, "P2", "second thoughts", small.on(LAST_DAY))
    assert found(small.study, ("Survival",)) == {
        "lymph nodes read by every reader": ("3 or more", "1"),
        "patients with such a lymph node": ("2 or more", "1"),
        "lymph nodes read twice": ("3 or more", "1"),
        "patients": ("split into training and validation", "analysed together"),
        "unblinded": ("after the last reading", "on 2026-02-19, 2 readings before"),
        "excluded patients": ("none", "1 (1 for: second thoughts)"),
        "excluded lymph nodes of patients who stay": ("none", "1 (1 for: moved during the scan)"),
        "readings left out": ("none", "4, of excluded lymph nodes"),
        "after unblinding": ("nothing", "1 exclusion (P2)"),
        "primary analysis: inter-reader ICC of the Rad-score": ("primary", "not called so"),
        "primary analysis: AUC for response": ("primary", "not called so"),
        "primary analysis: Survival": ("not named", "called primary"),
    }
    capsys.readouterr()
    assert main(["plan", "--protocol", str(small.folder), "--registered", "--output", str(tmp_path / "end.html")]) == 0
    printed, page = capsys.readouterr().out, (tmp_path / "end.html").read_text(encoding="utf-8")
    assert "8 deviations from the registration of" in printed
    _, to_come, table = (part.split("</table>")[0] for part in page.split('<table class="deviations">'))
    assert table.count('<th scope="row">') == printed.count("; done ") == 8
    # Nobody has said yet that this is the end: the split can still be made.
    assert "not split yet" in to_come
    assert "patients: registered split into training and validation; not split yet" in printed
    registration = registration_of(small.study)
    assert deviation_sentences(registration, deviations(registration, small.study))[0].text in page


def test_missing_readings_are_told_apart_with_their_reasons(small, registered):
    registered()
    read_everything(small, {("LN1", "A", 2), ("LN2", "B", 1), ("LN3", "A", 2)})
    missing = {
        ReadingKey(lymph_node="LN1", reader="A", round=2): "reader ill",
        ReadingKey(lymph_node="LN3", reader="A", round=2): "reader ill",
        ReadingKey(lymph_node="LN2", reader="B", round=1): "CT unreadable",
    }
    unblind(small.study, small.on(LAST_DAY), missing)
    departed = found(small.study)
    assert departed["first readings"] == ("all", "1 never made, for: CT unreadable")
    assert departed["repeats"] == ("all", "2 never made, for: reader ill")
    assert departed["unblinded"][1].endswith("3 readings before")


def test_cases_are_counted_when_the_study_is_unblinded_and_not_before(small, registered, tmp_path):
    for kind, cases in (("development", 2), ("validation", 40)):
        (tmp_path / f"{kind}.json").write_text(json.dumps({"plan": kind, "cases": cases}), encoding="utf-8")
    registered("--split", "--plan", str(tmp_path / "development.json"), "--plan", str(tmp_path / "validation.json"))
    read_everything(small)
    assert found(small.study) == {}
    registration = registration_of(small.study)
    kinds = [f"lymph nodes with a known response, for {kind}" for kind in ("development", "validation")]
    assert [(each.what, each.so_far) for each in pending(registration, small.study)] == [
        (what, "still blinded") for what in ("patients", *kinds)
    ]
    unblind(small.study, small.on(LAST_DAY))
    assert deviations(registration, small.study) == ()
    assert [(each.what, each.so_far) for each in pending(registration, small.study)] == [
        (what, "not split yet") for what in ("patients", *kinds)
    ]
    assert {each.what for each in deviations(registration, small.study, analysed=True)} == {"patients", kinds[1]}
    assert pending(registration, small.study, analysed=True) == ()
    split(small)
    assert pending(registration, small.study) == ()
    # Two lymph nodes of P1 train, one of P2 validates.
    assert found(small.study) == {"lymph nodes with a known response, for validation": ("40 or more", "1")}


def test_the_log_knows_what_was_registered_before_the_first_reading_whatever_clocks_say(small, registered, tmp_path):
    first = registered()
    small.read(ReadingKey(lymph_node="LN1", reader="A", round=1), 1)
    again = registered("--split")  # the clock of this test is a later one than the readings'
    assert [each.before_readings for each in noted_registrations(small.study)] == [True, False]
    assert registration_of(small.study) == first
    by_the_first = {each.what for each in deviations(first, small.study)}
    assert "registered again" in by_the_first
    assert "registered" not in by_the_first
    late = {each.what: each.done for each in deviations(again, small.study)}
    assert late["registered"] == "after it: 2026-01-11 was the first"


def test_a_registration_that_the_studys_log_does_not_hold_is_named(small, registered):
    mine = registered()
    data = {**mine.as_json(), "primary": ["something else"]}
    other = small.folder.parent / "other.json"
    other.write_text(json.dumps(data), encoding="utf-8")
    assert "registration" not in {each.what for each in deviations(mine, small.study)}
    named = {each.what: each.done for each in deviations(read_registration(other), small.study)}
    assert named["registration"].startswith("the study's log holds another, of ")


def test_a_study_begins_from_its_registration(small, registered, tmp_path, capsys):
    """The draft's folder is where the plan was made; the study that readers open is made anew from it."""
    file = small.folder / "study.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("washout_days = 30", "washout_days = 21"), encoding="utf-8"
    )
    registration = registered("--split")
    assert main(["study", "create", str(tmp_path / "real"), "--registered", str(tmp_path / "r.json")]) == 0
    study = Study.open(tmp_path / "real")
    assert study.protocol == registration.protocol
    assert study.protocol.washout_days == 21
    assert registration_of(study) == registration
    assert verify(study.folder).is_intact
    import_clinical(study, small.tables(), small.on())
    assert deviations(registration, study) == ()
    assert {each.what for each in pending(registration, study)} == {
        "patients",
        "lymph nodes read by every reader",
        "patients with such a lymph node",
        "lymph nodes read twice",
    }


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--readers", "A", "--seed", "3"], "leave out --readers, --seed"),
        (["--threshold", "0.8"], "leave out --threshold"),
    ],
)
def test_a_registration_brings_the_whole_protocol(registered, tmp_path, capsys, more, said):
    registered()
    with pytest.raises(SystemExit):
        main(["study", "create", str(tmp_path / "real"), "--registered", str(tmp_path / "r.json"), *more])
    assert said in capsys.readouterr().err
    assert not (tmp_path / "real").exists()


def test_a_study_that_was_never_registered_is_refused_in_one_sentence(small, capsys):
    assert registration_of(small.study) is None
    assert main(["plan", "--protocol", str(small.folder), "--registered"]) == 1
    assert "holds no registration" in capsys.readouterr().err


def test_what_was_registered_cannot_be_changed_in_the_log(small, registered):
    registered()
    [log] = [path for path in (small.folder / "audit").glob("*.jsonl") if b"study-registered" in path.read_bytes()]
    log.write_bytes(log.read_bytes().replace(b"AUC for response", b"AUC for survival"))
    assert not verify(small.folder).is_intact
