"""Writing a file completely or not at all, also on a share that several workstations write: first come first served, no
lock files.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place in one step.

    The temporary name keeps the suffix of `path`, which SimpleITK and matplotlib choose the format by. Whatever
    happens, `path` holds either its old content or the whole new one; the temporary file is removed on failure.

    Parameters
    ----------
    path
        The file.
    write
        Writes the content to the path that it is given.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix="".join(path.suffixes[-2:]), dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """`write_atomically` for content already in memory.

    Parameters
    ----------
    path
        The file.
    content
        What the file is to hold.
    """
    write_atomically(path, lambda temporary: temporary.write_bytes(content))


def write_text_atomically(path: Path, content: str) -> None:
    """`write_atomically` for UTF-8 text, newlines as they are.

    Parameters
    ----------
    path
        The file.
    content
        What the file is to hold.
    """
    write_bytes_atomically(path, content.encode("utf-8"))


def refuse_special_file(path: Path) -> None:
    """Refuse what is neither a file nor a folder nor absent: a pipe would be waited for, a device never ends.

    Parameters
    ----------
    path
        What is about to be read.

    Raises
    ------
    OSError
        As for any file that cannot be read.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is a pipe, a socket or a device, no regular file", str(path))


def read_regular(path: Path) -> bytes:
    """The bytes of a file that is one (`refuse_special_file`).

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        It cannot be read, or is a pipe or a device.
    """
    refuse_special_file(path)
    return path.read_bytes()


def lies_within(path: Path, root: Path) -> bool:
    """Whether a path, its symbolic links followed, lies in a folder; one that leads round in a circle lies nowhere.

    Parameters
    ----------
    path
        Of a file that need not be there.
    root
        The folder, resolved.

    Returns
    -------
    bool
    """
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a circle, by the version of Python
        return False


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable: a rename or a new file in it outlives a power cut.

    Parameters
    ----------
    folder
        The folder.
    """
    if os.name == "nt":  # Windows cannot open a folder; its rename is already journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some shares do not sync folders; they keep the order of names themselves.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are not there, and force each one's name to the disk.

    Parameters
    ----------
    folder
        The folder; one that is there already stays.

    Raises
    ------
    OSError
        The disk refuses.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


# .<stem>.<token>.tmp<suffix>. The suffix stays: SimpleITK chooses the format by it.
TEMPORARY_NAME = re.compile(r"\.(?P<stem>[^.]+)\.[0-9a-f]{16}\.tmp(?P<suffix>(?:\.[a-z-]+)+)")

# What file systems without hard links answer (FAT, some SMB servers).
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


def temporary_beside(path: Path) -> Path:
    """A name where the new content of `path` can be prepared, which no other process has.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Path
    """
    stem, dot, suffix = path.name.partition(".")
    return path.with_name(f".{stem}.{secrets.token_hex(8)}.tmp{dot}{suffix}")


def fill(temporary: Path, write: Callable[[Path], object]) -> str:
    """Let `write` make the file `temporary`, force it to the disk, and give its SHA-256.

    Whatever `write` raises is raised again, and no file is left.

    Parameters
    ----------
    temporary
        A temporary file beside the target.
    write
        Writes the content to the path that it is given.

    Returns
    -------
    str
    """
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        return file_digest(temporary)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def publish(temporary: Path, path: Path) -> None:
    """Give a filled temporary file its name, in place of whatever had it. Raises OSError.

    Parameters
    ----------
    temporary
        A temporary file beside the target.
    path
        The file.
    """
    temporary.replace(path)
    sync_folder(path.parent)


def publish_exclusively(temporary: Path, path: Path) -> None:
    """Give a filled temporary file its name, unless the name is taken: of any number of writers one succeeds.

    Raises FileExistsError where it is taken (the temporary file is gone then), OSError.

    A hard link is the one step that POSIX and NFS make atomic and exclusive; Windows' rename is. Where there are
    neither, the name is created exclusively and filled afterwards: still one winner, but a crash in between leaves a
    record that does not parse, which counts as absent.

    Parameters
    ----------
    temporary
        A temporary file beside the target.
    path
        The file.
    """
    try:
        if os.name == "nt":
            temporary.rename(path)
        else:
            _link_or_create(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes, read piece by piece. Raises OSError.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str

    Examples
    --------
    The first example of FIPS 180-2:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "abc.txt"
    ...     _ = path.write_bytes(b"abc")
    ...     file_digest(path)[:16]
    'ba7816bf8f01cfea'
    """
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_files(folder: Path, pattern: str) -> list[Path]:
    """The files below a folder whose path matches a pattern; unlike `Path.glob`, a folder that cannot be read is an
    error and not an empty one.

    Parameters
    ----------
    folder
        Where to look; one that is not there holds nothing.
    pattern
        "*.json", or with folders "*/*.json": each part as `fnmatch` reads it. Hidden names are left out.

    Returns
    -------
    list of Path
        Sorted.

    Raises
    ------
    OSError
        A folder cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "LN1").mkdir()
    ...     _ = (Path(folder) / "LN1" / "A-1.json").write_text("{}")
    ...     [path.name for path in find_files(Path(folder), "*/*.json")]
    ['A-1.json']
    """
    part, _, rest = pattern.partition("/")
    try:
        with os.scandir(folder) as entries:
            matching = [entry for entry in entries if entry.name[0] != "." and fnmatchcase(entry.name, part)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    if not rest:
        return sorted(folder / entry.name for entry in matching if entry.is_file())
    return sorted(path for entry in matching if entry.is_dir() for path in find_files(folder / entry.name, rest))


def links_are_exclusive(folder: Path) -> bool:
    """Whether the file system of a folder gives a name to one writer only, in one step: hard links, or Windows' rename.

    Parameters
    ----------
    folder
        In which two temporary files are made and removed.

    Returns
    -------
    bool
        False on FAT and some shares, where `publish_exclusively` creates the name first and fills it afterwards.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    if os.name == "nt":
        return True
    first = temporary_beside(folder / "probe.json")
    second = temporary_beside(folder / "probe.json")
    try:
        first.write_bytes(b"")
        os.link(first, second)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    finally:
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)
    return True


def _link_or_create(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        # An NFS server may have made the link and lost the answer: then both names are one file.
        if not path.samefile(temporary):
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        content = temporary.read_bytes()
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
