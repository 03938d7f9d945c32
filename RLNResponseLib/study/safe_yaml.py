"""YAML as plain data and nothing else: no objects, no aliases, no key twice."""

from __future__ import annotations

import io
from typing import Any

from RLNResponseLib.errors import DataRefusedError

MAXIMUM_BYTES = 1_000_000


def load_yaml(content: bytes, name: str) -> Any:
    """The data in `content`: text, numbers, true and false, dates, lists and mappings (YAML 1.2).

    name  of the file, for messages

    Raises DataRefusedError (bad-yaml) for anything else: object tags, aliases (a few lines of them can name more than
    memory holds), a key given twice, a file over a megabyte, text that is not UTF-8.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import AliasEvent

    if len(content) > MAXIMUM_BYTES:
        raise _refused(name, "is larger than a megabyte; a study's rules fit on a page")
    try:
        text = content.decode("utf-8-sig")
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, AliasEvent):
                raise _refused(name, f"uses an alias (*) in line {line}; write the value out")
            if getattr(event, "tag", None) is not None:
                raise _refused(name, f"has a tag (!) in line {line}, which could make objects; write plain values only")
        return YAML(typ="safe", pure=True).load(text)
    except UnicodeDecodeError:
        raise _refused(name, "is not UTF-8 text; save it as UTF-8") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        what = str(getattr(error, "problem", None) or "unreadable").split("\n")[0][:100]
        raise _refused(name, f"is not valid YAML{where} ({what}); correct it there") from None
    except (RecursionError, ValueError):
        raise _refused(name, "holds lists in lists too deep or values no one can read; write plain values") from None


def dump_yaml(data: dict[str, Any]) -> str:
    """`data` as YAML, keys in their order."""
    from ruamel.yaml import YAML

    text = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None  # short lists on one line, everything else on its own
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(data, text)
    return text.getvalue()


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-yaml")
