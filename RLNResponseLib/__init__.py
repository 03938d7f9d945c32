"""RLNResponse: Rad-scores for recurrent lymph nodes after esophagectomy. Research use only, not a medical device.

What a script needs is imported from here; docs/python.md shows it by task.

>>> from RLNResponseLib import score
>>> result = score("ct.nrrd", "mask.nrrd")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__

if _TYPE_CHECKING:
    from RLNResponseLib.api import extract_features, list_places, list_segments, read_contour, read_ct, score
    from RLNResponseLib.common.errors import DataRefusedError
    from RLNResponseLib.imaging.records import Contour, CTImage


__all__ = [
    "RESEARCH_USE_ONLY",
    "CTImage",
    "Contour",
    "DataRefusedError",
    "__version__",
    "extract_features",
    "list_places",
    "list_segments",
    "read_contour",
    "read_ct",
    "score",
]

# Where each name is loaded from when it is first asked for: `import RLNResponseLib` alone loads nothing, so that
# Slicer's start and `rlnresponse --help` wait for no numpy or SimpleITK.
_HOMES = {
    "CTImage": "RLNResponseLib.imaging.records",
    "Contour": "RLNResponseLib.imaging.records",
    "DataRefusedError": "RLNResponseLib.common.errors",
    "extract_features": "RLNResponseLib.api",
    "list_places": "RLNResponseLib.api",
    "list_segments": "RLNResponseLib.api",
    "read_contour": "RLNResponseLib.api",
    "read_ct": "RLNResponseLib.api",
    "score": "RLNResponseLib.api",
}


def __getattr__(name: str) -> object:
    """A name of the public face, loaded when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = value = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    """What tab completion offers: the names above too, loaded or not."""
    return sorted({*globals(), *__all__})
