"""The report as PDF: tagged, bookmarked, with its language and title, from what the page holds and nothing else."""

import re
import zlib
from datetime import UTC, datetime

import pytest

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.report.page import pdf
from RLNResponseLib.report.page.html import EmbeddedFigure, running_head, study_page
from RLNResponseLib.report.page.page import refuse_unwritable
from RLNResponseLib.report.page.parts import PageTable, heading, pictured, section, tabled, text
from RLNResponseLib.study.protocol import Protocol, plan_readers

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
HOSTILE = "<script>alert(1)</script> <img src='file:///etc/passwd'> {{7*7}}"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><image href='file:///etc/passwd'/></svg>"


def has_pango():
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


needs_pango = pytest.mark.skipif(
    not has_pango(), reason="no PDF without WeasyPrint and Pango (pip install 'rlnresponse[pdf]'; apt: libpango-1.0-0)"
)


def table(rows, first=0):
    return PageTable(name="long", title="Long", header=("what", "n"), rows=rows, first=first)


def sections():
    rows = tuple((f"row {number}", str(number)) for number in range(40))
    return (
        section("answer", "The answer", (text(HOSTILE), pictured("one", label="The figure")), "first"),
        section("paper", "Body", (heading("Patients"), text("Body text.", see=("long",)))),
        section("more", "More", (heading("Deeper"), tabled(table(rows, first=12))), "appendix"),
    )


def inflated(content):
    """The file with what it packed."""
    parts = [content]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("print") / "report.pdf"
    figure = EmbeddedFigure(title="One", caption="A figure", uri="data:image/svg+xml," + SVG, svg=SVG)
    protocol = Protocol(title="A study", readers=plan_readers(["A"], []))
    pdf.write_pdf(protocol, sections(), {"one": figure}, NOW, path)
    return inflated(path.read_bytes())


@needs_pango
def test_it_is_tagged_and_has_bookmarks_a_language_and_a_title(written):
    for each in (b"/StructTreeRoot", b"/MarkInfo", b"/Outlines", b"/Lang", b"pdfuaid", b"/Alt"):
        assert each in written, each
    titles = re.findall(rb"/Title \((.*?)\)", written)
    assert {b"Body", b"Patients", b"Appendix", b"More", b"Deeper"} <= set(titles)


@needs_pango
def test_the_same_input_and_clock_give_the_same_file(tmp_path):
    protocol = Protocol(title="A study", readers=plan_readers(["A"], []))
    files = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for file in files:
        pdf.write_pdf(protocol, sections()[1:], {}, NOW, file)
    assert files[0].read_bytes() == files[1].read_bytes()


@needs_pango
def test_nothing_but_the_page_and_its_fonts_is_read():
    fetcher = pdf._fetcher(pdf._weasyprint(), pdf._fonts())
    for address in ("file:///etc/passwd", "https://example.org/x.css", "http://127.0.0.1/"):
        with pytest.raises(ValueError, match="not on the page"):
            fetcher.fetch(address)
    assert fetcher.fetch("data:text/plain,yes").read() == b"yes"


def test_a_long_table_prints_its_first_rows_and_says_where_the_others_are():
    protocol = Protocol(title="A study", readers=plan_readers(["A"], []))
    figure = EmbeddedFigure(title="One", caption="", uri="data:,", svg=SVG)
    printed = study_page(protocol, sections(), {"one": figure}, NOW, in_print=True)
    assert "row 11<" in printed
    assert "row 12<" not in printed
    assert "The first 12 of 40 rows; all are on the page for the screen and in long.csv." in printed
    assert "<script" not in printed
    screen = study_page(protocol, sections(), {"one": figure}, NOW)
    assert "row 39<" in screen
    assert 'See <a href="#table-a1">Table A1</a>.' in screen


def test_without_pango_there_is_one_sentence(monkeypatch):
    def broken(module):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf, "need", broken)
    with pytest.raises(DataRefusedError, match="needs the library Pango") as refusal:
        pdf.refuse_without_pdf()
    assert refusal.value.code == "missing-library"
    assert str(refusal.value).count(". ") == 0


def test_a_pdf_of_another_name_is_refused(tmp_path):
    with pytest.raises(DataRefusedError, match=r"ends in \.pdf") as refusal:
        refuse_unwritable(tmp_path / "report.html", tmp_path / "report.txt")
    assert refusal.value.code == "bad-name"


@pytest.mark.parametrize(
    ("title", "simulated", "head"),
    [
        (
            "SIMULATED cohort of the size of Gu et al. 2021 (phantom CT, no patients)",
            True,
            "SIMULATED, no patients: cohort of the size of Gu et al. 2021…",
        ),
        ("W" * 200, True, f"SIMULATED, no patients: {'W' * 40}…"),
        ("A study", False, "A study"),
    ],
)
def test_the_running_head_says_whole_that_nothing_is_of_patients(title, simulated, head):
    protocol = Protocol(title=title, readers=plan_readers(["A"], []), simulated=simulated)
    assert running_head(protocol) == head
    figure = EmbeddedFigure(title="One", caption="", uri="data:,", svg=SVG)
    printed = study_page(protocol, sections(), {"one": figure}, NOW, in_print=True)
    assert f'data-head="{head}"' in printed
    style = printed[printed.index("@page") :].split("</style>")[0]
    assert "ellipsis" not in style
    assert "hidden" not in style
