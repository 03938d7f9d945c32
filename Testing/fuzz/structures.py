"""What is done to a file by its own structure: elements of DICOM, parts of a workbook, fields of a NIfTI header, keys of
JSON; bombs among them."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import struct
import warnings
import zipfile
from typing import Any

import pydicom
from mutations import EXTREMES, WORDS, of_bytes, of_text
from pydicom.dataelem import DataElement, RawDataElement

_BYTES_VR = {"OB", "OW", "UN", "OF", "OD", "OL"}
_NUMBER_VR = {"US": "<H", "SS": "<h", "UL": "<I", "SL": "<i", "FL": "<f", "FD": "<d"}
_LARGEST = 65535


def of_dicom(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """One to three elements, at any depth, made extreme, odd, empty, double, nested or absent; else its bytes."""
    if rng.random() < 0.25:
        return of_bytes(rng, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(io.BytesIO(data))
        written = io.BytesIO()
        try:
            names = [_change_one(rng, dataset) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
            dataset.save_as(written, enforce_file_format=True)
        except Exception:  # pydicom does not write, nor read again, all that others write
            return of_bytes(rng, data)
    return "+".join(names), written.getvalue()


def _change_one(rng: random.Random, dataset: Any) -> str:
    holders = [dataset]
    for each in dataset.iterall():
        if each.VR == "SQ":
            holders += [item for item in each.value if len(item)]
    holder = rng.choice(holders) if rng.random() < 0.6 else dataset
    element = rng.choice(list(holder)) if len(holder) else rng.choice(list(dataset))
    how = rng.choice(("extreme", "extreme", "extreme", "absent", "empty", "more", "nested"))
    if how == "absent":
        holder.pop(element.tag, None)
    elif how == "empty":
        element.value = [] if element.VR == "SQ" else b"" if element.VR in _BYTES_VR else None
    elif how == "nested":
        nested = _nest(rng.choice((2, 60, 400, 20_000)))
        holder[element.tag] = RawDataElement(element.tag, "SQ", len(nested), nested, 0, False, True)
    elif element.VR == "SQ":
        items = list(element.value)
        element.value = items * rng.choice((2, 50, 2000)) if how == "more" else [pydicom.Dataset()] * rng.choice((1, 3))
    else:
        _set(rng, holder, element, how)
    return f"{how} {element.keyword or element.tag}"


def _nest(depth: int) -> bytes:
    """The items of a sequence of a sequence of a sequence. By its bytes: pydicom cannot write it."""
    item, end_of_item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"\xfe\xff\x0d\xe0\0\0\0\0"
    sequence, end = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff", b"\xfe\xff\xdd\xe0\0\0\0\0"
    return (item + sequence) * depth + (end + end_of_item) * depth


def _set(rng: random.Random, holder: Any, element: Any, how: str) -> None:
    if element.VR in _BYTES_VR:
        value = bytes(element.value)
        value = (
            value * 3
            if how == "more"
            else rng.choice((value[: len(value) // 2], value[:-1], b"\xff" * 7, value + b"\0\0"))
        )
        holder[element.tag] = DataElement(element.tag, element.VR, value)
    elif element.VR in _NUMBER_VR and rng.random() < 0.8:
        holder[element.tag] = DataElement(element.tag, "US", rng.choice((0, 1, 2, 3, 7, 255, 4096, 32767, _LARGEST)))
    else:
        texts = EXTREMES if element.VR in {"IS", "DS", *_NUMBER_VR} or rng.random() < 0.3 else WORDS
        text = rng.choice(texts).encode("utf-8", "replace")
        text = b"\\".join([text] * rng.choice((2, 3, 6, 500))) if how == "more" else text
        # As bytes of unknown kind they are written as they are, whatever pydicom thinks of them.
        holder[element.tag] = _raw(element, text + b" " * (len(text) % 2))


def _raw(element: Any, value: bytes) -> Any:
    kind = element.VR if element.VR not in _NUMBER_VR and len(value) < _LARGEST else "UN"
    return RawDataElement(element.tag, kind, len(value), value, 0, False, True)


def of_nifti(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """A field of the header made extreme; within gzip where it lies there; now and then a bomb."""
    packed = data[:2] == b"\x1f\x8b"
    if rng.random() < 0.25:
        return of_bytes(rng, data)
    if packed and rng.random() < 0.08:
        bomb = gzip.decompress(data)[:352] + bytes(rng.choice((10**6, 3 * 10**8)))
        return "bomb", gzip.compress(bomb, 1)
    plain = bytearray(gzip.decompress(data) if packed else data)
    names = []
    for _ in range(rng.choice((1, 1, 2))):
        name, form, offset, count = rng.choice(_NIFTI_FIELDS)
        place = offset + rng.randrange(count) * struct.calcsize(form)
        values: tuple[float, ...] = (0, 1, -1, 2, 7, 100, 32767, -32768) if form == "<h" else _FLOATS
        struct.pack_into(form, plain, place, rng.choice(values))
        names.append(name)
    if rng.random() < 0.1:
        name, changed = of_bytes(rng, bytes(plain))
        names, plain = [*names, name], bytearray(changed)
    return "+".join(names), gzip.compress(bytes(plain), 1) if packed else bytes(plain)


_FLOATS = (0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e30, 1e-30, 0.5, 1e6, 352.5)
_NIFTI_FIELDS = (
    ("dim", "<h", 40, 8), ("dim", "<h", 40, 5), ("datatype", "<h", 70, 1), ("bitpix", "<h", 72, 1), ("pixdim", "<f", 76, 8),
    ("vox_offset", "<f", 108, 1), ("scl", "<f", 112, 2), ("codes", "<h", 252, 2), ("quatern", "<f", 256, 6),
    ("srow", "<f", 280, 12),
)  # fmt: skip

_SHEET = "xl/worksheets/sheet1.xml"
_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 16) for n in range(8))
    + b"]>"
)
_OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY i SYSTEM "file:///etc/passwd">]>'


def of_workbook(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """A part of the archive changed as text, missing, double, or a bomb; else its bytes."""
    how = rng.choice(
        ("bytes", "text", "text", "text", "sheet", "sheet", "missing", "double", "bomb", "entities", "far")
    )
    if how == "bytes":
        return of_bytes(rng, data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(parts)) if how != "sheet" else _SHEET
    twice: tuple[tuple[str, bytes], ...] = ()
    if how in {"text", "sheet"}:
        change, parts[name] = of_text(rng, parts[name])
        how = f"{how} {change}"
    elif how == "missing":
        del parts[name]
    elif how == "double":
        twice = ((name, parts[name]), (name, b"<x/>"))
    elif how == "bomb":
        parts[rng.choice((name, "xl/media/x.bin"))] = bytes(rng.choice((10**6, 10**8)))
    elif how == "entities":
        inside = rng.choice((b"&i;", b"<x>&i;</x>"))
        parts[name] = rng.choice((_ENTITIES, _OUTSIDE)) + parts[name].partition(b"?>")[2].replace(
            b"</", inside + b"</", 1
        )
    else:
        how, parts[_SHEET] = _far_cells(rng, parts[_SHEET])
    written = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for each, content in (*parts.items(), *twice):
            archive.writestr(each, content)
    return how, written.getvalue()


def _far_cells(rng: random.Random, sheet: bytes) -> tuple[str, bytes]:
    """Cells and rows where no sheet has any, and a stated size that is not so."""
    how = rng.choice(("dimension", "row", "cell", "many"))
    if how == "dimension":
        stated = rng.choice((b"A1:XFD1048576", b"A1", b"ZZZZ99999999999:A1", b"x", b"A1:A-1"))
        return how, re.sub(rb'(<dimension ref=")[^"]*', rb"\g<1>" + stated, sheet)
    number = rng.choice((b"1048576", b"1000000000", b"99999999999999999999", b"0", b"-5", b"1.5", b"x"))
    if how == "row":
        return how, sheet.replace(b'<row r="9"', b'<row r="' + number + b'"')
    if how == "cell":
        column = rng.choice((b"XFD", b"ZZZZ", b"A", b"\xc3\x84"))
        return how, sheet.replace(b'r="B9"', b'r="' + column + number + b'"')
    far = b"".join(
        b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(30, 30 + rng.choice((10, 20_000)))
    )
    return how, sheet.replace(b"</sheetData>", far + b"</sheetData>")


def of_parquet(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """Bytes, of the footer most of all; now and then a file that stands for very many cells."""
    if rng.random() < 0.06:
        import pyarrow
        from pyarrow import parquet

        rows = rng.choice((10**6, 3 * 10**7))
        column = (
            pyarrow.nulls(rows, pyarrow.string())
            if rng.random() < 0.5
            else pyarrow.array(["x" * 5000]).take(pyarrow.array([0] * (rows // 100)))
        )
        written = io.BytesIO()
        parquet.write_table(pyarrow.table({"patient": column, "response": column}), written)
        return "bomb", written.getvalue()
    if rng.random() < 0.5:
        length = int.from_bytes(data[-8:-4], "little")
        name, footer = of_bytes(rng, data[-8 - length : -8])
        return f"footer {name}", data[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    return of_bytes(rng, data)


def of_json(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """A value replaced by another, at any depth; a key left out or added; else its text."""
    if rng.random() < 0.4:
        return of_text(rng, data)
    try:
        whole = json.loads(data)
    except ValueError:
        return of_text(rng, data)
    holders: list[Any] = []

    def gather(value: Any) -> None:
        if isinstance(value, dict | list) and value:
            holders.append(value)
            for inner in value.values() if isinstance(value, dict) else value:
                gather(inner)

    gather(whole)
    holder = rng.choice(holders)
    place = rng.choice(list(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
    how = rng.choice(("value", "value", "value", "absent", "added"))
    if how == "value":
        holder[place] = rng.choice(_JSON_VALUES)
    elif how == "absent":
        holder.pop(place)
    elif isinstance(holder, dict):
        holder[rng.choice(WORDS)] = rng.choice(_JSON_VALUES)
    else:
        holder *= 500
    end = b"\n" if data.endswith(b"\n") else b""
    return how, json.dumps(whole).encode() + end


_NESTED: list[Any] = []
for _ in range(300):
    _NESTED = [_NESTED]
_JSON_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 1e-300, float("nan"), float("inf"), 10**30, 10**400, "", "x" * 1000, [], {}, [1], {"a": 1}, _NESTED,
    "\x1b[31mred", "../../../etc/passwd", "2026-13-45", "9999-12-31T23:59:59+00:00", "٣", "\0",
)  # fmt: skip
