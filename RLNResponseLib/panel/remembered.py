"""What the panel remembers in Slicer's own settings: which door was open, where scores stand on the image, which tours
were shown.
"""

from __future__ import annotations

import slicer

_DOOR, _ON_IMAGE, _TOURS = "RLNResponse/Door", "RLNResponse/OnImage", "RLNResponse/ToursSeen"


def remembered_door(doors: tuple[str, ...]) -> str:
    """The door that was open last.

    Parameters
    ----------
    doors
        Those that there are.

    Returns
    -------
    str
        The first one where none was open yet, or one that is no more.

    """
    last = slicer.app.userSettings().value(_DOOR, doors[0])
    return last if last in doors else doors[0]


def remember_door(door: str) -> None:
    """Open this door the next time.

    Parameters
    ----------
    door
        Its name.

    """
    slicer.app.userSettings().setValue(_DOOR, door)


def remembered_on_image(places: tuple[str, ...]) -> tuple[str, ...]:
    """Where the score stands on the image.

    Parameters
    ----------
    places
        What there is to choose from.

    Returns
    -------
    tuple of str
        The first one where nothing was chosen yet.

    """
    chosen = str(slicer.app.userSettings().value(_ON_IMAGE, places[0])).split(" ")
    return tuple(place for place in places if place in chosen)


def remember_on_image(places: tuple[str, ...]) -> None:
    """Write the score on the image there the next time.

    Parameters
    ----------
    places
        Where; none is a choice too.

    """
    # Never empty: an empty setting reads as none.
    slicer.app.userSettings().setValue(_ON_IMAGE, " ".join(("on", *places)))


def is_tour_seen(door: str) -> bool:
    """Whether the tour of a door was shown before.

    Parameters
    ----------
    door
        Its name.

    Returns
    -------
    bool

    """
    return door in str(slicer.app.userSettings().value(_TOURS, "")).split(" ")


def remember_tour(door: str) -> None:
    """Show the tour of a door never again by itself.

    Parameters
    ----------
    door
        Its name.

    """
    settings = slicer.app.userSettings()
    if not is_tour_seen(door):
        settings.setValue(_TOURS, " ".join([*str(settings.value(_TOURS, "")).split(), door]))
