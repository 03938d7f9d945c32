"""The panel's sentences for translators: nothing is missing, nothing is stale, and the readers' door is Chinese."""

import ast
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import translations  # noqa: E402

CHINESE = translations.FOLDER / "RLNResponse_zh-CN.ts"
# What a reader of a study meets.
READERS_DOOR = {
    "RLNResponse", "ReadSection", "StudySection", "panel.background_command", "panel.comparison_opening", "panel.doors",
    "panel.tour", "panel.tour_steps", "sections.open_reading", "sections.read", "sections.section", "sections.study",
    "sections.window_choice", "widgets.finding_words", "widgets.question_mark", "widgets.status",
}  # fmt: skip
# Where text that Qt shows is given to it.
SHOWN = {
    "text", "toolTip", "placeholderText", "windowTitle", "accessibleDescription", "accessibleName", "plainText",
    "statusTip",
}  # fmt: skip
SHOWING = {"say", "addItem", "addTab", "setText", "setToolTip", "setWindowTitle", "QLabel", "QPushButton", "QCheckBox"}


def placeholders(text):
    return sorted(re.findall(r"(?<!\{)\{([^{}]+)\}(?!\})|(%[vm%])", text))


def test_every_file_is_what_the_tool_writes():
    for path, text in translations.files().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python tools/translations.py"


def test_the_template_holds_what_qts_own_tool_finds(tmp_path):
    lupdate = Path(sys.executable).parent / "pyside6-lupdate"
    if not lupdate.is_file():
        pytest.skip("Qt's lupdate is not installed")
    for room in ("RLNResponse", "RLNResponseLib/panel", "RLNResponseLib/scene"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("*.qm", "*.ts", "__pycache__"))
    for path in tmp_path.rglob("*.py"):
        # As Slicer's update_translations.py does before it calls lupdate.
        context = translations.context_of(ROOT / path.relative_to(tmp_path))
        path.write_text(re.sub(r"(?<!\w)_\(", f'translate("{context}", ', path.read_text(encoding="utf-8")))
    listed, made = tmp_path / "sources.txt", tmp_path / "found.ts"
    listed.write_text("\n".join(str(path) for kind in ("*.py", "*.ui") for path in tmp_path.rglob(kind)))
    subprocess.run([lupdate, "-silent", f"@{listed}", "-ts", made], check=True, capture_output=True)
    found = {
        (context.findtext("name"), message.findtext("source"))
        for context in ElementTree.parse(made).getroot().iter("context")
        for message in context.iter("message")
    }
    assert found == set(translations.messages())


def test_the_readers_door_is_in_chinese_to_the_last_sentence():
    known = translations.translated(CHINESE)
    contexts = {context for context, _source in translations.messages()}
    assert contexts >= READERS_DOOR
    missing = [each for each in translations.messages() if each[0] in READERS_DOOR and each not in known]
    assert missing == []
    names = {"RLNResponse"}
    for (context, source), words in known.items():
        if source not in names and re.search(r"[A-Za-z]{4}", re.sub(r"\{[^}]*\}", "", source)):
            assert re.search(r"[\u4e00-\u9fff]", words), f"{context}: {source}"


def test_a_translation_keeps_placeholders_and_the_key_of_a_label():
    for path in set(translations.FOLDER.glob("*.ts")):
        for (_context, source), words in translations.translated(path).items():
            assert placeholders(words) == placeholders(source), source
            assert words.count("&") == source.count("&"), source
            assert set(re.findall(r"Ctrl\+Shift\+\w|Alt\+\d", words)) == set(
                re.findall(r"Ctrl\+Shift\+\w|Alt\+\d", source)
            ), source


def test_what_slicer_loads_is_what_the_translators_wrote():
    qt = pytest.importorskip("PySide6.QtCore")
    for path in set(translations.FOLDER.glob("*.ts")) - {translations.TEMPLATE}:
        translator = qt.QTranslator()
        assert translator.load(str(path.with_suffix(".qm")))
        known = translations.translated(path)
        for context, source in translations.messages():
            assert translator.translate(context, source) == known.get((context, source), ""), (context, source)


def test_no_sentence_of_the_panel_names_an_option_of_the_command_line():
    assert [source for _context, source in translations.messages() if re.search(r"(?<!\w)--?[a-z]{2,}", source)] == []
    page = (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")
    assert re.findall(r"(?<!\w)--[a-z]+", page) == []


def test_a_refusals_own_sentence_names_an_option_only_where_the_terminal_gave_one():
    """`DataRefusedError` has a place of its own for what only the command line can offer."""
    # Met only by who gave that option or called a command that the panel does not run; of a centre's own card, for
    # which there is no button; pip has options of its own.
    given = {
        "--acquisition", "--centre", "--components", "--ct", "--force-reinstall", "--json", "--key-file", "--recalibrate", "--relax",
        "--sd-mm", "--second-segment", "--segment", "--series", "--sheet", "--study", "--threshold",
    }  # fmt: skip
    found = set()
    for path in (ROOT / "RLNResponseLib").rglob("*.py"):
        if path.relative_to(ROOT / "RLNResponseLib").parts[0] in ("commands", "planning"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DataRefusedError" and node.args:
                constants = [each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
                found |= set(
                    re.findall(r"(?<!\w)--[a-z][\w-]*", " ".join(filter(lambda c: isinstance(c, str), constants)))
                )
    assert found <= given


def test_what_the_panel_shows_goes_through_the_translation():
    """No words in a place where Qt shows them that were not handed to `_`."""
    found = []
    for path in [ROOT / "RLNResponse" / "RLNResponse.py", *(ROOT / "RLNResponseLib" / "panel").rglob("*.py")]:
        if path.name == "self_check.py":
            continue  # what a developer sees
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            shown = []
            if isinstance(node, ast.Assign) and any(getattr(target, "attr", "") in SHOWN for target in node.targets):
                shown = [node.value]
            elif (isinstance(node, ast.Call) and getattr(node.func, "attr", "") in SHOWING) or (
                isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DataRefusedError"
            ):
                shown = node.args[:1]
            found += [f"{path.name}:{node.lineno}: {words}" for each in shown for words in untranslated(each)]
    assert found == []


def untranslated(expression):
    if isinstance(expression, ast.Call):
        name = getattr(expression.func, "id", "") or getattr(expression.func, "attr", "")
        if name in ("_", "translate"):
            return []
        # The text before .format, and what it is filled with, are the caller's.
        inside = [expression.func.value] if name in ("format", "join") else []
        return [words for each in inside for words in untranslated(each)]
    if isinstance(expression, ast.Constant):
        is_words = isinstance(expression.value, str) and re.search(r"[A-Za-z]{2,} |[A-Z][a-z]{2,}", expression.value)
        return [expression.value] if is_words else []
    return [words for each in ast.iter_child_nodes(expression) for words in untranslated(each)]
