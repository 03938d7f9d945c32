"""What may be said of how a CT was acquired: known words and plausible numbers, put together anew.

Free text of a header ("kernel", "model") may hold a person's name, a date or a telephone number where nobody expects
it. Such a text is never handed on, not even in part: what comes out is written from the lists here, in their spelling,
and a number only where a kernel, a model or a dose of contrast agent has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from string import ascii_letters, digits
from types import MappingProxyType
from typing import Any, Literal

from RLNResponseLib.imaging.records import Acquisition

# What a text becomes of which no word is known: something was stated, but it is not kept.
UNRECOGNISED = "other"

_LONGEST_TEXT = 64
_PIECES = re.compile(r"[A-Za-z]+\+?|[0-9]+|[^A-Za-z0-9]+")
# Siemens: B30f, I31f, Br40d; Toshiba and Canon: FC08.
_KERNEL_CODE = re.compile(
    r"(?<![A-Za-z0-9])([BTHUCSIJ]|B[rlfv]|H[rlfvcp]|Qr|U[rb]|S[ar]|Tr|FC|FL)([0-9]{2})([a-z]?)(?![A-Za-z0-9])",
    re.I | re.A,
)
# What may stand between two words of a text that is known as a whole, and at most how many of them.
_BETWEEN = frozenset(" -_/\\.,&()")
_MOST_BETWEEN = 3
# Of a text with unknown parts, shorter words are as well initials or a short name.
_SHORTEST_ALONE = 3
_LARGEST_VOLUME_ML = 200
_LONGEST_NUMBER = 4
# They would fall apart into single letters.
_ABBREVIATIONS = tuple(
    (re.compile(rf"(?<![A-Za-z0-9]){short}", re.I | re.A), word)
    for short, word in ((r"w[/\\]o(?![A-Za-z0-9])", "without"), (r"i\.v\.", "IV"), (r"p\.o\.", "PO"))
)
_NO_WORDS: Mapping[str, str] = MappingProxyType({})
# What negates must not be lost.
_NEGATIONS = {
    **dict.fromkeys(("ohne", "sans", "sin", "sine", "senza", "sem", "zonder", "bez", "utan", "uden"), "without"),
    **dict.fromkeys(("kein", "keine", "keins", "nessuno", "ninguno", "aucun"), "none"),
}


@dataclass(frozen=True, kw_only=True)
class _Vocabulary:
    """What one text may say.

    Attributes
    ----------
    spellings
        Every word in small letters → as it is written.
    short
        Words that are kept beside unknown ones although they are short, where they are written so.
    numbers
        That may stand in it, none directly after another.
    units
        Words before which a volume may stand: "100 ml".

    """

    spellings: Mapping[str, str]
    short: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()
    units: frozenset[str] = frozenset()


def _spelled(words: str, others: Mapping[str, str] = _NO_WORDS) -> dict[str, str]:
    """`words` by their small letters; `others` are written as one of them."""
    return {word.lower(): word for word in words.split()} | dict(others)


_AGENT_SHORT = frozenset({"IV", "PO", "no", "NO", "No"})
_VOCABULARIES: Mapping[str, _Vocabulary] = MappingProxyType(
    {
        "modality": _Vocabulary(
            spellings=_spelled(
                "CT MR PT NM US CR DX DR MG XA RF OT SC SR PR KO SEG REG RTSTRUCT RTDOSE RTPLAN RTIMAGE RTRECORD DOC "
                "ES XC GM SM OP OPT OCT IVUS HD ECG FID BI LS TG PX IO BMD unknown"
            ),
            short=frozenset({"CT", "MR", "PT"}),
        ),
        "kernel": _Vocabulary(
            spellings=_spelled(
                "Standard Stnd Std Soft Bone BonePlus Lung Detail Edge Chst Chest Ultra Smooth Sharp Body Head Brain "
                "Medium Abdomen Tissue Mediastinum Enhanced ASIR SAFIRE ADMIRE iDose HD HDPlus LCD FC FL YA YB YC YD "
                "YE UA UB UC EA EB EC CA CB CC DA A B C D E F G H I J K L R S T U"
            ),
            numbers=frozenset(range(1, 6)),
        ),
        "contrast_agent": _Vocabulary(
            spellings=_spelled(
                "IV intravenous intravenously oral orally PO rectal rectally and with without no none nil non contrast "
                "contrasted noncontrast agent medium media dye bolus enhanced unenhanced yes applied given injection "
                "ionic nonionic ml cc mg mgi iodine iodinated Omnipaque Omni Ultravist Isovue Iopamiron Iopamiro "
                "Solutrast Visipaque iohexol iopamidol iopromide iomeprol iodixanol ioversol ioxitalamate ioxilan "
                "iobitridol Optiray Iomeron Imeron Xenetix Accupaque Oxilan Conray Telebrix Hexabrix Scanlux Gastro "
                "Gastrografin Gastrographin barium water saline simulated",
                _NEGATIONS | {"w": "with"},
            ),
            short=_AGENT_SHORT,
            numbers=frozenset({140, 150, 180, 200, 240, 250, 270, 280, 300, 320, 350, 355, 370, 400}),
            units=frozenset({"ml", "cc"}),
        ),
        "contrast_route": _Vocabulary(
            spellings=_spelled(
                "IV intravenous intravenously oral orally PO rectal rectally and with without no none nil non contrast "
                "bolus injection yes",
                _NEGATIONS | {"w": "with"},
            ),
            short=_AGENT_SHORT,
        ),
        "manufacturer": _Vocabulary(
            spellings=_spelled(
                "GE Medical Systems Healthcare Siemens Healthineers Philips Toshiba Canon Hitachi Fujifilm Neusoft "
                "United Imaging UIH Shimadzu Picker Marconi Elscint ADAC CMS Varian Elekta Brainlab Samsung "
                "NeuroLogica Mediso Corporation Company Inc Ltd GmbH AG simulated"
            ),
            short=frozenset({"GE"}),
        ),
        "model_name": _Vocabulary(
            spellings=_spelled(
                "LightSpeed VCT BrightSpeed Discovery Revolution Optima HiSpeed HiLight CT Apex EVO GSI HD ST STE RX "
                "Pro Plus Ultra QX NX i IQ SOMATOM Sensation Definition AS AS+ Edge Flash Force Drive Emotion Esprit "
                "Balance Spirit Volume Zoom Access Scope Perspective Confidence Cardiac Open Select go Up Now All Top "
                "Sim X cite Biograph mCT Horizon Vision Vantage TruePoint Brilliance Ingenuity iCT IQon Incisive Mx "
                "Big Bore Gemini TF GXL Duo Dual Asteion Aquilion One Prime Genesis Lightning Exceed LB CXL Activion "
                "Alexion Scenaria Supria Eclos Pronto NeuViz uCT uMI Naeotom Alpha PET Spectral Elite CERR Slice Power "
                "IDT SP Pinnacle"
            ),
            numbers=frozenset(
                {2, 3, 4, 6, 8, 10, 16, 20, 32, 40, 64, 80, 85, 128, 160, 256, 320, 510, 512, 520, 528, 530, 540, 550}
                | {560, 580, 590, 600, 610, 640, 660, 670, 680, 690, 710, 730, 750, 760, 768, 780, 820, 850, 860, 960}
                | {968, 6000, 7500, 8000}
            ),
        ),
    }
)

# Least and most that a scanner states. Real headers state exposures of 5,000 mAs, wrongly, and get a warning for it.
_PLAUSIBLE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "kilovoltage_kv": (20.0, 200.0),
        "tube_current_ma": (0.1, 3_000.0),
        "exposure_mas": (0.01, 10_000.0),
        "slice_thickness_mm": (0.01, 50.0),
        "scan_delay_s": (0.0, 600.0),
    }
)


def known_acquisition(acquisition: Acquisition) -> Acquisition:
    """The acquisition in known words and plausible numbers.

    Parameters
    ----------
    acquisition
        As the headers state it.

    Returns
    -------
    Acquisition
        Every text written anew by `known_text`. None is a number that no scanner states, and a contrast agent that is
        stated without a letter.
    """
    found: dict[str, Any] = {}
    for each in fields(Acquisition):
        value = getattr(acquisition, each.name)
        if isinstance(value, str):
            says_nothing = each.name.startswith("contrast") and not any(map(str.isalpha, value))
            found[each.name] = None if says_nothing else known_text(each.name, value)
        elif value is not None:
            least, most = _PLAUSIBLE[each.name]
            found[each.name] = value if least <= value <= most else None
    return replace(acquisition, **found)


def known_text(name: str, text: str) -> str:
    """A text of the header written anew from the words that are known.

    Where all of it is known, its words and numbers stand in their order. Where anything is not, only words of three
    letters and more are left, and no number beside them: it may be a year of birth.

    Parameters
    ----------
    name
        Field of `Acquisition`.
    text
        What the header states.

    Returns
    -------
    str
        "other" where no word is known.

    Examples
    --------
    >>> known_text("model_name", "Sensation 64"), known_text("model_name", "Sensation 64 Kowalski")
    ('Sensation 64', 'Sensation')
    >>> known_text("kernel", "B30f"), known_text("kernel", "Kowalski 1958")
    ('B30f', 'other')
    """
    if len(text) > _LONGEST_TEXT:
        return UNRECOGNISED
    for pattern, word in _ABBREVIATIONS:
        text = pattern.sub(word, text)
    pieces = tuple(_pieces(name, text.strip()))
    if _is_known_whole(pieces, _VOCABULARIES[name]):
        return "".join(piece.written for piece in pieces)
    return " ".join(piece.written for piece in pieces if piece.alone) or UNRECOGNISED


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A word, a number or what stands between.

    Attributes
    ----------
    kind
        What it is; a word of one letter is a letter.
    written
        As the lists write it; empty for what is unknown.
    alone
        Whether it may stand without the rest of its text.

    """

    kind: Literal["word", "letter", "number", "between", "unknown"]
    written: str
    alone: bool = False


_UNKNOWN = _Piece(kind="unknown", written="")


def _pieces(name: str, text: str) -> Iterator[_Piece]:
    vocabulary, place = _VOCABULARIES[name], 0
    for code in _KERNEL_CODE.finditer(text) if name == "kernel" else ():
        yield from _plain_pieces(vocabulary, text[place : code.start()])
        yield _Piece(kind="word", written=_kernel_code(code), alone=True)
        place = code.end()
    yield from _plain_pieces(vocabulary, text[place:])


def _plain_pieces(vocabulary: _Vocabulary, text: str) -> Iterator[_Piece]:
    for piece in _PIECES.findall(text):
        if piece[0] in ascii_letters:
            yield _word(vocabulary, piece)
        elif piece[0] in digits:
            is_short = len(piece) <= _LONGEST_NUMBER and piece[0] != "0"
            yield _Piece(kind="number", written=str(int(piece))) if is_short else _UNKNOWN
        elif set(piece) <= _BETWEEN and len(piece) <= _MOST_BETWEEN:
            yield _Piece(kind="between", written="".join(sign for sign in piece if sign in _BETWEEN))
        else:
            yield _UNKNOWN


def _word(vocabulary: _Vocabulary, piece: str) -> _Piece:
    own = vocabulary.spellings.get(piece.lower())
    if own is None:
        return _UNKNOWN
    if piece.isupper():
        own = own.upper()
    elif piece.islower():
        own = own.lower()
    alone = len(own) >= _SHORTEST_ALONE or piece in vocabulary.short
    return _Piece(kind="letter" if len(own) == 1 else "word", written=own, alone=alone)


def _kernel_code(code: re.Match[str]) -> str:
    family, number, letter = code.groups()
    return f"{family}{int(number):02d}{letter}"


def _is_known_whole(pieces: Sequence[_Piece], vocabulary: _Vocabulary) -> bool:
    """Whether every piece is known, and every number where a kernel, a model or a dose has one."""
    said = [piece for piece in pieces if piece.kind != "between"]
    if not said or sum(piece.kind == "letter" for piece in said) > 1:
        return False
    neighbours = zip((_UNKNOWN, *said), said, (*said[1:], _UNKNOWN), strict=False)
    return all(
        _is_number_in_place(before, int(piece.written), following, vocabulary)
        if piece.kind == "number"
        else piece is not _UNKNOWN
        for before, piece, following in neighbours
    )


def _is_number_in_place(before: _Piece, number: int, following: _Piece, vocabulary: _Vocabulary) -> bool:
    if following.written.lower() in vocabulary.units and number <= _LARGEST_VOLUME_ML:
        return True
    return number in vocabulary.numbers and before.kind in ("word", "letter")
