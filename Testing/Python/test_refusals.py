"""docs/refusals.md lists every refusal of the source, and each code reads as one."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
specification = importlib.util.spec_from_file_location("refusals", ROOT / "tools" / "refusals.py")
refusals = importlib.util.module_from_spec(specification)
specification.loader.exec_module(refusals)


def test_the_page_is_what_the_source_says():
    assert refusals.PAGE.read_text(encoding="utf-8") == refusals.page(), "run python tools/refusals.py"


def test_a_code_is_a_few_words_with_hyphens():
    codes = refusals.refusals()
    assert len(codes) > 150
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []


def test_a_sentence_ends_as_one():
    sentences = [sentence for raised in refusals.refusals().values() for sentence, _ in raised]
    assert [sentence for sentence in sentences if sentence.strip() != sentence or sentence[-1] not in ".…!?"] == []
