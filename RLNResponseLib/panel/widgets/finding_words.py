"""What a finding is about, in the language of Slicer: the checks' own sentences, with their numbers, are English."""

from __future__ import annotations

from slicer.i18n import tr


def heading_of(code: str) -> str:
    """What stands before a finding's sentence.

    Parameters
    ----------
    code
        Of the finding: "small-lymph-node".

    Returns
    -------
    str
        With a colon and a space; "" in English, where the sentence says it, and where nobody translated it.

    """
    words = _headings().get(code, "")
    heading = tr(words) if words else ""
    return "" if heading in ("", code.replace("-", " ")) else f"{heading}: "


def _(words: str) -> str:
    """Words that the translations' template takes up here; one of sixty is asked for, and only that is looked up."""
    return words


def _headings() -> dict[str, str]:
    """By code: the code's own words, to be translated."""
    return {
        "air-inside": _("air inside"),
        "anisotropic-voxels": _("anisotropic voxels"),
        "at-image-border": _("at image border"),
        "contour-grid-larger": _("contour grid larger"),
        "copy-in-scene": _("copy in scene"),
        "duplicate-slice-positions": _("duplicate slice positions"),
        "empty-contour": _("empty contour"),
        "far-from-site": _("far from site"),
        "few-voxels": _("few voxels"),
        "identifying-pixels": _("identifying pixels"),
        "iqr-unlike-lymph-node": _("iqr unlike lymph node"),
        "large-lymph-node": _("large lymph node"),
        "lossy-compression": _("lossy compression"),
        "mean-unlike-lymph-node": _("mean unlike lymph node"),
        "metal-inside": _("metal inside"),
        "missing-slices": _("missing slices"),
        "mixed-passes": _("mixed passes"),
        "modality-unknown": _("modality unknown"),
        "no-light-tissue-near": _("no light tissue near"),
        "not-ct": _("not ct"),
        "not-finite-inside": _("not finite inside"),
        "not-three-dimensional": _("not three dimensional"),
        "one-slice-only": _("one slice only"),
        "other-frame-of-reference": _("other frame of reference"),
        "other-series": _("other series"),
        "outline-crosses-itself": _("outline crosses itself"),
        "outlines-left-out": _("outlines left out"),
        "outlines-through-centres": _("outlines through centres"),
        "outside-ct": _("outside ct"),
        "overlapping-outlines": _("overlapping outlines"),
        "overlaps-another": _("overlaps another"),
        "place-not-stated": _("place not stated"),
        "protocol-contrast": _("protocol contrast"),
        "protocol-delay": _("protocol delay"),
        "protocol-exposure": _("protocol exposure"),
        "protocol-kernel": _("protocol kernel"),
        "protocol-kilovoltage": _("protocol kilovoltage"),
        "protocol-scanner": _("protocol scanner"),
        "protocol-unknown": _("protocol unknown"),
        "resampled-contour": _("resampled contour"),
        "rescale-absent": _("rescale absent"),
        "rescale-not-hu": _("rescale not hu"),
        "same-contour": _("same contour"),
        "several-components": _("several components"),
        "several-segments": _("several segments"),
        "skipped-slices": _("skipped slices"),
        "slices-apart": _("slices apart"),
        "small-lymph-node": _("small lymph node"),
        "spacing-at-contour": _("spacing at contour"),
        "stray-image": _("stray image"),
        "thick-slices": _("thick slices"),
        "two-positions": _("two positions"),
        "uneven-slice-spacing": _("uneven slice spacing"),
        "values-not-hu": _("values not hu"),
    }
