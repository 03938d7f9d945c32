"""The refusals of a contour or an image that is not the one that was recorded."""

from __future__ import annotations

from RLNResponseLib.common.errors import DataRefusedError


def contour_changed(lymph_node: str, name: str) -> DataRefusedError:
    """The refusal of a locked contour whose file is not the one that was locked.

    Parameters
    ----------
    lymph_node
        Identifier of the lymph node.
    name
        Of the reading: "A-1".

    Returns
    -------
    DataRefusedError
        contour-changed.

    """
    return DataRefusedError(
        f"The contour of reading {name} of '{lymph_node}' is not the one that was locked; run study verify, and "
        "restore it from a backup.",
        "contour-changed",
    )


def image_changed(image: str) -> DataRefusedError:
    """The refusal of an image whose file is not the one that was read.

    Parameters
    ----------
    image
        Identifier of the image.

    Returns
    -------
    DataRefusedError
        image-changed.

    """
    return DataRefusedError(
        f"The image '{image}' is not the one that was read; run study verify, and restore it from a backup.",
        "image-changed",
    )
