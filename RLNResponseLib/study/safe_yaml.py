"""YAML as plain data and nothing else, for studies made before study.toml: no objects, no aliases, no key twice. Never written."""

from __future__ import annotations

from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.requirements import need

MAXIMUM_BYTES = 1_000_000


def load_yaml(content: bytes, name: str) -> Any:
    """The data in `content`: text, numbers, true and false, dates, lists and mappings (YAML 1.2).

    name  of the file, for messages

    Raises DataRefusedError: missing-package; bad-yaml for anything else: object tags, aliases (a few lines of them can name more than
    memory holds), a key given twice, a file over a megabyte, text that is not UTF-8.
    """
    yaml, events = need("ruamel.yaml"), need("ruamel.yaml.events")
    if len(content) > MAXIMUM_BYTES:
        raise _refused(name, "is larger than a megabyte; a study's rules fit on a page")
    try:
        text = content.decode("utf-8-sig")
        for event in yaml.YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, events.AliasEvent):
                raise _refused(name, f"uses an alias (*) in line {line}; write the value out")
            if getattr(event, "tag", None) is not None:
                raise _refused(name, f"has a tag (!) in line {line}, which could make objects; write plain values only")
        return yaml.YAML(typ="safe", pure=True).load(text)
    except UnicodeDecodeError:
        raise _refused(name, "is not UTF-8 text; save it as UTF-8") from None
    except yaml.error.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        what = str(getattr(error, "problem", None) or "unreadable").split("\n")[0][:100]
        raise _refused(name, f"is not valid YAML{where} ({what}); correct it there") from None
    except (RecursionError, ValueError):
        raise _refused(name, "holds lists in lists too deep or values no one can read; write plain values") from None


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-yaml")
