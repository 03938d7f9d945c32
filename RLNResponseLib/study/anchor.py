"""Hashes of the logs' last lines, kept outside a study folder: so a folder rewritten as a whole is found out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.audit_index import ANCHORED
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.records_tree import RecordsRoot
from RLNResponseLib.study.strict_json import is_digest, parse_object
from RLNResponseLib.study.study import Study

# Of a digest in a sentence; so many cannot be met by chance or by trying.
SHORT_DIGEST = 16
_HEAD = re.compile(r"(?P<writer>[a-z0-9-]+):(?P<sequence>[1-9][0-9]{0,14})")
_SENTENCE = re.compile(rf"(?P<head>{_HEAD.pattern}):(?P<sha256>[0-9a-f]{{{SHORT_DIGEST},64}})")
_LARGEST_FILE = 16 << 20


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """The last lines of a study's logs at one moment. Each pins all lines before it.

    Attributes
    ----------
    study
        SHA-256 of the line that made the study; None in one taken down before anchors named it.
    heads
        "<writer>:<sequence>" → SHA-256 of the line, or at least its first SHORT_DIGEST digits.
    records
        All records that these lines say were made; None where it was not taken down.

    """

    study: str | None
    heads: Mapping[str, str]
    records: RecordsRoot | None = None

    @property
    def words(self) -> str:
        """For a sentence: "ward-0012:4:3fa98b12c0de4711", several with a comma; `--expect` takes it back."""
        return ", ".join(f"{head}:{sha256[:SHORT_DIGEST]}" for head, sha256 in sorted(self.heads.items()))

    def as_json(self) -> dict[str, Any]:
        """As it is written into a file."""
        records = None if self.records is None else {"count": self.records.count, "root": self.records.root}
        return {"study": self.study, "heads": dict(self.heads), "records": records}


def anchor_now(study: Study) -> Anchor:
    """The state of a study's log now. Nothing is written.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    Anchor

    Raises
    ------
    DataRefusedError
        unreadable-study.

    """
    index = study.store.index_now()
    heads = {f"{writer}:{sequence}": sha256 for writer, (sequence, sha256) in index.unnamed_heads().items()}
    return Anchor(study=index.creation, heads=heads, records=index.root())


def line_words(ref: AuditRef) -> str:
    """How a sentence names a line, which pins all lines before it; `read_anchor` takes it back.

    Parameters
    ----------
    ref
        The line.

    Returns
    -------
    str

    Examples
    --------
    >>> line_words(AuditRef("ward-0012", 4, "3fa98b12c0de4711" + 48 * "0"))
    'ward-0012:4:3fa98b12c0de4711'

    """
    return f"{ref.writer}:{ref.sequence}:{ref.sha256[:SHORT_DIGEST]}"


def log_words(study: Study) -> str:
    """The sentence by which a study's log as it is now is kept elsewhere: on paper, in a mail, in another file.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    str
        "log: ward-0012:4:3fa98b12c0de4711"; what stands after "log: " goes to `read_anchor`.

    Raises
    ------
    DataRefusedError
        unreadable-study.

    """
    return f"log: {anchor_now(study).words}"


def make_anchor(study: Study, now: Now) -> Anchor:
    """Join all logs in one line, and give the anchor that pins it.

    Parameters
    ----------
    study
        An opened study.
    now
        The moment, for the log.

    Returns
    -------
    Anchor
        Of one head where nobody writes at the same moment.

    Raises
    ------
    DataRefusedError
        cannot-write.

    """
    study.store.note(ANCHORED, {}, now)
    return anchor_now(study)


def anchor_file(anchor: Anchor, now: Now) -> str:
    """The text of an anchor's file.

    Parameters
    ----------
    anchor
        To be kept outside the folder.
    now
        When it was taken.

    Returns
    -------
    str
        JSON.

    """
    content = {"note": RESEARCH_USE_ONLY, "taken_at": now.moment.isoformat(), **anchor.as_json()}
    return json.dumps(content, indent=1) + "\n"


def read_anchor(given: str) -> Anchor:
    """An anchor as people keep it.

    Parameters
    ----------
    given
        A file of `study anchor`, of `study verify --json` or `study status --json`; or the words of a sentence
        ("ward-0012:4:3fa98b12c0de4711", several with commas between).

    Returns
    -------
    Anchor

    Raises
    ------
    DataRefusedError
        bad-anchor, empty-anchor.

    """
    words = [_SENTENCE.fullmatch(word.strip()) for word in given.split(",")]
    if all(words):
        return Anchor(study=None, heads={word["head"]: word["sha256"] for word in words if word is not None})
    path = Path(given)
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST_FILE else b""
    except OSError as error:
        raise DataRefusedError(
            f"The anchor {path.name} cannot be read ({error.strerror}); name a file of study anchor, or the words that "
            "status and lock print (such as ward-0001:2:0123456789abcdef).",
            "bad-anchor",
        ) from None
    data = parse_object(content)
    if data is not None and isinstance(data.get("log"), dict):
        data = data["log"]
    heads = None if data is None else data.get("heads")
    if not isinstance(heads, dict) or not all(_HEAD.fullmatch(name) and is_digest(heads[name]) for name in heads):
        raise DataRefusedError(
            f"{path.name} is no anchor; name what study anchor or study verify --json wrote.", "bad-anchor"
        )
    if not heads:
        raise DataRefusedError(
            f"The anchor {path.name} names no line, so it pins nothing; take one with study anchor.", "empty-anchor"
        )
    study = data.get("study") if data is not None else None
    return Anchor(study=study if is_digest(study) else None, heads=heads)


def refuse_foreign(anchor: Anchor, study: str | None) -> None:
    """Refuse an anchor of another study.

    Parameters
    ----------
    anchor
        That was given.
    study
        SHA-256 of the line that made this study, None where it is gone.

    Raises
    ------
    DataRefusedError
        foreign-anchor.

    """
    if anchor.study is not None and study is not None and anchor.study != study:
        raise DataRefusedError(
            "The anchor is of another study, or this folder was made anew as a whole: the lines that made them differ; "
            "look for the right anchor, or for the right folder.",
            "foreign-anchor",
        )
