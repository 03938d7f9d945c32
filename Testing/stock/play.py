"""The reader's and the clinician's way in an environment of exactly Slicer 5.12's pins: no compiler on the path,
nothing installed.

usage: python3 Testing/stock/play.py [--python python3.12] [--environment FOLDER] [--data FOLDER]

FOLDER of --environment is kept and used again; --data holds lung1 and lung2 (default: .cache/pyradiomics-data, where
`make` puts them), which are scored where they are there. Takes a minute, and 350 MB where the environment is not kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import story
from bundled import PINS

ROOT = Path(__file__).resolve().parents[2]
# By pyradiomics 3.1.4, compiled, at commit f151436.
LUNGS = {"lung1": (6.812076388796549, 0.1765890140899744), "lung2": (1.0818197528310707, -1.191813702922758)}
TOLERANCE = 1e-12


class Stock:
    """A Python with the pins and nothing else, which runs the command from the checkout."""

    def __init__(self, environment: Path, python: str, folder: Path) -> None:
        self._python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self._empty = folder / "empty-path"
        self._empty.mkdir()
        if not self._python.exists():
            subprocess.run([python, "-m", "venv", str(environment)], check=True)
            pip = [str(self._python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", *PINS]
            subprocess.run(pip, check=True)

    def run(self, *words: str, module: str | None = "RLNResponseLib") -> subprocess.CompletedProcess[str]:
        """A call of the command, or of Python itself, with no program on the path."""
        environment = {"PATH": str(self._empty), "PYTHONIOENCODING": "utf-8", "RLNRESPONSE_TODAY": "2026-03-02"}
        environment |= {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
        command = [str(self._python), *(("-m", module) if module else ()), *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="python3.12")
    parser.add_argument("--environment", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT / ".cache" / "pyradiomics-data")
    call = parser.parse_args()
    failed = passed = 0
    with tempfile.TemporaryDirectory(prefix="rlnresponse-stock-") as name:
        folder = Path(name)
        stock = Stock(call.environment or folder / "environment", call.python, folder)
        print(stock.run("-m", "pip", "list", "--format=freeze", module=None).stdout)
        inputs = "import sys; from pathlib import Path; sys.path.insert(0, 'Testing/stock'); import story; story.make_inputs(Path({!r}))"
        made = stock.run("-c", inputs.format(str(folder)), module=None)
        assert made.returncode == 0, made.stderr
        wanted = [(words, 0, "") for words in story.study_calls(folder)]
        wanted += [
            (words, 1, f"needs {package}, which is not installed here")
            for words, package in story.refused_calls(folder)
        ]
        wanted += [(words, 0, "") for words in (*story.score_calls(folder), *story.analysis_calls(folder))]
        for words, code, sentence in wanted:
            done = stock.run(*words)
            good = done.returncode == code and sentence in done.stderr and "Traceback" not in done.stderr
            good = good and (code == 0 or done.stderr.count("\n") == 1)
            failed, passed = failed + (not good), passed + good
            print(
                f"{'ok    ' if good else 'FAILED'} {' '.join(words[:2])} {'' if good else done.stdout + done.stderr}".rstrip()
            )
        for lesion, expected in LUNGS.items():
            files = [str(call.data / f"{lesion}_{part}.nrrd") for part in ("image", "label")]
            if not Path(files[0]).is_file():
                print(f"skipped {lesion}: {files[0]} is not there")
                continue
            done = stock.run("score", *files, "--json")
            scores = [each["score"] for each in json.loads(done.stdout)["scores"]] if done.returncode == 0 else []
            away = [abs(score / known - 1) for score, known in zip(scores, expected, strict=False)]
            good = len(away) == len(expected) and max(away) <= TOLERANCE
            failed, passed = failed + (not good), passed + good
            print(
                f"{'ok    ' if good else 'FAILED'} {lesion}: {scores}, relative difference "
                f"{away} {done.stderr if not away else ''}"
            )
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
