"""One digest for all records of a study: the root of a hash tree (Merkle 1987) over what the log says was made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_BUCKETS = 256


@dataclass(frozen=True)
class RecordsRoot:
    """All records that a line of the log vouches for.

    Attributes
    ----------
    count
        How many.
    root
        Root of the tree (`RecordsTree`), 64 hexadecimal digits.

    """

    count: int
    root: str


class RecordsTree:
    """A hash tree over the records that were made, by their path; the same for the same records in any order.

    A leaf is SHA-256(0x00 ‖ path ‖ 0x00 ‖ digest of the record's file). Leaves go into 256 buckets by the first byte of
    SHA-256(path), sorted; a bucket is SHA-256(0x01 ‖ its leaves), the root SHA-256(0x02 ‖ the 256 buckets). Leaves,
    buckets and root begin with bytes of their own, so that none passes for another (RFC 6962, 2.1).

    Examples
    --------
    >>> one, other = RecordsTree(), RecordsTree()
    >>> one.add([("images/CT1.json", "ab" * 32), ("images/CT2.json", "cd" * 32)])
    >>> other.add([("images/CT2.json", "cd" * 32), ("images/CT1.json", "ab" * 32)])
    >>> one.root() == other.root(), one.root().count, one.root().root == RecordsTree().root().root
    (True, 2, False)

    """

    def __init__(self) -> None:
        self._records: list[dict[str, str]] = [{} for _ in range(_BUCKETS)]
        self._buckets = [_bucket({})] * _BUCKETS
        # Whose digest is made when the root is asked: a log of thousands of marks is read without one.
        self._changed: set[int] = set()

    def add(self, records: Iterable[tuple[str, str]]) -> None:
        """Take records in: path and SHA-256 of the file. Of two digests of one path the greater one counts."""
        for path, sha256 in records:
            place = hashlib.sha256(path.encode()).digest()[0]
            bucket = self._records[place]
            if bucket.get(path, "") < sha256:
                bucket[path] = sha256
                self._changed.add(place)

    def root(self) -> RecordsRoot:
        """The root, and how many records it is of."""
        for place in self._changed:
            self._buckets[place] = _bucket(self._records[place])
        self._changed.clear()
        return RecordsRoot(sum(map(len, self._records)), _root(self._buckets))

    def root_with(self, records: Iterable[tuple[str, str]]) -> RecordsRoot:
        """The root that the tree would have with more records; the tree stays as it is."""
        here = self.root()
        added: dict[int, dict[str, str]] = {}
        count = here.count
        for path, sha256 in records:
            place = hashlib.sha256(path.encode()).digest()[0]
            bucket = added.setdefault(place, dict(self._records[place]))
            count += path not in bucket
            bucket[path] = max(bucket.get(path, ""), sha256)
        buckets = list(self._buckets)
        for place, bucket in added.items():
            buckets[place] = _bucket(bucket)
        return RecordsRoot(count, _root(buckets))


def _root(buckets: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\x02" + b"".join(buckets)).hexdigest()


def _bucket(records: Mapping[str, str]) -> bytes:
    leaves = sorted(
        hashlib.sha256(b"\x00" + path.encode() + b"\x00" + bytes.fromhex(sha256)).digest()
        for path, sha256 in records.items()
    )
    return hashlib.sha256(b"\x01" + b"".join(leaves)).digest()
