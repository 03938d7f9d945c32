"""A fitted card's ID, and what it keeps of its training lymph nodes, so that they are known again in a validation."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

from RLNResponseLib.common.identities import spellings
from RLNResponseLib.common.types import Floats


def card_identifier(stem: str) -> str:
    """The ID of a card.

    Parameters
    ----------
    stem
        Its file's name without the ending.

    Returns
    -------
    str

    Examples
    --------
    >>> card_identifier("score of 2026!")
    'score-of-2026'
    """
    # The ID of an ID is itself, since fingerprints are salted with it.
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem)[:64].strip("-._") or "model"


def fingerprints(identifier: str, patients: Iterable[str]) -> list[str]:
    """Patients' codes as a card keeps them: enough to see that a validation patient was a training patient.

    Pseudonyms, not secrets: who guesses a code can confirm it, so a study's codes must not be hospital numbers.

    Parameters
    ----------
    identifier
        The card's ID, which salts the hashes.
    patients
        The patients.

    Returns
    -------
    list of str
    """
    salt = card_identifier(identifier)
    return sorted({hashlib.sha256(f"{salt}\0{patient}".encode()).hexdigest()[:16] for patient in patients})


def row_fingerprints(identifier: str, features: Floats) -> list[str]:
    """The selected features of lymph nodes as a card keeps them: enough to see that a row made the score.

    Parameters
    ----------
    identifier
        The card's ID, which salts the hashes.
    features
        (n, p), the formula's features in its order.

    Returns
    -------
    list of str
        One a row. Twelve digits count, as many as every program writes.
    """
    salt = card_identifier(identifier)
    # −0 and 0 are one value.
    texts = (",".join(f"{value:.12g}" for value in row) for row in (features + 0.0).tolist())
    return [hashlib.sha256(f"{salt}\0{text}".encode()).hexdigest()[:16] for text in texts]


def recognised(identifier: str, patients: Iterable[str], known: Collection[str]) -> list[str]:
    """`fingerprints`, each of the spelling that the card knows: a spreadsheet makes 123 of 00123, pandas 123.0.

    Parameters
    ----------
    identifier
        The card's ID, which salts the hashes.
    patients
        The patients.
    known
        Fingerprints that the card keeps.

    Returns
    -------
    list of str
    """
    kept = set(known)
    found = set()
    for patient in set(patients):
        each = [fingerprints(identifier, [spelling])[0] for spelling in spellings(patient)]
        found.add(next((one for one in each if one in kept), each[0]))
    return sorted(found)
