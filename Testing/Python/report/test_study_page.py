"""The study's page: complete, self-contained, the same from the same, and whatever the study says in it is text."""

import base64
import csv
import hashlib
import io
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.analysis.survival import curves_csv, read_curves
from RLNResponseLib.commands.report import write_report
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import text_of_lines
from RLNResponseLib.report.page.checklists import study_evidence
from RLNResponseLib.report.page.html import study_page
from RLNResponseLib.report.page.models import models_section, performance_table
from RLNResponseLib.report.page.page import write_study_report
from RLNResponseLib.report.text.agreement import agreement_sentences, agreement_text
from RLNResponseLib.report.text.fitting import fit_sentences, fit_text
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.report.text.survival import comparison_sentences, survival_sentences, survival_text
from RLNResponseLib.report.text.table1 import table1_sentences, table1_text
from RLNResponseLib.report.text.validation import validation_sentences
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
NOTICE = "Research use only, not a medical device."
RESAMPLES = 20


class Page(HTMLParser):
    """A page as a browser takes it: its elements with their attributes, and its text by element."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.texts, self._open = [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self._open[-1] if self._open else "", data.strip()))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def study(small_cohort, tmp_path_factory):
    """A copy whose results may be written."""
    folder = tmp_path_factory.mktemp("report") / "study"
    shutil.copytree(small_cohort.folder, folder)
    return Study.open(folder)


@pytest.fixture(scope="module")
def found(study):
    return analyse_study(study, resamples=RESAMPLES)


@pytest.fixture(scope="module")
def written(study, found, tmp_path_factory):
    return write_study_report(study, found, tmp_path_factory.mktemp("page") / "report.html", NOW)


@pytest.fixture(scope="module")
def page(written):
    return Page(written[0].read_text(encoding="utf-8"))


def test_every_section_is_there_and_says_research_use_only(page):
    ids = [attributes["id"] for attributes in page.all("section")]
    assert ids == [
        "answer", "paper", "beyond", "methods", "protocol", "cohort", "agreement", "scores", "local-control", "settings",
        "checklists",
    ]  # fmt: skip
    addresses = [attributes["href"].removeprefix("#") for attributes in page.all("a")]
    assert set(ids) <= set(addresses)
    named = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(named) == len(set(named))
    assert set(addresses) <= set(named)
    shown = [text for _, text in page.texts]
    assert sum(NOTICE in text for tag, text in page.texts if tag != "style") == 1
    assert any("no patient is in it" in text for text in shown)
    assert any("2026-05-01" in text for text in shown)


def test_nothing_outside_the_page_is_loaded(page, written):
    images = page.all("img")
    # Agreement, four pictures of who changes group, scores, survival.
    assert len(images) > 8
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in images)
    assert {tag for tag, _ in page.elements} & {"link", "iframe", "object", "embed", "base", "form"} == set()
    assert page.all("script") == [{}]
    for _tag, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        addresses = [attributes[name] for name in ("src", "href") if attributes.get(name)]
        assert all(address.startswith(("#", "data:image/svg+xml")) for address in addresses)
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    source = written[0].read_text(encoding="utf-8")
    for tag in ("style", "script"):
        content = source.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_hostile_text_stays_text(page, small_cohort):
    shown = [text for _, text in page.texts]
    # What a browser does with spaces at the end of a heading is no fault of the page.
    assert sum(text == small_cohort.title.strip() for text in shown) == 2
    for hostile in small_cohort.texts:
        assert any(hostile in text for text in shown), hostile
    assert not any("49" in text for tag, text in page.texts if tag in ("h1", "title"))


def test_no_number_is_printed_that_is_none(page):
    words = {word.strip("().,;") for tag, text in page.texts if tag in ("td", "p", "li") for word in text.split()}
    assert words & {"nan", "inf", "-inf", "NaN", "None", "True", "False"} == set()


def test_tables_and_figures_lie_beside_it(written):
    names = {file.name for file in written[1:]}
    assert {
        "table1.csv",
        "results.csv",
        "table-1.csv",
        "feature-agreement.csv",
        "endpoint.csv",
        "settings.csv",
        "clear.csv",
        "agreement.svg",
        "added-value.csv",
    } <= names
    assert any(name.endswith("-kaplan-meier.svg") for name in names)
    for file in (each for each in written[1:] if each.suffix not in (".bib", ".png")):
        text = file.read_text(encoding="utf-8")
        assert "esearch use only" in text, file.name
        if file.suffix == ".csv":
            rows = list(csv.reader(text.splitlines()))
            assert len({len(row) for row in rows}) == 1
            assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)


def test_the_same_input_and_clock_give_the_same_bytes(study, found, written, tmp_path):
    first = {file.name: file.read_bytes() for file in written}
    again = write_study_report(study, analyse_study(study, resamples=RESAMPLES), tmp_path / "report.html", NOW)
    assert {file.name: file.read_bytes() for file in again} == first


def test_a_set_too_small_for_the_cox_model_keeps_its_curves(found, written, page):
    """Six patients: the covariates of the paper's Cox model cannot all be estimated, and the page says which could
    not."""
    shortened = [each for each in found.survival.analyses if each.notes]
    assert shortened
    assert all(each.split is not None for each in shortened)
    shown = [text for _, text in page.texts]
    assert all(note in shown for each in shortened for note in each.notes)
    curves = [file for file in written if file.name.endswith("-curves.csv")]
    assert len(curves) == len([each for each in found.survival.analyses if each.split is not None])
    first = found.survival.analyses[0].split.curves
    read = read_curves(curves[0])
    assert set(read) == set(first)
    for name, curve in first.items():
        assert read[name].months[-1] == curve.months[-1]
        assert read[name].survival[-1] == pytest.approx(curve.survival[-1], abs=0)


def test_what_an_earlier_report_had_and_this_one_has_not_is_gone(study, found, tmp_path):
    folder = tmp_path / "report-files"
    folder.mkdir()
    stale, own = folder / "local-control-fitted-training-curves.csv", folder / "notes.csv"
    for file in (stale, own):
        file.write_text("before")
    nothing = replace(found.survival, analyses=())
    written = write_study_report(study, replace(found, survival=nothing), tmp_path / "report.html", NOW)
    assert not stale.exists()
    assert own.read_text() == "before"
    assert not any(file.name.startswith("local-control-") for file in written)


def test_blinded_studies_are_refused(small_cohort, tmp_path):
    study = Study.create(tmp_path / "study", Study.open(small_cohort.folder).protocol, NOW)
    with pytest.raises(DataRefusedError, match="blinded") as refusal:
        write_report(study.folder, tmp_path / "report.html", RESAMPLES)
    assert refusal.value.code == "blinded"
    assert not list(tmp_path.glob("report*"))


def test_studies_without_features_are_refused_before_anything_is_written(small_cohort, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(small_cohort.folder, folder, ignore=shutil.ignore_patterns("features"))
    with pytest.raises(DataRefusedError, match="extract its features first") as refusal:
        write_report(folder, tmp_path / "report.html", RESAMPLES)
    assert refusal.value.code == "not-extracted"
    assert not list(tmp_path.glob("report*"))
    assert not (folder / "results" / "split.csv").exists()


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("report.pdf", "bad-name", "ends in .html"),
        ("file/report.html", "not-written", "choose another folder"),
        ("folder.html", "not-written", "it is a folder"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_long_work(study, tmp_path, name, code, words):
    (tmp_path / "file").write_text("a file, no folder")
    (tmp_path / "folder.html").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataRefusedError, match=words) as refusal:
        write_report(study.folder, tmp_path / name, RESAMPLES)
    assert refusal.value.code == code
    assert str(refusal.value).count(". ") == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_curves_come_back_as_the_corners_of_their_steps(tmp_path):
    # Freireich et al. 1963, 6-MP, the first four times; by hand: 21 at risk, 3 relapses at 6, one at 7.
    months = np.array([6.0, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
    event = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    file = tmp_path / "x-curves.csv"
    file.write_text(curves_csv({"6-MP": kaplan_meier(FollowUp(months, event))}), encoding="utf-8")
    found = read_curves(file)["6-MP"]
    assert found.months[:5].tolist() == [0, 6, 6, 7, 7]
    assert found.survival[:5] == pytest.approx([1, 1, 18 / 21, 18 / 21, 18 / 21 * 16 / 17], abs=1e-15)
    assert len(found.months) == len(found.survival)
    assert NOTICE in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    ["group,months,survival,lower,upper\n", "group,months,survival,lower,upper\nhigh,six,1,,\n",
     "group,months,survival,lower,upper\nhigh,nan,1,,\n"],
)  # fmt: skip
def test_files_that_are_no_curves_are_refused(tmp_path, content):
    file = tmp_path / "x-curves.csv"
    file.write_text(content)
    with pytest.raises(DataRefusedError):
        read_curves(file)


def results(found):
    """Each result of a study with its sentences and its text for the terminal; comparisons are in the text alone."""
    yield agreement_sentences(found.agreement), agreement_text(found.agreement)
    for models in (found.response, found.control):
        if models.fitted is not None:
            yield fit_sentences(models.fitted), fit_text(models.fitted)
        for each in (*models.published, models.validated):
            if each is not None and each.validation is not None:
                said = validation_sentences(each.validation)
                yield said, text_of_lines(printed(said))
    for each in found.survival.analyses:
        if each.analysis is not None:
            yield survival_sentences(each.analysis), survival_text(each.analysis)
            for comparison in each.analysis.comparisons:
                yield comparison_sentences(comparison), survival_text(each.analysis)
    # Whose row is in no group the page tells apart by why: who died first is no missing value.
    by_control = found.by_control and replace(found.by_control, without_group=0)
    for table in (found.by_set, by_control):
        if table is not None:
            yield table1_sentences(table), table1_text(table)


def test_every_sentence_is_at_the_terminal_and_every_statement_on_the_page(found, page):
    shown = "\n".join(" ".join(text.split()) for _, text in page.texts)
    said = list(results(found))
    assert len(said) >= 8
    for sentences, text in said:
        flat = " ".join(text.split())
        for sentence in sentences:
            words = " ".join(sentence.text.split())
            # What is broken at a hyphen has a space there.
            assert words in flat or words.replace("-", "- ") in flat or words in flat.replace("- ", "-")
            if sentence.kind == "statement":
                # The page calls a row what it is: a lymph node.
                assert words in shown or re.sub(r"^(\d+) row", r"\1 lymph node", words) in shown
        assert [sentence.kind for sentence in sentences if sentence.text == NOTICE] in ([], ["notice"])


def test_what_speaks_against_a_validation_is_on_the_page(found):
    """A page with an AUC of 1.000 (1.000 to 1.000) alone would be a wrong figure without a word."""
    first = found.response.published[0]
    warned = replace(
        first.validation,
        warnings=(Finding(code="same-patients", severity="error", message="Overridden: the same patients."),),
    )
    models = replace(found.response, published=(replace(first, validation=warned),), fitted=None, fitted_reason="None.")
    section = models_section(replace(found, response=models))
    lines = [line for part in section.parts for line in part.lines]
    assert "Training: warning: Overridden: the same patients." in lines
    assert "Training: warning: Overridden: the same patients." in performance_table(models).notes


@pytest.mark.parametrize("simulated", [True, False])
def test_a_page_says_that_a_study_is_simulated_by_its_protocol(simulated):
    protocol = Protocol(title="A title", readers=plan_readers(["A"], []), simulated=simulated)
    page = study_page(protocol, (), {}, NOW)
    assert ("no patient is in it" in page) == simulated
    assert ("drawn from the published scores that this report judges" in page) == simulated


def test_the_checklists_claim_what_is_there(found, study):
    evidence = study_evidence(study, found)
    assert "throughout" not in " ".join(evidence.values())
    # No score is fitted here, so nothing is said of its coefficients.
    assert evidence["uncertainty"].endswith("calibration curves, and corrected figures other than the AUC have none.")
    contours = len(found.cases.rows) * 3
    assert evidence["segmentation"] == (
        f"Of those locked before unblinding {contours} contours with the source 'simulated reader, no person'."
    )
    rows = found.cases.rows
    open_ended = [row for row in rows if not row["two_year_control"]]
    died = sum(row["died"] == "yes" and float(row["follow_up_months"]) <= 24 for row in open_ended)
    assert f"{died} whose patient died before, which is no missing value" in evidence["missing"]


def test_what_is_documented_of_calibration_and_of_limits_of_agreement_is_printed(found, written):
    folder = written[0].parent / "report-files"
    rows = list(csv.DictReader(io.StringIO((folder / "performance-response.csv").read_text())))
    judged = found.response.published[0].validation.validation.calibration
    assert rows[0]["Eavg, E90"] == f"{judged.mean_error:.3f}, {judged.error_90:.3f}"
    rows = list(csv.DictReader(io.StringIO((folder / "score-agreement.csv").read_text())))
    margin = found.agreement.scores[0].inter.agreement.limits.margin[0]
    assert rows[0]["limits of agreement (each ± its 95% limits)"].endswith(f", each ± {margin:.3f}")


def test_training_and_validation_are_compared_without_a_test(found, written):
    assert found.by_set is not None
    assert all(variable.tests == () for variable in found.by_set.variables)
    header = next(csv.reader(io.StringIO((written[0].parent / "report-files" / "table1.csv").read_text())))
    assert header[-1] == "standardised difference"


def test_the_groups_by_control_are_not_compared_by_what_makes_them(found, page):
    shown = [variable.name for variable in found.by_control.variables]
    assert shown
    # Who is controlled at two years was followed for two years, and lived: follow-up is no comparison either.
    defining = {"set", "local_control_months", "local_recurrence", "two_year_control", "died", "follow_up_months"}
    assert defining & set(shown) == set()
