"""Records cannot be changed once made, those of four fields or more name each value where they are made, and say what
each is.
"""

import ast
import importlib
import pickle
import re
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study.records import ReadingKey

PACKAGE = Path(__file__).resolve().parents[2] / "RLNResponseLib"
NAMED_FROM = 4
# Where every record documents its fields (numpydoc's Attributes).
DOCUMENTED = ("agreement", "features", "modelling", "statistics", "study", "survival")
# What is counted up or kept up to date while work goes on, and is no record: why each may change.
CHANGES = {
    "RLNResponseLib.dicom_export.identity.TextLimits": "counts the texts that were cut, over a whole export",
    "RLNResponseLib.modelling.live_scores.LiveScores": "the scores of the contours that are being drawn",
    "RLNResponseLib.study.audit_index._LogProgress": "how far a log was read, so that it is not read again",
    "RLNResponseLib.study.audit_index.AuditIndex": "the workstations' logs, read as they grow",
    "RLNResponseLib.study.contouring.ContouringTime": "the clock that runs while a contour is drawn",
    "RLNResponseLib.study.outcome_dates._Judgement": "what is found, row by row, while both tables are read",
    "RLNResponseLib.survival.group_tests._Sums": "Gray's sums, added up over the event times",
}


def module_of(path):
    return ".".join(("RLNResponseLib", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def dataclasses():
    """Name, class and options of every dataclass, read from the source: rooms that need Slicer are in it too."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else ():
                call = decorator.func if isinstance(decorator, ast.Call) else decorator
                if ast.unparse(call) in {"dataclass", "dataclasses.dataclass"}:
                    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
                    options = {keyword.arg for keyword in keywords if ast.unparse(keyword.value) == "True"}
                    yield f"{module_of(path)}.{node.name}", node, options


def field_names(record):
    return [
        line.target.id
        for line in record.body
        if isinstance(line, ast.AnnAssign) and "ClassVar" not in ast.unparse(line.annotation)
    ]


def documented(record):
    """The names under Attributes, without those of the sections that follow it."""
    _, _, after = (ast.get_docstring(record) or "").partition("Attributes\n----------\n")
    attributes = re.split(r"^[A-Z]\w+\n-+$", after, maxsplit=1, flags=re.M)[0]
    return {name for line in re.findall(r"^(\w[\w, ]*)$", attributes, re.M) for name in line.split(", ")}


RECORDS = {name: (node, options) for name, node, options in dataclasses()}


def test_every_record_is_frozen():
    assert {name for name, (_, options) in RECORDS.items() if "frozen" not in options} == set(CHANGES)


def test_a_record_of_four_fields_or_more_is_built_with_keywords_only():
    assert [
        name
        for name, (record, options) in RECORDS.items()
        if "frozen" in options and len(field_names(record)) >= NAMED_FROM and "kw_only" not in options
    ] == []


def test_the_source_says_of_the_fields_what_python_says():
    """The reading above, against Python's own on a room that needs neither Slicer nor Qt."""
    for name, (record, _) in RECORDS.items():
        module, _, record_name = name.rpartition(".")
        if module.startswith("RLNResponseLib.modelling."):
            made = getattr(importlib.import_module(module), record_name)
            assert [field.name for field in fields(made)] == field_names(record)


def test_a_record_says_what_each_field_is():
    lacking = {
        name: missing
        for name, (record, _) in RECORDS.items()
        if name.split(".")[1] in DOCUMENTED and not record.name.startswith("_")
        if (missing := {field for field in field_names(record) if not field.startswith("_")} - documented(record))
    }
    assert lacking == {}


def test_a_record_refuses_values_without_names():
    with pytest.raises(TypeError, match="positional"):
        Finding(*("small-contour", "warning", "The contour is small; look at it."))
    with pytest.raises(FrozenInstanceError):
        Finding(code="small-contour", severity="warning", message="The contour is small.").code = "large-contour"


def test_a_record_of_keywords_goes_to_another_process_is_replaced_and_is_sorted_as_before():
    first = ReadingKey(lymph_node="LN1", reader="A")
    again = replace(first, round=2)
    assert pickle.loads(pickle.dumps(again)) == again
    assert sorted([again, ReadingKey(lymph_node="LN2", reader="A"), first]) == [
        first,
        again,
        ReadingKey(lymph_node="LN2", reader="A"),
    ]
