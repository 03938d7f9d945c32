"""The formats of a protocol's file, as plain data. TOML is read by Python's own parser and written here.

YAML, for studies made before study.toml, is read and never written: no objects, no aliases, no key twice.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need

PROTOCOL_SCHEMA = 1
PROTOCOL_NAME = "study.toml"
# As studies were made until version 0.1; read, never written.
OLD_PROTOCOL_NAME = "study.yaml"
FORMATS = {PROTOCOL_NAME: "TOML 1.0", OLD_PROTOCOL_NAME: "YAML 1.2"}
# A study's rules fit on a page; what is far larger was made to keep a parser busy.
MAXIMUM_TOML_BYTES = 64_000
MAXIMUM_YAML_BYTES = 1_000_000
_BARE_KEY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Control and format characters (a direction mark among them) and line separators: written out, they are seen and
# cannot mislead.
_WRITTEN_OUT = ("Cc", "Cf", "Zl", "Zp")


def load_toml(content: bytes, name: str) -> dict[str, Any]:
    r"""The data in a TOML 1.0 file.

    Parameters
    ----------
    content
        The file's bytes.
    name
        Of the file, for refusals.

    Returns
    -------
    dict
        Texts, numbers, true and false, dates, lists and mappings.

    Raises
    ------
    DataRefusedError
        bad-toml: not TOML, not UTF-8, larger than 64 kB, a whole number beyond 64 bits.

    Examples
    --------
    >>> load_toml(b'title = "A study"\n[icc]\nthreshold = 0.75\n', "study.toml")
    {'title': 'A study', 'icc': {'threshold': 0.75}}

    """
    if len(content) > MAXIMUM_TOML_BYTES:
        raise _refused_toml(name, f"is larger than {MAXIMUM_TOML_BYTES // 1000} kB; a study's rules fit on a page")
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
        _refuse_large_numbers(data, name)
    except UnicodeDecodeError:
        raise _refused_toml(name, "is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        what = " ".join(str(error).split())[:120]
        raise _refused_toml(name, f"is not valid TOML ({what}); correct it there") from None
    except (RecursionError, ValueError):  # Python itself refuses a number of thousands of digits
        raise _refused_toml(
            name, "holds lists in lists too deep or values no one can read; write plain values"
        ) from None
    return data


def dump_toml(data: Mapping[str, Any], comment: str = "") -> str:
    """Data as TOML that reads back the same, keys in their order but tables last.

    Parameters
    ----------
    data
        Texts, numbers, true and false, lists, mappings.
    comment
        A line above it; "" for none.

    Returns
    -------
    str
        The file's text, ending in a newline.

    Raises
    ------
    DataRefusedError
        bad-toml for a text with half a character in it.
    TypeError
        A value of any other kind.

    Examples
    --------
    >>> print(dump_toml({"icc": {"form": "ICC(A,1)", "threshold": 0.75}, "seed": 1}, "A protocol."), end="")
    # A protocol.
    seed = 1
    <BLANKLINE>
    [icc]
    form = "ICC(A,1)"
    threshold = 0.75

    """
    lines = [f"# {comment}"] if comment else []
    tables = {key: value for key, value in data.items() if isinstance(value, Mapping)}
    lines += [f"{_key(key)} = {_value(value)}" for key, value in data.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{_key(key)}]"]
        lines += [f"{_key(inner)} = {_value(value)}" for inner, value in table.items()]
    return "\n".join([*lines, ""])


def _key(key: str) -> str:
    return key if key and set(key) <= _BARE_KEY else _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _text(text: str) -> str:
    return f'"{"".join(map(_character, text))}"'


def _character(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    category = unicodedata.category(character)
    if category == "Cs":
        raise DataRefusedError(
            f"A text of the protocol holds half a character (U+{ord(character):04X}), as a terminal of another "
            "character set gives; write the text anew.",
            "bad-toml",
        )
    if category not in _WRITTEN_OUT:
        return character
    return f"\\u{ord(character):04X}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08X}"


def _refuse_large_numbers(value: object, name: str) -> None:
    """TOML's whole numbers have 64 bits; Python reads longer ones, which nothing here could compute with."""
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_large_numbers(inner, name)
    elif isinstance(value, list):
        for inner in value:
            _refuse_large_numbers(inner, name)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise _refused_toml(name, "holds a whole number beyond 64 bits; write a smaller one")


def _refused_toml(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-toml")


def load_yaml(content: bytes, name: str) -> Any:
    """The data in a YAML 1.2 file.

    Parameters
    ----------
    content
        The file's bytes.
    name
        Of the file, for refusals.

    Returns
    -------
    object
        Texts, numbers, true and false, dates, lists and mappings.

    Raises
    ------
    DataRefusedError
        missing-package; bad-yaml for anything else: object tags, aliases (a few lines of them can name more than
        memory holds), a key given twice, a file over a megabyte, text that is not UTF-8.

    """
    yaml, events = need("ruamel.yaml"), need("ruamel.yaml.events")
    if len(content) > MAXIMUM_YAML_BYTES:
        raise _refused_yaml(name, "is larger than a megabyte; a study's rules fit on a page")
    try:
        text = content.decode("utf-8-sig")
        for event in yaml.YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, events.AliasEvent):
                raise _refused_yaml(name, f"uses an alias (*) in line {line}; write the value out")
            if getattr(event, "tag", None) is not None:
                raise _refused_yaml(
                    name, f"has a tag (!) in line {line}, which could make objects; write plain values only"
                )
        return yaml.YAML(typ="safe", pure=True).load(text)
    except UnicodeDecodeError:
        raise _refused_yaml(name, "is not UTF-8 text; save it as UTF-8") from None
    except yaml.error.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        what = str(getattr(error, "problem", None) or "unreadable").split("\n")[0][:100]
        raise _refused_yaml(name, f"is not valid YAML{where} ({what}); correct it there") from None
    except (RecursionError, ValueError):
        raise _refused_yaml(
            name, "holds lists in lists too deep or values no one can read; write plain values"
        ) from None


def _refused_yaml(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-yaml")
