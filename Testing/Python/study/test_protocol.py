"""The protocol as a file: what is written reads back the same, what was made before is read and left as it is."""

import json
import os
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from RLNResponseLib.analysis import cases
from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.study.protocol import (
    IccRule,
    Protocol,
    lacking_for_agreement,
    plan_readers,
)
from RLNResponseLib.study.protocol_file import parse_protocol, protocol_digest, read_protocol
from RLNResponseLib.study.protocol_formats import MAXIMUM_TOML_BYTES, dump_toml, load_toml
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.recovery import recover
from RLNResponseLib.study.verify.verify import verify

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "crash"))
from small_study import NOW

# Written by version 0.1 at commit f151436, with ruamel.yaml.
OLD_STUDY = Path(__file__).parent / "old_study"
LATER = Now(NOW.moment.replace(year=NOW.moment.year + 1))

texts = st.text()
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
plain = texts | numbers | st.booleans()
inner = st.recursive(
    plain, lambda below: st.lists(below, max_size=4) | st.dictionaries(texts, below, max_size=4), max_leaves=12
)
documents = st.dictionaries(texts, inner, max_size=6)


def same(one, other):
    """Equal, also in kind: 1, 1.0 and True are three values."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


@given(documents)
def test_whatever_is_written_python_reads_back_the_same(data):
    assert same(tomllib.loads(dump_toml(data, "A comment.")), data)
    assert same(
        load_toml(dump_toml(data).encode(), "study.toml")
        if len(dump_toml(data).encode()) < MAXIMUM_TOML_BYTES
        else data,
        data,
    )


@given(
    title=texts,
    codes=st.lists(st.from_regex(r"R[a-z0-9_-]{0,10}x", fullmatch=True), min_size=1, max_size=5, unique_by=str.lower),
    repeating=st.booleans(),
    washout=st.integers(0, 3650),
    threshold=st.floats(0, 1, exclude_max=True),
    seed=st.integers(0, 2**63 - 1),
    bin_width=st.floats(0.001, 1e6),
    simulated=st.booleans(),
)
@example("SIMULATED, but it is not", ["A"], False, 30, 0.75, 1, 25.0, False)
@example("Phantoms", ["A"], False, 30, 0.75, 1, 25.0, True)
def test_a_protocol_reads_back_the_same(title, codes, repeating, washout, threshold, seed, bin_width, simulated):
    readers = plan_readers(codes, codes[:1] if repeating else [])
    extraction = {"bin_width": bin_width, "image_types": ["Original", "LoG"], "log_sigma_mm": [1.0, 2.5]}
    made = Protocol(
        title=title,
        readers=readers,
        washout_days=washout,
        icc=IccRule("ICC(1)", threshold, "lower"),
        extraction=extraction,
        score_models=("gu2021-response",),
        seed=seed,
        simulated=simulated,
    )
    assert parse_protocol(made.as_toml().encode()) == made


def test_a_person_can_read_it():
    text = Protocol(title='Recurrent "lymph nodes"\u202e', readers=plan_readers(["B", "A"], ["A"])).as_toml()
    assert text == (
        "# The protocol of a study, TOML 1.0. Research use only, not a medical device.\nschema = 1\n"
        'title = "Recurrent \\"lymph nodes\\"\\u202E"\n'
        "washout_days = 30\n"
        'score_models = ["gu2021-response", "gu2021-local-control-2y"]\n'
        "seed = 1\n\n[readers]\nB = { rounds = [1] }\nA = { rounds = [1, 2] }\n\n[icc]\n"
        'form = "ICC(A,1)"\n'
        "threshold = 0.75\n"
        'on = "estimate"\n'
        "\n[extraction]\n"
    )
    assert [plan.code for plan in parse_protocol(text.encode()).readers] == ["B", "A"]


@pytest.mark.parametrize(
    ("title", "simulated"), [("SIMULATED cohort (no patients)", True), ("Simulated annealing", False)]
)
def test_a_study_of_before_tells_by_its_title_that_it_is_simulated(title, simulated):
    text = Protocol(title="T", readers=plan_readers(["A"], [])).as_toml()
    assert "simulated" not in text
    assert parse_protocol(text.replace('"T"', f'"{title}"').encode()).simulated is simulated


def test_simulated_is_true_or_false():
    text = Protocol(title="T", readers=plan_readers(["A"], []), simulated=True).as_toml()
    assert "simulated = true\n" in text
    with pytest.raises(DataRefusedError, match="a value under simulated that is not true or false"):
        parse_protocol(text.replace("= true", '= "yes"').encode())


def test_a_setting_that_is_nothing_is_the_default():
    settings = {"bin_count": None, "resampled_spacing_mm": None, "remove_outliers": None, "resegment_range": None}
    read = parse_protocol(Protocol(title="T", readers=plan_readers(["A"], []), extraction=settings).as_toml().encode())
    assert ExtractionSettings.from_mapping(read.extraction) == ExtractionSettings.from_mapping(settings)


GOOD = Protocol(title="T", readers=plan_readers(["A"], [])).as_toml()


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        (b"\xff\xfe", "bad-toml", "is not UTF-8 text; save it as UTF-8."),
        (b"schema = 1\nschema = 1\n", "bad-toml", "is not valid TOML (Cannot overwrite a value (at line 2, column "
        "11))"),
        (b"a = " + b"[" * 30000, "bad-toml", "holds lists in lists too deep"),
        (b"a = " + b"9" * 30000, "bad-toml", "holds lists in lists too deep or values no one can read"),
        (b"a = 9223372036854775808", "bad-toml", "holds a whole number beyond 64 bits"),
        (b"#" * 64001, "bad-toml", "is larger than 64 kB"),
        (b"", "bad-protocol", "lacks schema."),
        (GOOD.replace("seed = 1", "seed = 2026-03-01").encode(), "bad-protocol", "has a value under seed that is not "
        "a whole"),
        (GOOD.replace("0.75", "nan").encode(), "bad-protocol", "has a value under icc: threshold that is not a "
        "number."),
        (GOOD.replace("0.75", "inf").encode(), "bad-protocol", "has a value under icc: threshold that is not a "
        "number."),
        (GOOD.replace("0.75", "1.5").encode(), "bad-protocol", "has an icc rule that cannot be used: the ICC "
        "threshold is 1.5; choose"),
        (GOOD.replace("0.75", "-0.1").encode(), "bad-protocol", "has an icc rule that cannot be used: the ICC "
        "threshold is -0.1; "),
        (GOOD.replace("A,1", "A,k").encode(), "bad-protocol", "has an icc form that is not one of ICC(1), ICC(A,1), "
        "ICC(C,1)."),
        (GOOD.replace('"estimate"', '"upper"').encode(), "bad-protocol", "has an icc rule that cannot be used: the "
        "ICC is judged on"),
        (GOOD.replace("seed", "sead").encode(), "bad-protocol", "lacks seed."),
        (GOOD.replace("[icc]", "evil = 1\n[icc]").encode(), "bad-protocol", "has no keys under readers: evil."),
        (GOOD.replace("[extraction]", "[extra]").encode(), "bad-protocol", "lacks extraction."),
    ],
)  # fmt: skip
def test_a_bad_protocol_is_a_sentence(text, code, sentence):
    with pytest.raises(DataRefusedError) as refused:
        parse_protocol(text)
    assert refused.value.code == code
    assert f"study.toml {sentence}" in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--threshold", "1.0"], "The ICC threshold is 1; choose one from 0 to below 1, such as 0.75.\n"),
        (["--threshold", "nan"], "The ICC threshold is nan; choose one from 0 to below 1, such as 0.75.\n"),
        (
            ["--readers", "A,B", "--repeat", "A,B"],
            "The study has 2 readers who repeat, and intra-reader agreement is of one; let one of them repeat.\n",
        ),
        (
            ["--readers", "A,B,C", "--repeat", "A"],
            "The study has 3 readers, and the analysis compares two; name one or two in a study.\n",
        ),
    ],
)
def test_what_no_analysis_can_take_is_refused_when_the_study_is_made(arguments, sentence, tmp_path, capsys):
    assert main(["study", "create", str(tmp_path / "s"), "--readers", "A,B", *arguments]) == 1
    assert capsys.readouterr().err == sentence
    assert not (tmp_path / "s").exists()


def test_the_mean_of_readings_is_no_form_of_a_study(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["study", "create", str(tmp_path / "s"), "--readers", "A", "--form", "ICC(A,k)"])
    assert "argument --form: invalid choice" in capsys.readouterr().err
    with pytest.raises(DataRefusedError, match="icc form that is not one of") as refused:
        Study.create(tmp_path / "s", Protocol(title="T", readers=plan_readers(["A"], []), icc=IccRule("ICC(A,k)")), NOW)
    assert refused.value.code == "bad-protocol"


def test_the_icc_rule_is_stated_when_the_study_is_made(tmp_path):
    rule = ("--form", "ICC(C,1)", "--threshold", "0.6", "--on", "lower")
    assert main(["study", "create", str(tmp_path / "s"), "--readers", "A,B", "--repeat", "A", *rule]) == 0
    assert Study.open(tmp_path / "s").protocol.icc_rule() == IccRule("ICC(C,1)", 0.6, "lower")


@pytest.mark.parametrize(
    ("readers", "repeating", "lacking"),
    [
        (["A", "B"], ["A"], None),
        (["A", "B"], ["B"], None),
        (["A", "B"], [], "nobody repeats"),
        (["A"], ["A"], "there is one reader"),
        (["A"], [], "there is one reader"),
    ],
)
def test_a_study_that_can_only_be_read_says_so_when_it_is_made(readers, repeating, lacking, tmp_path, capsys):
    arguments = ["--readers", ",".join(readers), "--repeat", ",".join(repeating)]
    assert main(["study", "create", str(tmp_path / "s"), *arguments]) == 0
    said = capsys.readouterr().out
    assert (
        said.endswith("templates for the clinical tables lie in its folder.\n") if lacking is None else lacking in said
    )
    assert (lacking or "") in lacking_for_agreement(plan_readers(readers, repeating))


def edited(tmp_path, old, new):
    """A study whose protocol was written by a version that took what this one refuses."""
    study = Study.create(tmp_path / "study", Protocol(title="T", readers=plan_readers(["A", "B"], ["A"])), NOW)
    file = study.folder / "study.toml"
    file.write_text(file.read_text().replace(old, new))
    return study


def test_a_threshold_of_before_is_refused_before_it_is_frozen(tmp_path):
    from RLNResponseLib.study.blinding import freeze_protocol

    study = edited(tmp_path, "0.75", "1.0")
    assert Study.open(study.folder).protocol.icc is None
    with pytest.raises(DataRefusedError, match="before unblinding, write one from 0 to below 1") as refused:
        freeze_protocol(study, LATER)
    assert refused.value.code == "bad-threshold"
    assert study.frozen_protocol_digest() is None
    assert verify(study.folder).is_intact


def test_a_threshold_frozen_before_opens_and_verifies_and_is_refused_by_the_analysis(tmp_path, capsys, monkeypatch):
    from RLNResponseLib.analysis.agreement import study_agreement
    from RLNResponseLib.study.blinding import freeze_protocol

    study = edited(tmp_path, "0.75", "1.0")
    with monkeypatch.context() as before:
        before.setattr(Protocol, "icc_rule", lambda self: None)
        freeze_protocol(study, LATER)
    assert main(["study", "status", str(study.folder)]) == 0
    assert main(["study", "verify", str(study.folder)]) == 0
    capsys.readouterr()
    monkeypatch.setattr(Study, "refuse_while_blinded", lambda self, what: None)
    (study.folder / "features").mkdir()
    (study.folder / "features" / "readings.csv").write_text("")
    monkeypatch.setattr(cases, "checked_table", lambda study: study.folder / "features" / "readings.csv")
    with pytest.raises(DataRefusedError, match="The study's ICC threshold is 1, above which no ICC can be"):
        study_agreement(study, ())


@pytest.mark.parametrize(
    ("old", "new", "read_before", "code"),
    [
        ("B = { rounds = [1] }", "B = { rounds = [1, 2] }", (), "too-many-repeats"),
        ("B = { rounds = [1] }", "B = { rounds = [1] }\nC = { rounds = [1] }", (), "too-many-readers"),
        ("A = { rounds = [1, 2] }", "A = { rounds = [1] }\nC = { rounds = [1] }", (), "too-many-readers"),
        # Taken out of the protocol after reading.
        ("", "", (("C", 1),), "too-many-readers"),
        ("", "", (("B", 2),), "too-many-repeats"),
        ("A = { rounds = [1, 2] }", "A = { rounds = [1] }", (), "reader-missing"),
        ("B = { rounds = [1] }\n", "", (), "reader-missing"),
    ],
)
def test_readers_of_before_open_and_verify_and_are_refused_by_the_analysis(
    tmp_path, old, new, read_before, code, monkeypatch
):
    from RLNResponseLib.analysis.agreement import study_agreement

    study = edited(tmp_path, old, new)
    planned = Study.open(study.folder).protocol.rounds
    assert verify(study.folder).is_intact
    monkeypatch.setattr(Study, "refuse_while_blinded", lambda self, what: None)
    series = [*((reader, turn) for reader, rounds in planned.items() for turn in rounds), *read_before]
    text = "".join(f"P{n},LN{n},{reader},{turn},{n},\n" for n in range(4) for reader, turn in series)
    (study.folder / "features").mkdir()
    (study.folder / "features" / "readings.csv").write_text("patient,lymph_node,reader,round,f,failure\n" + text)
    monkeypatch.setattr(cases, "checked_table", lambda study: study.folder / "features" / "readings.csv")
    with pytest.raises(DataRefusedError) as refused:
        study_agreement(study, ())
    assert refused.value.code == code


def test_half_a_character_in_a_title_is_a_sentence(tmp_path, capsys):
    """What a terminal of another character set gives for a byte that is no UTF-8."""
    assert main(["study", "create", str(tmp_path / "s"), "--readers", "A", "--title", "M\udcfcller"]) == 1
    assert "holds half a character (U+DCFC)" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_a_new_study_says_its_format_in_the_log_and_in_the_status(tmp_path, capsys):
    study = Study.create(tmp_path / "study", Protocol(title="T", readers=plan_readers(["A"], [])), NOW)
    (line,) = [json.loads(line) for log in (study.folder / "audit").iterdir() for line in log.read_text().splitlines()]
    content = (study.folder / "study.toml").read_bytes()
    assert (line["details"]["protocol_file"], line["details"]["protocol_format"]) == ("study.toml", "TOML 1.0")
    assert line["details"]["protocol_sha256"] == protocol_digest(content)
    assert line["details"]["protocol"].encode() == content
    assert main(["study", "status", str(study.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["protocol"] == {"file": "study.toml", "format": "TOML 1.0"}
    assert verify(study.folder).problems == ()


@pytest.fixture
def old_study(tmp_path):
    return Path(shutil.copytree(OLD_STUDY, tmp_path / "old"))


def test_a_study_made_before_opens_and_is_not_rewritten(old_study, capsys):
    before = (old_study / "study.yaml").read_bytes()
    study = Study.open(old_study, workstation="ward-2")
    protocol = study.protocol
    assert protocol.title == 'Made before "study.toml": 1 \\ 2 שלום'
    assert [(plan.code, plan.rounds) for plan in protocol.readers] == [("B", (1,)), ("A", (1, 2))]
    assert ExtractionSettings.from_mapping(protocol.extraction).log_sigma_mm == (1.0, 2.5)
    recover(study, LATER)
    recover(study, LATER)
    recover(Study.open(old_study, workstation="ward-3"), LATER)
    assert main(["study", "status", str(old_study)]) == 0
    assert "protocol: study.yaml, YAML 1.2, as studies were made before study.toml\n" in capsys.readouterr().out
    assert (old_study / "study.yaml").read_bytes() == before
    assert not (old_study / "study.toml").exists()
    noted = [line for log in (old_study / "audit").iterdir() for line in map(json.loads, log.read_text().splitlines())]
    notes = [line["details"] for line in noted if line["event"] == "protocol-format-noted"]
    assert notes == [{"protocol_file": "study.yaml", "protocol_format": "YAML 1.2"}]
    report = verify(old_study)
    assert report.is_intact
    assert [(problem.kind, problem.code) for problem in report.problems] == [
        ("note", "format-cannot-show"),
        ("note", "old-protocol-format"),
    ]


def test_a_study_made_before_says_what_to_install_where_yaml_cannot_be_read(old_study, monkeypatch, capsys):
    parse_protocol.cache_clear()
    for name in ("ruamel.yaml", "ruamel.yaml.events"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["study", "status", str(old_study)]) == 1
    assert capsys.readouterr().err == (
        "A YAML file (study.yaml, of a study made before study.toml, or pyradiomics' parameters) needs "
        "ruamel.yaml, which is not installed here; install it (in Slicer: RLNResponse's section Set-up; elsewhere: pip install 'ruamel.yaml>=0.18').\n"
    )
    # Whether it was changed is found out without reading it.
    assert main(["study", "verify", str(old_study)]) == 0


def test_two_protocols_are_refused_and_found_by_verify(old_study):
    (old_study / "study.toml").write_text(GOOD)
    with pytest.raises(DataRefusedError) as refused:
        Study.open(old_study)
    assert refused.value.code == "two-protocols"
    assert [(each.kind, each.code) for each in verify(old_study).problems] == [
        ("added", "two-protocols"),
        ("note", "format-cannot-show"),
    ]


def test_a_protocol_changed_into_the_other_format_is_another_text(old_study):
    """An old study frozen as YAML stays YAML: the same rules in a study.toml are not the text that was frozen."""
    from RLNResponseLib.study.blinding import freeze_protocol

    study = Study.open(old_study, workstation="ward-2")
    freeze_protocol(study, LATER)
    frozen = json.loads((old_study / "protocol-frozen.json").read_text())
    assert (frozen["protocol_file"], frozen["protocol_format"]) == ("study.yaml", "YAML 1.2")
    (old_study / "study.toml").write_text(study.protocol.as_toml(), encoding="utf-8")
    (old_study / "study.yaml").unlink()
    with pytest.raises(DataRefusedError, match=r"study\.toml was changed after it was frozen"):
        Study.open(old_study)
    assert [each.code for each in verify(old_study).problems] == ["protocol-changed"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
def test_a_pipe_is_no_protocol(tmp_path):
    os.mkfifo(tmp_path / "study.toml")
    with pytest.raises(DataRefusedError, match="it is a pipe, a socket or a device"):
        read_protocol(tmp_path / "study.toml")


def test_who_the_readers_are_stands_in_the_protocol_and_in_no_file_of_a_study_that_does_not_say(tmp_path, capsys):
    create = ["study", "create", str(tmp_path / "study"), "--readers", "A,B", "--repeat", "A"]
    assert main([*create, "--experience", "A", "radiation oncologist, 8 years"]) == 0
    protocol = Study.open(tmp_path / "study").protocol
    assert [plan.experience for plan in protocol.readers] == ["radiation oncologist, 8 years", ""]
    assert tomllib.loads((tmp_path / "study" / "study.toml").read_text("utf-8"))["readers"] == {
        "A": {"rounds": [1, 2], "experience": "radiation oncologist, 8 years"},
        "B": {"rounds": [1]},
    }
    assert "experience" not in Protocol(title="As before", readers=plan_readers(["A", "B"], ["A"])).as_toml()
    capsys.readouterr()
    create[2] = str(tmp_path / "other")
    for reader, words, sentence in (
        ("C", "radiologist", "The experience is of 'C', who is not among the readers"),
        ("A", "radiologist\nof many years", "is one line of up to 200 signs"),
        ("A", "x" * 201, "is one line of up to 200 signs"),
    ):
        assert main([*create, "--experience", reader, words]) == 1
        assert sentence in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
    text = protocol.as_toml().replace("radiation oncologist, 8 years", "two\\nlines")
    with pytest.raises(DataRefusedError, match="gives reader A an experience that is not one short line"):
        parse_protocol(text.encode())
