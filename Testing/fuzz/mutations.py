"""What is done to bytes and to lines of text: what a broken disk, a broken writer or an attacker would do."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable

# In the place of a number.
EXTREMES = (
    *("0", "-1", "1", "nan", "NaN", "inf", "-inf", "1e308", "-1e308", "1e-300", "1e400", "2147483648", "-2147483649"),
    *("1000000000000000", "9223372036854775808", "18446744073709551616", "1" * 1000, "1" * 5000, "1_000", "٣", "0x10"),
    *("1e999999999", "1,5", "--1", "", " "),
)
# In the place of a word.
WORDS = (
    *("", "x" * 1000, "x" * 70_000, "\x1b[31m\x1b]0;owned\x07", "\r", "\0", "\u202eabc", "'; --", "=1+1", "../../x"),
    *("/dev/zero", "-", "%s%s%n", "{{7*7}}", "\ud800", "\N{COMBINING ACUTE ACCENT}" * 500, "\ufeff", "true", "null"),
)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9.-]*")
_INTEGERS = (0, 1, -1, 2**15 - 1, -(2**15), 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**32 - 1, 0x7FC00000, 0xFF800000)

Mutation = Callable[[random.Random, bytes], bytes]


def flip_bits(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    # Most of them where the header is.
    end = len(data) if rng.random() < 0.4 else min(len(data), 600)
    for _ in range(rng.choice((1, 1, 2, 5, 20, 100))):
        changed[rng.randrange(end)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.choice((0, 1, 4, rng.randrange(len(data)), len(data) - 1, rng.randrange(min(len(data), 400))))]


def insert(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.randbytes(rng.choice((1, 2, 16, 1000))) + data[place:]


def remove(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + data[place + rng.choice((1, 2, 8, 200)) :]


def repeat(rng: random.Random, data: bytes) -> bytes:
    begin = rng.randrange(len(data))
    piece = data[begin : begin + rng.choice((1, 16, 128, 1000))]
    return data[:begin] + piece * rng.choice((2, 3, 1000)) + data[begin:]


def blank(rng: random.Random, data: bytes) -> bytes:
    begin = rng.randrange(len(data))
    length = min(len(data) - begin, rng.choice((1, 4, 64, 4096)))
    return data[:begin] + bytes([rng.choice((0, 0xFF, 0x20))]) * length + data[begin + length :]


def overwrite_number(rng: random.Random, data: bytes) -> bytes:
    """A binary number in place of what stood there: a length, an offset, a size."""
    form = rng.choice(("<H", ">H", "<I", ">I", "<Q", "<d", "<f"))
    length = struct.calcsize(form)
    if form in {"<d", "<f"}:
        packed = struct.pack(form, rng.choice((0.0, -1.0, float("nan"), float("inf"), 1e30, 1e-30)))
    else:
        packed = struct.pack(form, rng.choice(_INTEGERS) % 2 ** (8 * length))
    begin = rng.randrange(min(len(data), 600) if rng.random() < 0.6 else len(data))
    return (data[:begin] + packed + data[begin + length :])[: max(len(data), begin + length)]


def noise(rng: random.Random, data: bytes) -> bytes:
    """Its first bytes, by which it is recognised, and nothing else of it."""
    kept = rng.choice((0, 4, 8, 132, 352))
    return data[:kept] + rng.randbytes(rng.choice((0, 10, 1000, 20_000)))


def double(_rng: random.Random, data: bytes) -> bytes:
    return data + data


def swap(rng: random.Random, data: bytes) -> bytes:
    one, other = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    return data[one:other] + data[:one] + data[other:]


BYTES: tuple[Mutation, ...] = (
    flip_bits, cut, insert, remove, repeat, blank, overwrite_number, noise, double, swap,
)  # fmt: skip


def _replaced(rng: random.Random, data: bytes, pattern: re.Pattern[bytes], values: tuple[str, ...]) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return insert(rng, data)
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(values).encode("utf-8", "surrogatepass") + data[one.end() :]


def extreme_number(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, _NUMBER, EXTREMES)


def odd_word(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, _WORD, WORDS)


def extreme_word(rng: random.Random, data: bytes) -> bytes:
    """A number where a word was."""
    return _replaced(rng, data, _WORD, EXTREMES)


def _line_change(change: Callable[[random.Random, list[bytes], int], object]) -> Mutation:
    def mutate(rng: random.Random, data: bytes) -> bytes:
        lines = data.split(b"\n")
        change(rng, lines, rng.randrange(len(lines)))
        return b"\n".join(lines)

    mutate.__name__ = change.__name__
    return mutate


def drop_line(_rng: random.Random, lines: list[bytes], place: int) -> object:
    return lines.pop(place)


def repeat_line(rng: random.Random, lines: list[bytes], place: int) -> None:
    lines[place:place] = [lines[place]] * rng.choice((1, 2, 5000))


def move_line(rng: random.Random, lines: list[bytes], place: int) -> None:
    lines.insert(rng.randrange(len(lines)), lines.pop(place))


def odd_line(rng: random.Random, lines: list[bytes], place: int) -> None:
    odd = (
        b"",
        b"\r",
        b"\xff\xfe",
        b'"',
        b"x" * 1000,
        b"," * 3000,
        b"\0" * 10,
        b"[" * 20_000,
        b"key:=value",
        b"a: b",
        b"#",
    )
    lines.insert(place, rng.choice(odd))


def long_line(rng: random.Random, lines: list[bytes], place: int) -> None:
    lines[place] += rng.choice((b" ", b"1", b"x", b",", b'"', b"(1,0,0) ")) * rng.choice((300, 1000, 200_000))


TEXT: tuple[Mutation, ...] = (
    extreme_number, extreme_number, extreme_number, odd_word, odd_word, extreme_word,
    *map(_line_change, (drop_line, repeat_line, move_line, odd_line, long_line)),
)  # fmt: skip


def of_bytes(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """One mutation of bytes, and its name. What is empty stays so."""
    mutation = rng.choice(BYTES)
    return mutation.__name__, mutation(rng, data) if data else data


def of_text(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """One to three mutations of text, now and then of its bytes."""
    names = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        mutation = rng.choice(TEXT if rng.random() < 0.85 else BYTES)
        names.append(mutation.__name__)
        data = mutation(rng, data) if data else data
    return "+".join(names), data


def of_header(rng: random.Random, data: bytes, end: int) -> tuple[str, bytes]:
    """Text up to `end`, voxels behind it: mostly the text is changed."""
    if rng.random() < 0.3:
        return of_bytes(rng, data)
    name, header = of_text(rng, data[:end])
    return f"header {name}", header + data[end:]
