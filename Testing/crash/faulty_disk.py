"""A disk that fails at a chosen call: what a program asks of one folder is counted, and at the n-th call the disk
refuses, loses its answer, is full from there on, takes half, or the program or the whole computer dies.

Counted are open for writing, write, fsync, rename, link, unlink, mkdir, rmdir and chmod, where Python makes them (`os`,
`io.open` and so `pathlib`, `tempfile`, `shutil`). What a C++ library writes by itself (ITK, Arrow) is one piece between
two calls; a power cut halves it all the same, as it halves whatever was not forced to the disk.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from unittest import mock

Kind = Literal["ENOSPC", "EIO", "EACCES", "answer lost", "disk full", "short write", "killed", "torn", "power cut"]
# One call fails, and the program goes on: it must say so in a sentence, or have done what it was asked.
ERRORS: tuple[Kind, ...] = ("ENOSPC", "EIO", "EACCES", "answer lost", "disk full", "short write")
# The program does nothing any more.
DEATHS: tuple[Kind, ...] = ("killed", "torn", "power cut")
KINDS = (*ERRORS, *DEATHS)
# These end in the middle of a write, so they need one.
OF_WRITES: tuple[Kind, ...] = ("short write", "torn")

_NEED_SPACE = {"open", "write", "mkdir", "link"}


class KilledError(BaseException):
    """The program died here. Nobody catches it, and what `finally` still asks of the disk is not done."""


@dataclass(frozen=True)
class Fault:
    """What happens at which call.

    Attributes
    ----------
    kind
        What.
    at
        The number of the call, from 1.
    """

    kind: Kind
    at: int


@dataclass
class FaultyDisk:
    """Counts the calls to one folder, and strikes once.

    Attributes
    ----------
    root
        Calls to it and to what lies in it count; all others pass.
    fault
        None lets everything pass.
    die
        Ends the program; raises `KilledError` where None, and the disk does nothing for this program from there on.
    calls
        What was asked so far: "write audit/ward-0001.jsonl".
    """

    root: Path
    fault: Fault | None = None
    die: Callable[[], None] | None = None
    calls: list[str] = field(default_factory=list)
    is_dead: bool = False
    _is_full: bool = False
    _places: dict[int, str] = field(default_factory=dict)
    _forced: dict[int, int] = field(default_factory=dict)
    _undo: list[tuple[str, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Compared as they are written: nothing here follows a link.
        self._prefix = f"{os.path.abspath(self.root)}{os.sep}"  # noqa: PTH100
        self._forced = {status.st_ino: status.st_size for _, status in self._files()}

    @contextmanager
    def inserted(self) -> Iterator[FaultyDisk]:
        """This disk under the program, as long as the context lasts."""
        self._real = {name: getattr(os, name) for name in (*_ONE_NAME, *_TWO_NAMES, "open", "close", "write", "fsync")}
        self._real_open = io.open
        stand_ins: dict[str, Callable[..., Any]] = {
            "open": self._open,
            "close": self._close,
            "write": self._write,
            "fsync": self._fsync,
        }
        stand_ins |= {name: self._of_one_name(name) for name in _ONE_NAME}
        stand_ins |= {name: self._of_two_names(name) for name in _TWO_NAMES}
        with (
            mock.patch.multiple(os, **stand_ins),
            mock.patch.object(io, "open", self._open_file),
            mock.patch.object(builtins, "open", self._open_file),
        ):
            yield self

    def force(self, number: int) -> None:
        """What stands in the file of this descriptor outlives a power cut, and the names of this folder do."""
        status = os.fstat(number)
        self._forced[status.st_ino] = status.st_size
        place = self._places[number]
        self._undo = [(folder, undo) for folder, undo in self._undo if folder != place]

    def call(self, what: str, place: str, act: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        """One call: counted, and done unless the fault strikes."""
        if self.is_dead:
            raise KilledError
        self.calls.append(f"{what} {place.removeprefix(self._prefix)}")
        if self._is_full and what in _NEED_SPACE:
            raise _refusal(errno.ENOSPC, place)
        if self.fault is None or len(self.calls) != self.fault.at:
            return act()
        kind = self.fault.kind
        if kind in DEATHS:
            if kind == "torn" and half is not None:
                half()
            if kind == "power cut":
                self._cut_power()
            if self.die is not None:
                self.die()
            self.is_dead = True
            raise KilledError
        if kind == "disk full":
            self._is_full = True
            if what not in _NEED_SPACE:
                return act()
        elif kind == "short write" and half is not None:
            half()
        elif kind == "answer lost":
            made = act()
            if what == "open":
                os.close(made) if isinstance(made, int) else made.close()
            raise _refusal(errno.EIO, place)
        raise _refusal(getattr(errno, kind, errno.ENOSPC), place)

    def _cut_power(self) -> None:
        """What was not forced to the disk is half there; names that were not, are as they were."""
        for _, undo in reversed(self._undo):
            with suppress(OSError):  # its folder has another name by now
                undo()
        for path, status in self._files():
            forced = self._forced.get(status.st_ino, 0)
            if status.st_size > forced:
                os.truncate(path, forced + (status.st_size - forced) // 2)

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118
                yield path, os.stat(path)  # noqa: PTH116

    def _place(self, path: Any, folder: int | None = None) -> str | None:
        """Where a path lies, None where it is none of ours."""
        if isinstance(path, int):
            return self._places.get(path)
        name = os.fsdecode(path)
        if folder is not None and folder in self._places:
            return f"{self._places[folder]}{os.sep}{name}"
        name = os.path.abspath(name)  # noqa: PTH100
        return name if f"{name}{os.sep}".startswith(self._prefix) else None

    def _open(self, path: Any, flags: int, *arguments: Any, dir_fd: int | None = None, **options: Any) -> int:
        place = self._place(path, dir_fd)

        def act() -> int:
            return self._real["open"](path, flags, *arguments, dir_fd=dir_fd, **options)

        if place is None:
            return act()
        number = self.call("open", place, act) if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else act()
        self._places[number] = place
        return number

    def _close(self, number: int) -> None:
        self._places.pop(number, None)
        self._real["close"](number)

    def _write(self, number: int, content: Any) -> int:
        def act(part: Any = content) -> int:
            return self._real["write"](number, part)

        place = self._places.get(number)
        return (
            act() if place is None else self.call("write", place, act, lambda: act(bytes(content)[: len(content) // 2]))
        )

    def _fsync(self, number: int) -> None:
        place = self._places.get(number)
        if place is None:
            self._real["fsync"](number)
        else:
            # The real one would only take time: what is forced is kept in `_forced`.
            self.call("fsync", place, lambda: self.force(number))

    def _of_one_name(self, name: str) -> Callable[..., Any]:
        def stand_in(path: Any, *arguments: Any, dir_fd: int | None = None, **options: Any) -> Any:
            if dir_fd is not None:
                options["dir_fd"] = dir_fd
            place = self._place(path, dir_fd)
            if place is None:
                return self._real[name](path, *arguments, **options)

            def act() -> Any:
                put_back = self._before_it_goes(place) if name in ("unlink", "remove") else None
                done = self._real[name](path, *arguments, **options)
                if put_back is not None:
                    self._can_be_undone(place, put_back)
                if name == "mkdir":
                    self._can_be_undone(place, lambda: shutil.rmtree(place))
                return done

            return self.call("unlink" if name == "remove" else name, place, act)

        return stand_in

    def _of_two_names(self, name: str) -> Callable[..., Any]:
        def stand_in(source: Any, target: Any, **options: Any) -> Any:
            old, new = self._place(source), self._place(target)
            if old is None or new is None:
                return self._real[name](source, target, **options)

            def act() -> Any:
                if name == "link":
                    done = self._real[name](source, target, **options)
                    self._can_be_undone(new, lambda: self._real["unlink"](new))
                    return done
                put_back = self._before_it_goes(new)
                done = self._real[name](source, target, **options)

                def undo() -> None:
                    self._real["rename"](new, old)
                    if put_back is not None:
                        put_back()

                self._can_be_undone(new, undo)
                return done

            return self.call("link" if name == "link" else "rename", new, act)

        return stand_in

    def _before_it_goes(self, place: str) -> Callable[[], None] | None:
        """Puts back the file that has this name now; None where there is none."""
        try:
            with io.FileIO(place) as file:
                content, status = file.readall(), os.fstat(file.fileno())
        except OSError:
            return None
        forced = self._forced.get(status.st_ino, 0)
        if status.st_nlink == 1:  # the next file may get this inode
            self._forced.pop(status.st_ino, None)

        def put_back() -> None:
            with io.FileIO(place, "w") as file:
                file.write(content)
                self._forced[os.fstat(file.fileno()).st_ino] = forced

        return put_back

    def _can_be_undone(self, place: str, undo: Callable[[], Any]) -> None:
        self._undo.append((os.path.dirname(place), undo))  # noqa: PTH120

    def _open_file(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Any,
    ) -> Any:
        place = None if isinstance(file, int) else self._place(file)
        if place is None or not set(mode) & set("wax+"):
            return self._real_open(file, mode, buffering, encoding, errors, newline, **options)
        raw = self.call("open", place, lambda: _CountedFile(self, place, mode.replace("b", "").replace("t", "")))
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)


_ONE_NAME = ("unlink", "remove", "mkdir", "rmdir", "chmod")
_TWO_NAMES = ("rename", "replace", "link")


class _CountedFile(io.FileIO):
    """A file that asks the faulty disk."""

    def __init__(self, disk: FaultyDisk, place: str, mode: str) -> None:
        super().__init__(place, mode)
        self._disk, self._where = disk, place
        disk._places[self.fileno()] = place

    def write(self, content: Any) -> int:
        if self._disk.is_dead:  # a buffer that Python empties when it forgets the file: there is no program any more
            return len(content)
        write = super().write
        return self._disk.call(
            "write", self._where, lambda: write(content), lambda: write(bytes(content)[: len(content) // 2])
        )

    def close(self) -> None:
        if not self.closed:
            self._disk._places.pop(self.fileno(), None)
        super().close()


def _refusal(number: int, place: str) -> OSError:
    return OSError(number, os.strerror(number), place)
