"""What would change a score's group, in words."""

from __future__ import annotations

from RLNResponseLib.common.wording import number, signed
from RLNResponseLib.features.boundary_moves import ALL_AROUND, BoundaryPlace
from RLNResponseLib.modelling.counterfactual import Counterfactual
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.report.text.sentences import Sentence

# From here on a volume is said in cm³.
_CM3_FROM_MM3 = 100.0


def counterfactual_sentences(score: ScoreResult, found: Counterfactual) -> tuple[Sentence, ...]:
    """What would change one score's group, for every surface.

    Parameters
    ----------
    score
        Of the contour as it is.
    found
        What was found of it.

    Returns
    -------
    tuple of Sentence
    """
    words = [change_words(score, found)]
    if slope := slope_words(found):
        words.append(slope)
    return tuple(Sentence(kind="statement", text=f"{score.model.title}: {each}", indent=2) for each in words)


def change_words(score: ScoreResult, found: Counterfactual) -> str:
    """The least redrawing that changes the group: "0.4 cm³ less at the cranial edge would make it non-responder …".

    Parameters
    ----------
    score
        Of the contour as it is.
    found
        What was found of it.

    Returns
    -------
    str
    """
    if found.withheld is not None:
        return "its group is withheld, so nothing is said of what would change it"
    cutoff = f"cutoff {number(score.model.cutoff.value)}"
    change = found.smallest
    if change is None:
        return (
            f"no change tried, of up to {found.reach_mm:g} mm of the boundary at any one of {len(found.effects)} "
            f"places or all around, changes the group ({score.group}, score {number(score.score)}, {cutoff})"
        )
    more = "more" if change.is_outward else "less"
    moved = f"the boundary {'out' if change.is_outward else 'in'} by up to {change.depth_mm:g} mm"
    return (
        f"{volume_words(change.volume_mm3)} {more} {_at(change.place)} would make it {change.group} ({moved}: score "
        f"{number(change.score)}, {cutoff})"
    )


def slope_words(found: Counterfactual) -> str:
    """Where on its boundary a contour moves the score most; "" where nothing is known.

    Parameters
    ----------
    found
        What was found of a score.

    Returns
    -------
    str
    """
    known = [(effect, effect.per_mm) for effect in found.effects if effect.per_mm is not None]
    if not known:
        return ""
    most, slope = max(known, key=lambda each: abs(each[1]))
    return f"moved most by the boundary {_at(most.place)}: {signed(slope)} for each mm further out"


def volume_words(volume_mm3: float) -> str:
    """A volume with two digits, in cm³ from a tenth of one on.

    Parameters
    ----------
    volume_mm3
        Above 0.

    Returns
    -------
    str

    Examples
    --------
    >>> [volume_words(volume) for volume in (4.6, 69.4, 404.6, 6493.5, 12_345.0)]
    ['4.6 mm³', '69 mm³', '0.40 cm³', '6.5 cm³', '12 cm³']
    """
    value, unit = (volume_mm3, "mm³") if volume_mm3 < _CM3_FROM_MM3 else (volume_mm3 / 1000, "cm³")
    return f"{value:.{max(0, 1 if value >= 1 else 2) if value < 10 else 0}f} {unit}"


def _at(place: BoundaryPlace) -> str:
    return place.words if place.words == ALL_AROUND else f"at the {place.words.replace(' ', '-')} edge"
