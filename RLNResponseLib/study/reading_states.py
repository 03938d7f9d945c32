"""Where many readings stand, from one listing of their folders: what a whole worklist asks at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.records import Opening, Reading, ReadingKey, ReadingState
from RLNResponseLib.study.stored_records import StoredRecord, removed, unreadable
from RLNResponseLib.study.study import Study

Record = TypeVar("Record")
_PIECE = 1 << 16


@dataclass(frozen=True)
class ListedRecords:
    """The records below a folder as one listing names them. Each is read when it is first asked for, and once.

    Attributes
    ----------
    study
        Whose records.
    names
        Their paths in the study folder: path → whether it is a symbolic link.

    """

    study: Study
    names: dict[str, bool]
    _read: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def below(cls, study: Study, folder: str, *, in_folders: bool = False) -> ListedRecords:
        """List a folder, or the folders in it.

        Parameters
        ----------
        study
            An opened study.
        folder
            Its path in the study.
        in_folders
            Whether the records lie in folders of their own.

        Returns
        -------
        ListedRecords

        Raises
        ------
        DataRefusedError
            link-out-of-study; unreadable-study where a folder cannot be read: that is not fewer records.

        """
        names: dict[str, bool] = {}
        # Before the folders are listed: what another program makes meanwhile is not missed there.
        made = tuple(study.store.index_now().made_in(folder))
        for entry in _entries(study, folder):
            if not in_folders:
                _note(names, f"{folder}/{entry.name}", entry)
            elif entry.is_dir():
                inner = f"{folder}/{entry.name}"
                for each in _entries(study, inner, is_link=entry.is_symlink()):
                    _note(names, f"{inner}/{each.name}", each)
        for name in made:
            if name not in names:
                raise removed(name)
        return cls(study, names)

    def get(self, name: str, decoder: Callable[[StoredRecord], Record]) -> Record | None:
        """A record, None where there is none or a half-written one.

        Parameters
        ----------
        name
            Its path in the study folder.
        decoder
            The function of `record_files` for its kind.

        Returns
        -------
        Record or None

        Raises
        ------
        DataRefusedError
            damaged-record, link-out-of-study.

        """
        if name not in self.names:
            return None
        if name not in self._read:
            self._read[name] = self._decoded(name, decoder)
        record: Record | None = self._read[name]
        return record

    def _decoded(self, name: str, decoder: Callable[[StoredRecord], Record]) -> Record | None:
        # The listing has followed no other link, so only these can lead out of the study.
        path = self.study.store.path(name) if self.names[name] else f"{self.study.folder}/{name}"
        try:
            content = _content(path)
        except FileNotFoundError:
            return None

        def parse() -> Record | None:
            record = self.study.store.judge(name, content)
            return None if record is None else record_files.decode(record, decoder)

        return self.study.parsed.of(name, (content,), parse)


@dataclass(frozen=True)
class ReadingStates:
    """Where every reading of a study stands, as the single-reading functions say, for one question.

    Attributes
    ----------
    records
        Everything in `readings`.
    begun
        The readings that have any record there, by path without suffix: "readings/LN1/A-1".

    """

    records: ListedRecords
    begun: frozenset[str]

    @classmethod
    def of(cls, study: Study) -> ReadingStates:
        """List the study's readings.

        Parameters
        ----------
        study
            An opened study.

        Returns
        -------
        ReadingStates

        Raises
        ------
        DataRefusedError
            link-out-of-study, unreadable-study.

        """
        records = ListedRecords.below(study, layout.READINGS, in_folders=True)
        return cls(records, frozenset(name.partition(".")[0] for name in records.names))

    def was_begun(self, lymph_node: str, reader: str, round_number: int) -> bool:
        """Whether there is any record of a reading; False is "assigned".

        Parameters
        ----------
        lymph_node, reader
            Identifiers.
        round_number
            1 or 2.

        Returns
        -------
        bool

        """
        return f"{layout.READINGS}/{lymph_node}/{reader}-{round_number}" in self.begun

    def state_of(self, key: ReadingKey) -> ReadingState:
        """Where a reading stands, as `readings.state_of` says.

        Parameters
        ----------
        key
            Which reading.

        Returns
        -------
        ReadingState

        Raises
        ------
        DataRefusedError
            damaged-record of what the answer needs.

        """
        if self._is_given_up(key):
            return "given up"
        if self.reading(key) is not None:
            later = (revision for revision in self._corrections(key) if revision.revision > key.revision)
            return "superseded" if any(self.reading(revision) is not None for revision in later) else "locked"
        return "assigned" if self._opening(key) is None else "open"

    def latest(self, key: ReadingKey) -> ReadingKey:
        """The last revision of a reading that was opened and not given up, as `corrections.latest` says.

        Parameters
        ----------
        key
            Which reading, at revision 1.

        Returns
        -------
        ReadingKey
            `key` itself where no correction was begun.

        Raises
        ------
        DataRefusedError
            damaged-record of what the answer needs.

        """
        corrections = [revision for revision in self._corrections(key) if not self._is_given_up(revision)]
        return corrections[-1] if corrections else key

    def reading(self, key: ReadingKey) -> Reading | None:
        """A locked reading, None where it is not locked.

        Parameters
        ----------
        key
            Which reading.

        Returns
        -------
        Reading or None

        Raises
        ------
        DataRefusedError
            damaged-record.

        """
        return self.records.get(layout.reading_path(key, layout.RECORD_SUFFIX), record_files.reading)

    def _opening(self, key: ReadingKey) -> Opening | None:
        return self.records.get(layout.reading_path(key, layout.OPENING_SUFFIX), record_files.opening)

    def _is_given_up(self, key: ReadingKey) -> bool:
        return self.records.get(layout.reading_path(key, layout.GIVEN_UP_SUFFIX), lambda record: record) is not None

    def _corrections(self, key: ReadingKey) -> Iterator[ReadingKey]:
        """Every opened correction of a reading, in order. Where none is listed, nothing is read."""
        first = f"{layout.READINGS}/{key.lymph_node}/{key.reader}-{key.round}"
        if f"{first}-c2{layout.OPENING_SUFFIX}" not in self.records.names:
            return
        revision = ReadingKey(lymph_node=key.lymph_node, reader=key.reader, round=key.round)
        while self._opening(revision) is not None:
            if revision.is_correction:
                yield revision
            revision = revision.next_revision


def _content(path: Path | str) -> bytes:
    """The bytes of one of thousands of small files: half the system calls that a file object makes."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return b"".join(iter(lambda: os.read(descriptor, _PIECE), b""))
    finally:
        os.close(descriptor)


def _entries(study: Study, folder: str, *, is_link: bool = True) -> list[os.DirEntry[str]]:
    """What lies in a folder, hidden names left out; `is_link` asks whether it leads out of the study."""
    path = study.store.path(folder) if is_link else f"{study.folder}/{folder}"
    try:
        with os.scandir(path) as entries:
            return [entry for entry in entries if entry.name[0] != "."]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(f"the study's folder {folder.partition('/')[0]}", error) from None


def _note(names: dict[str, bool], name: str, entry: os.DirEntry[str]) -> None:
    if name.endswith(layout.RECORD_SUFFIX) and entry.is_file():
        names[name] = entry.is_symlink()
