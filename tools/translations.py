#!/usr/bin/env python3
"""Every sentence of the panel, for translators: the template and the translations as Qt's .ts files, and their .qm.

usage: python tools/translations.py [--check]      --check: exit 1 where a file is not what this would write

The template is what Qt's lupdate finds after Slicer's Utilities/Scripts/update_translations.py has named the contexts:
of a form its class; of a Python file its name, behind its folder's where that is a package ("sections.read"), as
slicer.i18n.tr looks it up. Without places in the source, which would change with every edit. A translation keeps what
it has, gets what is new unfinished, and loses what is no more. A .qm is made by lrelease (of PySide6, in the tests'
environment); Slicer loads it where its language is the file's.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "RLNResponse" / "Resources" / "Translations"
TEMPLATE = FOLDER / "RLNResponse_en-US.ts"
_ENTITIES = {'"': "&quot;", "'": "&apos;"}

# (context, sentence).
Message = tuple[str, str]


def messages() -> list[Message]:
    """Every sentence of the panel, each once in its context, by context."""
    sources = [ROOT / "RLNResponse" / "RLNResponse.py"]
    sources += (path for room in ("panel", "scene") for path in (ROOT / "RLNResponseLib" / room).rglob("*.py"))
    forms = (ROOT / "RLNResponse" / "Resources" / "UI").glob("*.ui")
    found = [each for path in sources for each in _of_python(path)] + [
        each for path in forms for each in _of_form(path)
    ]
    return sorted(dict.fromkeys(found), key=lambda message: message[0])


def context_of(path: Path) -> str:
    """As Slicer's slicer.i18n.getContext."""
    return f"{path.parent.name}.{path.stem}" if (path.parent / "__init__.py").is_file() else path.stem


def _of_python(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if call.func.id not in ("_", "translate"):  # type: ignore[attr-defined]
            continue
        words = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if len(words) != len(call.args) or len(words) != (1 if call.func.id == "_" else 2):  # type: ignore[attr-defined]
            sys.exit(f"{path.name}:{call.lineno}: what is translated must stand there as it is")
        yield (context_of(path), words[0]) if len(words) == 1 else (words[0], words[1])


def _of_form(path: Path) -> Iterator[Message]:
    root = ElementTree.parse(path).getroot()
    for text in root.iter("string"):
        if text.get("notr") != "true" and text.text:
            yield root.findtext("class", ""), text.text


def translated(path: Path) -> dict[Message, str]:
    """What a .ts file has a finished translation of."""
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            words = message.find("translation")
            if words is not None and words.get("type") is None and words.text:
                found[context.findtext("name", ""), message.findtext("source", "")] = words.text
    return found


def written(language: str, known: dict[Message, str]) -> str:
    """The text of a .ts file."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>", f'<TS version="2.1" language="{language}">']
    open_context = ""
    for context, source in messages():
        if context != open_context:
            lines += ["</context>"] if open_context else []
            lines += ["<context>", f"    <name>{context}</name>"]
            open_context = context
        words = known.get((context, source))
        unfinished = '<translation type="unfinished"></translation>'
        lines += [
            "    <message>",
            f"        <source>{escape(source, _ENTITIES)}</source>",
            f"        {f'<translation>{escape(words, _ENTITIES)}</translation>' if words else unfinished}",
            "    </message>",
        ]
    return "\n".join([*lines, "</context>", "</TS>", ""])


def files() -> dict[Path, str]:
    """The .ts files as they are to be."""
    made = {TEMPLATE: written("en-US", {})}
    for path in sorted(set(FOLDER.glob("*.ts")) - {TEMPLATE}):
        made[path] = written(path.stem.partition("_")[2], translated(path))
    return made


def lrelease() -> str | None:
    """Qt's compiler of translations, where there is one."""
    beside = Path(sys.executable).parent / "pyside6-lrelease"
    return str(beside) if beside.is_file() else shutil.which("pyside6-lrelease") or shutil.which("lrelease")


def main() -> int:
    """Write every file, or only compare them."""
    made = files()
    if "--check" in sys.argv[1:]:
        stale = [path.name for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text]
        print("\n".join(f"{name}: run tools/translations.py" for name in stale) or "the translations are up to date")
        return int(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    program = lrelease()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
        done = len(translated(path))
        print(f"{path.name}: {done} of {len(messages())} translated")
        if path != TEMPLATE and program is not None:
            target = path.with_suffix(".qm")
            subprocess.run([program, "-silent", "-nounfinished", str(path), "-qm", str(target)], check=True)
    if program is None:
        print("there is no lrelease here: the .qm files are as they were")
    return 0


if __name__ == "__main__":
    sys.exit(main())
