"""Records cannot be changed once made, and those of four fields or more name each value where they are made."""

import ast
import importlib
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study.records import ReadingKey

PACKAGE = Path(__file__).resolve().parents[2] / "RLNResponseLib"
NAMED_FROM = 4
# What is counted up or kept up to date while work goes on, and is no record: why each may change.
CHANGES = {
    "RLNResponseLib.dicom_export.identity.TextLimits": "counts the texts that were cut, over a whole export",
    "RLNResponseLib.modelling.live_scores.LiveScores": "the scores of the contours that are being drawn",
    "RLNResponseLib.study.audit._Progress": "how far a log was read, so that it is not read again",
    "RLNResponseLib.study.audit._OtherLogs": "the other workstations' logs, read as they grow",
    "RLNResponseLib.study.contouring.ContouringTime": "the clock that runs while a contour is drawn",
    "RLNResponseLib.survival.group_tests._Sums": "Gray's sums, added up over the event times",
}


def module_of(path):
    return ".".join(("RLNResponseLib", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def dataclasses():
    """Name, options and fields of every dataclass, read from the source: rooms that need Slicer are in it too."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            for decorator in node.decorator_list:
                call = decorator.func if isinstance(decorator, ast.Call) else decorator
                if ast.unparse(call) not in {"dataclass", "dataclasses.dataclass"}:
                    continue
                keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
                options = {keyword.arg for keyword in keywords if ast.unparse(keyword.value) == "True"}
                own = [line for line in node.body if isinstance(line, ast.AnnAssign) and not is_class_variable(line)]
                yield f"{module_of(path)}.{node.name}", options, len(own)


def is_class_variable(line):
    return "ClassVar" in ast.unparse(line.annotation)


DATACLASSES = {name: (options, count) for name, options, count in dataclasses()}


def test_every_record_is_frozen():
    assert {name for name, (options, _) in DATACLASSES.items() if "frozen" not in options} == set(CHANGES)


def test_a_record_of_four_fields_or_more_is_built_with_keywords_only():
    assert [
        name
        for name, (options, count) in DATACLASSES.items()
        if "frozen" in options and count >= NAMED_FROM and "kw_only" not in options
    ] == []


def test_the_source_says_of_the_fields_what_python_says():
    """The counting above, against Python's own on a room that needs neither Slicer nor Qt."""
    for name, (_, count) in DATACLASSES.items():
        module, _, record = name.rpartition(".")
        if module.startswith("RLNResponseLib.modelling."):
            assert len(fields(getattr(importlib.import_module(module), record))) == count


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
