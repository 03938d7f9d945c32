"""Who was blinded to what, as far as a study's records and log say: for the sentences of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from RLNResponseLib.study import layout
from RLNResponseLib.study.after_unblinding import AfterUnblinding, after_unblinding
from RLNResponseLib.study.corrections import corrections_after_seeing
from RLNResponseLib.study.records import Reading, Unblinding
from RLNResponseLib.study.sealed import sealed_part
from RLNResponseLib.study.study import Study

DRAWN_HERE, IMPORTED = "Segment Editor", "imported contour"


@dataclass(frozen=True, kw_only=True)
class BlindingEvidence:
    """What a study shows of its blinding; of readings that were locked before unblinding.

    Attributes
    ----------
    unblinding
        The study's; None while it is blinded.
    drawn
        Readings that were drawn in this software, which showed their reader nothing that was sealed.
    imported
        Readings that were taken from files: where and by whom they were drawn, and what was seen, nobody recorded here.
    elsewhere
        Readings of another source by the source's words; "not recorded" where none is known.
    other_round
        Corrections that were made while blinded by readers who could see their own contour of the other round.
    other_protocols
        Readings that were locked under another text of the protocol than the one that holds.
    after
        What was done after unblinding.

    """

    unblinding: Unblinding | None
    drawn: int
    imported: int
    elsewhere: Mapping[str, int]
    other_round: int
    other_protocols: int
    after: AfterUnblinding


def blinding_evidence(study: Study) -> BlindingEvidence:
    """What an unblinded study shows of its blinding.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    BlindingEvidence

    Raises
    ------
    DataRefusedError
        blinded, sealed-part-changed, unreadable-study.

    """
    study.refuse_while_blinded("Where contours come from")
    after = after_unblinding(study)
    late = {*after.readings, *after.corrections}
    before = [reading for reading in study.readings() if f"{reading.key.lymph_node}/{reading.key.name}" not in late]
    sources = Counter(_source(study, reading) for reading in before)
    imported = sum(count for source, count in sources.items() if source.startswith(IMPORTED))
    holding = study.protocol_and_digest()[1]
    return BlindingEvidence(
        unblinding=study.unblinding(),
        drawn=sources[DRAWN_HERE],
        imported=imported,
        elsewhere={
            source: count
            for source, count in sorted(sources.items())
            if source != DRAWN_HERE and not source.startswith(IMPORTED)
        },
        other_round=corrections_after_seeing(study).other_round,
        other_protocols=sum(reading.protocol_sha256 != holding for reading in before),
        after=after,
    )


def _source(study: Study, reading: Reading) -> str:
    source = sealed_part(study, reading).source
    if source is None:  # earlier versions had it in the record
        source = study.store.read(layout.reading_path(reading.key, layout.RECORD_SUFFIX)).content.get("source")
    return str(source or "not recorded")
