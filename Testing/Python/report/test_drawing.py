"""Text that fits and always draws, and files that are complete or absent."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import number, signed
from RLNResponseLib.report.figures.drawing import (
    Page,
    drawing_style,
    fitting_size,
    printable,
    save_figure,
    shortened,
    text_width,
    wrapped,
)

ANY_TEXT = st.text(st.characters(), max_size=40)  # surrogates, control signs, every script


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_whatever_a_name_holds_it_draws_on_one_line_without_a_warning(name):
    with drawing_style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        page = Page.blank(6, 1)
        page.text(0.1, 0.1, printable(name))
        page.figure.canvas.draw()
    assert len(printable(name).splitlines()) <= 1


def test_line_breaks_become_spaces_and_direction_marks_go():
    assert printable(" 4R\r\nright\u2028hilar\x00 \u202etxt.exe\u200b ") == "4R right hilar txt.exe"


def test_a_tower_of_accents_is_cut_to_two():
    assert printable("x" + "\u0329" * 300 + "y\u0329") == "x\u0329\u0329y\u0329"


def test_a_character_that_the_font_lacks_is_a_box_and_one_that_it_has_stays():
    assert printable("淋巴 $x$ ½ צ") == "□□ $x$ ½ צ"


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT, st.floats(0.3, 4))
def test_shortened_text_fits(name, width):
    line = shortened(name, width, 8)
    assert text_width(line, 8) <= width
    assert line == printable(name) or line.endswith("…")


def test_text_is_shortened_no_more_than_it_must_be():
    line = shortened("W" * 500, 3, 8)
    assert text_width(line.replace("…", "WW…"), 8) > 3


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("abcdefgh W"), max_size=200), st.integers(1, 4))
def test_wrapped_lines_fit_and_lose_no_word_unless_they_say_so(text, most_lines):
    lines = wrapped(text, 1.5, 8, most_lines)
    assert 1 <= len(lines) <= most_lines
    assert all(text_width(line, 8) <= 1.5 for line in lines)
    if not any(line.endswith("…") for line in lines):
        assert " ".join(lines) == " ".join(text.split())


def test_words_that_must_stay_whole_get_smaller_until_they_fit():
    name = "long local control in the irradiated field and beyond it"
    size = fitting_size(name, 2, 15, "bold")
    assert size < 15
    assert text_width(name, size, "bold") == pytest.approx(2, rel=0.05)
    assert fitting_size("low", 2, 15, "bold") == 15


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (-1.015, "−1.015"),
        (0.0005, "0.001"),
        (0.00015, "1.5e−04"),
        (-23011.2, "−23011"),
        (3.2e8, "3.2e+08"),
    ],
)
def test_numbers_keep_a_digit_that_says_something(value, text):
    assert number(value) == text
    assert signed(value) == (text if value < 0 else f"+{text}")


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(DataRefusedError) as refused:
        save_figure(Page.blank(1, 1).figure, tmp_path / "lesion.gif")
    assert str(refused.value) == "A picture is written as .png, .svg or .pdf, not as 'lesion.gif'; choose one of them."
    assert refused.value.code == "picture-format"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_in_one_sentence(tmp_path):
    with pytest.raises(DataRefusedError) as refused:
        save_figure(Page.blank(1, 1).figure, tmp_path / "absent" / "lesion.png")
    assert str(refused.value).startswith(
        "The picture 'lesion.png' cannot be written (No such file or directory); check"
    )
    assert refused.value.code == "not-written"
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("before", [None, b"the old picture"])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_failure_half_way_leaves_the_folder_as_it_was(tmp_path, monkeypatch, before, suffix):
    path = tmp_path / f"lesion{suffix}"
    if before is not None:
        path.write_bytes(before)
    figure = Page.blank(1, 1).figure

    def fail_half_way(target, **_):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", fail_half_way)
    with pytest.raises(DataRefusedError, match="No space left on device"):
        save_figure(figure, path)
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == ([] if before is None else [before])
