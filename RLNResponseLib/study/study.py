"""A study: its folder opened, and everything in it as records. Docs: docs/study-folder.md."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import make_folder, sync_folder, write_text_atomically
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.audit_lines import AUDIT_FOLDER
from RLNResponseLib.study.changed_files import contour_changed, image_changed
from RLNResponseLib.study.clinical import ClinicalTables, parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER, PATIENT_HEADER
from RLNResponseLib.study.identifiers import checked_identifier
from RLNResponseLib.study.occasions import LaterScan
from RLNResponseLib.study.parsed_once import ParsedOnce
from RLNResponseLib.study.patients import LymphNode, Patient
from RLNResponseLib.study.protocol import Protocol, refuse_readers_beyond_analysis
from RLNResponseLib.study.protocol_file import parse_protocol, protocol_digest, protocol_name, read_protocol
from RLNResponseLib.study.protocol_formats import FORMATS, PROTOCOL_NAME
from RLNResponseLib.study.records import ImageEntry, Opening, Reading, ReadingKey, Unblinding
from RLNResponseLib.study.store import Store
from RLNResponseLib.study.stored_records import StagedFile, StoredRecord
from RLNResponseLib.study.templates import template_csv


class Study:
    """A study folder, opened. Each question is answered from the files as they are now: what is kept in memory is only
    what bytes were parsed to, which are read again.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.parsed = ParsedOnce()

    @classmethod
    def create(cls, folder: Path, protocol: Protocol, now: Now, workstation: str | None = None) -> Study:
        """Make a study folder: study.toml, templates of the clinical tables, the first line of the audit log.

        Parameters
        ----------
        folder
            New or empty.
        protocol
            The study's rules.
        now
            The moment, for the log.
        workstation
            Names this computer's audit logs; its host name by default.

        Returns
        -------
        Study
            Opened.

        Raises
        ------
        DataRefusedError
            too-many-readers, too-many-repeats, folder-not-empty, bad-protocol, bad-toml, cannot-write.

        """
        refuse_readers_beyond_analysis(protocol.rounds)
        text = protocol.as_toml()
        parse_protocol(text.encode())  # what could not be read back is not written
        try:
            if folder.exists() and any(folder.iterdir()):
                raise FileExistsError
            make_folder(folder.parent)
            # Made beside, then named in one step: whatever ends this process, the folder holds a study or nothing.
            beside = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}.making-", dir=folder.parent))
            try:
                study = cls._make(beside / "study", text, now, workstation)
                if os.name == "nt" and folder.exists():
                    folder.rmdir()  # Windows renames onto nothing
                (beside / "study").rename(folder)
                sync_folder(folder.parent)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
            study.store.moved_to(folder)
        except OSError as error:
            # ENOTEMPTY: another program made a study there at this moment.
            if isinstance(error, FileExistsError) or error.errno == errno.ENOTEMPTY:
                raise DataRefusedError(
                    f"The folder {folder.name} is not empty; name a new one for the study.", "folder-not-empty"
                ) from None
            raise DataRefusedError(
                f"The study folder {folder.name} cannot be made ({error.strerror}); check the disk and the "
                "permissions.",
                "cannot-write",
            ) from None
        return study

    @classmethod
    def _make(cls, folder: Path, text: str, now: Now, workstation: str | None) -> Study:
        make_folder(folder / AUDIT_FOLDER)
        make_folder(folder / layout.TEMPLATES)
        study = cls(Store(folder, workstation))
        details = {
            "protocol_file": PROTOCOL_NAME,
            "protocol_format": FORMATS[PROTOCOL_NAME],
            "protocol_sha256": protocol_digest(text.encode()),
            "protocol": text,
        }
        study.store.log.append("study-created", details, now)
        for name, header in (("patients", PATIENT_HEADER), ("lymph_nodes", LYMPH_NODE_HEADER)):
            write_text_atomically(folder / layout.TEMPLATES / f"{name}.csv", template_csv(header))
        write_text_atomically(folder / PROTOCOL_NAME, text)
        return study

    @classmethod
    def open(cls, folder: Path, workstation: str | None = None) -> Study:
        """Open a study. Nothing is written; `recovery.recover` takes care of what a crash left over.

        Parameters
        ----------
        folder
            The study folder.
        workstation
            Names this computer's audit logs; its host name by default.

        Returns
        -------
        Study
            Opened.

        Raises
        ------
        DataRefusedError
            no-protocol, two-protocols, bad-toml, bad-yaml, bad-protocol, protocol-changed; missing-package for a study
            made before study.toml where ruamel.yaml is not installed.

        """
        study = cls(Store(folder, workstation))
        study.protocol  # noqa: B018 - a folder without a readable protocol is no study
        return study

    @property
    def folder(self) -> Path:
        """The study folder."""
        return self.store.folder

    @property
    def protocol_file(self) -> str:
        """The name of the file that holds the protocol. Raises DataRefusedError (two-protocols)."""
        return protocol_name(lambda name: self.store.path(name).is_file())

    @property
    def protocol(self) -> Protocol:
        """The protocol as it is now.

        Returns
        -------
        Protocol
            Read anew each time.

        Raises
        ------
        DataRefusedError
            protocol-changed if it was frozen and differs from that.

        """
        return self.protocol_and_digest()[0]

    def protocol_and_digest(self) -> tuple[Protocol, str]:
        """The protocol, and the SHA-256 of its file."""
        name = self.protocol_file
        protocol, digest = read_protocol(self.store.path(name))
        frozen = self.frozen_protocol_digest()
        if frozen is not None and frozen != digest:
            raise DataRefusedError(
                f"{name} was changed after it was frozen for unblinding; put the frozen text back, which "
                f"{layout.FROZEN_PROTOCOL} holds.",
                "protocol-changed",
            )
        return protocol, digest

    def frozen_protocol_digest(self) -> str | None:
        """The SHA-256 that the protocol was frozen with, None before; by the log where its record is gone."""
        record = self._deed(layout.FROZEN_PROTOCOL)
        return None if record is None else str(record.content.get("protocol_sha256"))

    def unblinding(self) -> Unblinding | None:
        """The study's unblinding, None while it is blinded; by the log where its record is gone."""
        record = self._deed(layout.UNBLINDING)
        return None if record is None else record_files.decode(record, record_files.unblinding)

    def _deed(self, name: str) -> StoredRecord | None:
        """A record that no removal undoes: what the log says was made holds."""
        if not self.store.path(name).exists():
            return self.store.remembered(name)
        return self.store.find(name)

    def refuse_while_blinded(self, what: str) -> None:
        """Raise DataRefusedError (blinded) until the study is unblinded. `what`: "The outcomes"."""
        if self.unblinding() is None:
            raise DataRefusedError(f"{what} stay sealed until the study is unblinded (study unblind).", "blinded")

    def clinical_tables(self) -> ClinicalTables:
        """Both clinical tables with their outcomes, as they are in the folder; empty before the first import.

        For the import itself and for analysis after unblinding: `outcomes` refuses before. Raises DataRefusedError:
        bad-table, bad-cell.
        """
        return self._stored_tables()[0]

    def _stored_tables(self) -> tuple[ClinicalTables, Mapping[str, LymphNode]]:
        """Both tables, and the lymph nodes by identifier."""
        import_record = self.last_clinical_import()
        if import_record is None:
            return ClinicalTables(patients=(), patient_outcomes=(), lymph_nodes=(), lymph_node_outcomes=()), {}
        names = [file.path for file in import_record.files]
        try:
            contents = tuple(self.store.content(file) for file in import_record.files)
        except DataRefusedError:
            # Another program may have put newer tables in place of these meanwhile.
            if self.last_clinical_import() == import_record:
                raise
            return self._stored_tables()

        def parse() -> tuple[ClinicalTables, Mapping[str, LymphNode]]:
            patients, lymph_nodes = map(parse_csv, contents, names)
            tables = parse_clinical(patients, lymph_nodes)
            return tables, MappingProxyType({lymph_node.id: lymph_node for lymph_node in tables.lymph_nodes})

        return self.parsed.of(" ".join(names), contents, parse)

    def last_clinical_import(self) -> StoredRecord | None:
        """The record of the clinical tables that hold now."""
        last, number = None, 1
        while (record := self._clinical_import(number)) is not None:
            last, number = record, number + 1
        return last

    def _clinical_import(self, number: int) -> StoredRecord | None:
        """One record of an import, which holds a digest of every row; None where it is not there or half-written."""
        name = layout.clinical_path(number)
        content = self.store.read_if_made(name)
        if content is None:
            return None
        return self.parsed.of(name, (content,), lambda: self.store.judge(name, content))

    def patients(self) -> tuple[Patient, ...]:
        """The enrolled patients, without outcomes, in the order of patients.csv."""
        return self.clinical_tables().patients

    def lymph_nodes(self) -> tuple[LymphNode, ...]:
        """The lymph nodes, without outcomes, in the order of lymph_nodes.csv."""
        return self.clinical_tables().lymph_nodes

    def lymph_node(self, identifier: str) -> LymphNode:
        """One lymph node. Raises DataRefusedError (no-such-lymph-node)."""
        lymph_node = self._stored_tables()[1].get(identifier)
        if lymph_node is None:
            raise DataRefusedError(
                "There is no such lymph node in lymph_nodes.csv; check the identifier, or import the clinical tables.",
                "no-such-lymph-node",
            )
        return lymph_node

    def outcomes(self) -> ClinicalTables:
        """Both clinical tables with their outcomes, one row a lymph node: a second CT is in `later_scans`.

        Raises DataRefusedError (blinded) until the study is unblinded.
        """
        self.refuse_while_blinded("The outcomes")
        return self.clinical_tables().first_scans()

    def hides_patients(self) -> bool:
        """Whether a reader must not see whose a lymph node is: it would tell which rows are one of them on two CT."""
        return bool(self.protocol.occasions) and self.unblinding() is None

    def later_scans(self) -> tuple[LaterScan, ...]:
        """The lymph nodes on a second CT. Raises DataRefusedError (blinded) until the study is unblinded."""
        self.refuse_while_blinded("The lymph nodes on a second CT")
        return self.clinical_tables().later_scans

    def images(self) -> tuple[ImageEntry, ...]:
        """The imported images, by identifier."""
        records = self.store.read_folder(layout.IMAGES)
        return tuple(record_files.decode(record, record_files.image_entry) for record in records)

    def image(self, identifier: str) -> ImageEntry:
        """One image. Raises DataRefusedError (no-such-image)."""
        return record_files.decode(self._image_record(identifier), record_files.image_entry)

    def _image_record(self, identifier: str) -> StoredRecord:
        name = layout.image_path(checked_identifier(identifier, "The image identifier"), layout.RECORD_SUFFIX)
        record = self.store.find(name)
        if record is None:
            raise DataRefusedError(
                f"The image '{identifier}' is not in the study; import it with study import-ct.", "no-such-image"
            )
        return record

    def image_file(self, identifier: str, *, compared: bool = True) -> Path:
        """Where an image's NRRD lies.

        Parameters
        ----------
        identifier
            Of the image.
        compared
            False for a caller that compares the file's digest with the record itself.

        Returns
        -------
        Path

        Raises
        ------
        DataRefusedError
            no-such-image, image-changed.

        """
        file = self._image_record(identifier).files[0]
        return self._file(file, compared, image_changed(identifier))

    def _file(self, file: StagedFile, compared: bool, changed: DataRefusedError) -> Path:
        try:
            return self.store.verified_file(file) if compared else self.store.locate(file)
        except DataRefusedError as refusal:
            raise changed if refusal.code in ("file-changed", "file-removed") else refusal from None

    def readings(self) -> tuple[Reading, ...]:
        """Every locked reading, superseded ones too, by lymph node, reader, round and revision."""
        return _readings(self.store.read_folder(layout.READINGS, f"*/*{layout.RECORD_SUFFIX}", _is_reading))

    def readings_of(self, lymph_node: str) -> tuple[Reading, ...]:
        """Every locked reading of a lymph node, superseded ones too, by reader, round and revision."""
        folder = f"{layout.READINGS}/{lymph_node}"
        return _readings(self.store.read_folder(folder, f"*{layout.RECORD_SUFFIX}", _is_reading))

    def current_readings(self) -> tuple[Reading, ...]:
        """The locked readings that no correction replaces: what agreement and models use."""
        last = {(r.key.lymph_node, r.key.reader, r.key.round): r for r in self.readings()}
        return tuple(last.values())

    def reading(self, key: ReadingKey) -> Reading | None:
        """A locked reading, None where it is not locked."""
        record = self.store.find(layout.reading_path(key, layout.RECORD_SUFFIX))
        return None if record is None else record_files.decode(record, record_files.reading)

    def contour_file(self, key: ReadingKey, *, compared: bool = True) -> Path:
        """Where a locked reading's contour lies. For extraction and verification; readers go by `blinding.ReaderView`.

        Parameters
        ----------
        key
            Which reading.
        compared
            False for a caller that compares the file's digest with the record itself.

        Returns
        -------
        Path

        Raises
        ------
        DataRefusedError
            no-record, contour-changed.

        """
        record = self.store.read(layout.reading_path(key, layout.RECORD_SUFFIX))
        return self._file(record.files[0], compared, contour_changed(key.lymph_node, key.name))

    def opening(self, key: ReadingKey) -> Opening | None:
        """When a reading was opened, None where it was not."""
        record = self.store.find(layout.reading_path(key, layout.OPENING_SUFFIX))
        return None if record is None else record_files.decode(record, record_files.opening)

    def is_given_up(self, key: ReadingKey) -> bool:
        """Whether a correction was begun and given up."""
        return self.store.exists(layout.reading_path(key, layout.GIVEN_UP_SUFFIX))


def _readings(records: Iterable[StoredRecord]) -> tuple[Reading, ...]:
    readings = (record_files.decode(record, record_files.reading) for record in records)
    return tuple(sorted(readings, key=lambda reading: reading.key))


def _is_reading(path: str) -> bool:
    _, lymph_node, name = path.split("/")
    return layout.reading_key(lymph_node, name.removesuffix(layout.RECORD_SUFFIX)) is not None
