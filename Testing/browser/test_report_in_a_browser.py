"""The report's page in a real browser: contents, folding, sorting, light and dark, a telephone's width, hostile text, no
request, and no serious fault that axe-core finds. `make browser-test`; skipped with a sentence where there is no
Chromium, or no npm for axe-core.
"""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser import chromium, tab

from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.common.clock import Now
from RLNResponseLib.report.page.page import write_study_report
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".cache" / "axe-core"
PHONE, DESK = (360, 740), (1280, 900)

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="there is no Chromium here (Debian: apt install chromium; or set CHROMIUM)"
)


@pytest.fixture(scope="session")
def page(small_cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    shutil.copytree(small_cohort.folder, folder / "study")
    study = Study.open(folder / "study")
    return write_study_report(study, analyse_study(study, resamples=20), folder / "report.html", NOW)[0]


@pytest.fixture
def browser(page, tmp_path):
    with tab(tmp_path / "profile") as opened:
        opened.size(*DESK)
        opened.open(page.as_uri())
        yield opened


def overflow(browser):
    """How much wider the page is than its window, and what stands out; a table's own frame may be scrolled."""
    return browser.evaluate(
        """(() => {
            const width = document.documentElement.clientWidth;
            const out = Array.from(document.querySelectorAll("main *, nav *"))
                .filter((each) => !each.closest(".wide, thead") && each.getBoundingClientRect().right > width + 1)
                .map((each) => each.tagName + "." + each.className + " " + each.textContent.slice(0, 40));
            return [document.documentElement.scrollWidth - width, out.slice(0, 5)];
        })()"""
    )


def test_nothing_is_asked_for_and_nothing_is_complained_of(browser, page):
    asked = [address for address in browser.requests() if not address.startswith("data:")]
    assert asked == [page.as_uri()]
    assert browser.complaints() == []


def test_a_request_that_is_tried_does_not_leave_the_page(browser):
    tried = browser.evaluate(
        "fetch('https://example.org/').then(() => 'went out', (error) => 'refused: ' + error.name)"
    )
    assert tried == "refused: TypeError"
    image = browser.evaluate(
        "new Promise((answer) => { const each = new Image(); each.onload = () => answer('loaded');"
        " each.onerror = () => answer('refused'); each.src = 'https://example.org/x.png'; })"
    )
    assert image == "refused"


def test_a_script_that_is_not_the_pages_own_does_not_run(browser):
    browser.evaluate(
        "(() => { const each = document.createElement('script'); each.textContent = 'window.intruder = 1';"
        " document.body.append(each); document.body.insertAdjacentHTML('beforeend',"
        " '<img src=x onerror=\"window.intruder = 2\">'); })()"
    )
    assert browser.evaluate("new Promise((answer) => setTimeout(() => answer(window.intruder === undefined), 300))")


def test_hostile_text_in_every_field_is_text(browser, small_cohort):
    text = browser.evaluate("document.body.textContent")
    flat = " ".join(text.split())
    assert all(" ".join(hostile.split()) in flat for hostile in small_cohort.texts)
    assert browser.evaluate("document.scripts.length") == 1
    assert browser.evaluate("document.querySelectorAll('img:not([src^=\"data:image/svg+xml\"])').length") == 0
    assert browser.evaluate("document.querySelectorAll('iframe, object, embed, link, base, form').length") == 0


def test_the_contents_lead_to_everything_folded_or_not(browser):
    addresses = browser.evaluate("Array.from(document.querySelectorAll('nav a')).map((each) => each.hash)")
    assert len(addresses) > 15
    for address in addresses:
        browser.evaluate(f"document.querySelector('nav a[href=\"{address}\"]').click()")
        browser.wait(f"location.hash === {json.dumps(address)}")
        browser.wait(
            f"(() => {{ const box = document.querySelector({json.dumps(address)}).getBoundingClientRect();"
            " return box.height > 0 && box.top > -5 && box.top < innerHeight; })()"
        )


def test_sections_fold_and_open(browser):
    body = "document.querySelector('#paper > details')"
    assert browser.evaluate(f"{body}.open")
    browser.evaluate(f"{body}.querySelector('summary').click()")
    assert not browser.evaluate(f"{body}.open")
    assert browser.evaluate("document.querySelector('#table-1').checkVisibility()") is False
    for words, is_open in (("Open all", True), ("Fold all", False)):
        browser.evaluate(
            f"Array.from(document.querySelectorAll('nav button')).find((each) => each.textContent === '{words}').click()"
        )
        folded = browser.evaluate("Array.from(document.querySelectorAll('section > details')).map((each) => each.open)")
        assert set(folded) == {is_open}


def cells(browser, column):
    return browser.evaluate(
        "Array.from(document.querySelectorAll('[data-table=\"feature-agreement\"] tbody tr'))"
        f".map((row) => row.cells[{column}].textContent)"
    )


def test_tables_are_sorted_by_number_both_ways_and_show_every_row(browser):
    table = "document.querySelector('[data-table=\"feature-agreement\"]')"
    shown = f"Array.from({table}.tBodies[0].rows).filter((row) => !row.hidden).length"
    assert browser.evaluate(shown) == 12
    head = f"{table}.querySelectorAll('thead th')[1]"
    before = cells(browser, 1)
    for state in ("ascending", "descending"):
        browser.evaluate(f"{head}.querySelector('button').click()")
        assert browser.evaluate(f"{head}.getAttribute('aria-sort')") == state
        values = [float(each.split(" ")[0].replace("−", "-")) for each in cells(browser, 1) if each != "–"]
        assert values == sorted(values, reverse=state == "descending")
        assert len(cells(browser, 1)) == 106
        assert sorted(cells(browser, 1)) == sorted(before)
        assert browser.evaluate(shown) == 106


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_light_and_dark_are_the_systems_and_switched(browser, theme):
    browser.prefers(theme)
    paper = "getComputedStyle(document.body).backgroundColor"
    dark, light = "rgb(22, 22, 22)", "rgb(255, 255, 255)"
    assert browser.evaluate(paper) == (dark if theme == "dark" else light)
    switch = "Array.from(document.querySelectorAll('nav button')).find((each) => each.textContent === 'Light or dark')"
    browser.evaluate(f"{switch}.click()")
    assert browser.evaluate(paper) == (light if theme == "dark" else dark)


def test_a_figure_opens_large_and_can_be_saved(browser):
    browser.evaluate("document.querySelector('#answer figure button').click()")
    wide = "document.querySelector('dialog img').getBoundingClientRect().width > 0.8 * innerWidth"
    assert browser.evaluate(f"document.querySelector('dialog').open && ({wide})")
    browser.evaluate("document.querySelector('dialog button').click()")
    browser.wait("document.querySelector('dialog') === null")
    saved = browser.evaluate(
        "(() => { let saved = null; HTMLAnchorElement.prototype.click = function () { saved = [this.download,"
        " this.href.slice(0, 18)]; }; document.querySelectorAll('#answer figure button')[1].click(); return saved; })()"
    )
    assert saved == ["overview.svg", "data:image/svg+xml"]


@pytest.mark.parametrize("size", [PHONE, (768, 1000), DESK])
def test_nothing_stands_over_the_windows_edge(browser, page, size):
    browser.size(*size)
    browser.open(page.as_uri())
    browser.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert overflow(browser) == [0, []]


def test_the_page_without_script_is_whole(browser, page):
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    browser.events.clear()
    browser.send("Page.navigate", url=page.as_uri())
    browser.until("Page.loadEventFired")
    browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.evaluate("document.querySelectorAll('button').length") == 0
    assert browser.evaluate("document.querySelectorAll('[hidden]').length") == 0
    assert len(cells(browser, 1)) == 106


@pytest.fixture(scope="session")
def axe():
    source = AXE / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        if shutil.which("npm") is None:
            pytest.skip("axe-core comes by npm, which is not here (Debian: apt install npm)")
        AXE.mkdir(parents=True, exist_ok=True)
        call = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(AXE), "axe-core@4"]
        if subprocess.run(call, check=False, timeout=300, stdout=subprocess.DEVNULL).returncode:
            pytest.skip("axe-core could not be fetched from npm; is there a network?")
    return source.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_axe_finds_no_serious_fault(browser, page, axe, theme, size):
    browser.size(*size)
    browser.prefers(theme)
    browser.open(page.as_uri())
    browser.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    browser.evaluate(axe + "; 0")
    faults = browser.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map((each) => [each.impact,"
        " each.id, each.nodes.length, each.nodes[0].html.slice(0, 120), each.nodes[0].failureSummary]))"
    )
    assert [each for each in faults if each[0] in ("serious", "critical")] == []
