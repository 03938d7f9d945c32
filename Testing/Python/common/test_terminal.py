"""Whatever a file holds, a terminal shows it as text; what libraries say is not heard."""

import logging
import os
import subprocess
import sys
import warnings

from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib import cli
from RLNResponseLib.common.terminal import own_words_only, redraw, shown

HOSTILE = "LN\x1b[31m\x1b]0;title\x07 \u202eabc\u2066\r\x85\u2028x\x9b2J\x00\udce9"


@given(st.text())
def test_nothing_but_text_and_its_own_lines_is_shown(text):
    found = shown(text)
    assert all(sign.isprintable() for sign in found.replace("\n", ""))
    assert found.count("\n") == text.count("\n")
    assert shown(found) == found


def test_names_in_every_script_are_shown_as_they_are():
    text = "食管旁淋巴结 Лимфоузел عقدة לימפה λεμφαδένας Müller 4R · −0.62 ± 0.1"
    assert shown(text) == text


def test_what_is_printed_while_a_command_runs_is_plain(capsys):
    with own_words_only():
        print(HOSTILE)
        print(HOSTILE, file=sys.stderr)
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert text.count("\n") == 1
        assert text.startswith("LN [31m ]0;title")
        assert text.rstrip("\n").isprintable()


def test_progress_is_drawn_over_itself_and_holds_no_escape_of_others(capsys):
    with own_words_only():
        redraw("1 of 2 \x1b[2J", last=False)
        redraw("2 of 2", last=True)
    assert capsys.readouterr().err == "\r1 of 2  [2J\x1b[K\r2 of 2\x1b[K\n"


def test_libraries_are_not_heard_and_may_speak_afterwards(capfd):
    def speak():
        os.write(2, b"ITK: patient Kowalski\n")
        logging.getLogger("somebody").warning("tag (0010,0010) Kowalski")
        warnings.warn("Kowalski", stacklevel=1)

    with own_words_only():
        speak()
        print("ours", file=sys.stderr)
    assert capfd.readouterr().err == "ours\n"
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_in_a_process_of_its_own_the_sentence_arrives_and_nothing_else():
    program = (
        "import os, sys\n"
        "from RLNResponseLib.common.terminal import own_words_only\n"
        "with own_words_only():\n"
        "    os.write(2, b'library')\n"
        "    print('out')\n"
        "    print('ours \\x1b[31m', file=sys.stderr)\n"
        "print('after', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("out\n", "ours  [31m\nafter\n")


def test_a_refusal_is_one_plain_line(capfd, tmp_path):
    name = "ct\x1b[2J\n\u202e.nrrd"
    assert cli.main(["score", str(tmp_path / name), str(tmp_path / name)]) == 1
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert error.rstrip("\n").isprintable()
