"""What a script calls: from files to scores and features, as `rlnresponse score` and `rlnresponse features` do.

Import it from the package itself: `from RLNResponseLib import score, extract_features`. The commands call these
functions, so what they print and what a script gets is one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.checked import CheckedFeatures, checked_features
from RLNResponseLib.features.perturbation import DEFAULT_SD_MM
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging import load
from RLNResponseLib.imaging.connectivity import take_component
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.uneven import spaced_at
from RLNResponseLib.modelling.lesion import LesionResult, score_contour, with_second_reader, with_uncertainty
from RLNResponseLib.modelling.model_card import find_models
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.study.inside import refuse_inside_blinded_study

Arguments = ParamSpec("Arguments")
Read = TypeVar("Read")


def _of_no_blinded_study(read: Callable[Arguments, Read]) -> Callable[Arguments, Read]:
    """A function that reads the file `path`, its first argument, refusing what the commands refuse to read."""

    @wraps(read)
    def reading(*arguments: Arguments.args, **options: Arguments.kwargs) -> Read:
        path: Any = arguments[0] if arguments else options.get("path")
        if isinstance(path, str | Path):
            refuse_inside_blinded_study(Path(path))
        return read(*arguments, **options)

    return reading


# What scripts get by these names; the library itself, which has its own rules for a study, reads by `imaging.load`.
read_ct = _of_no_blinded_study(load.read_ct)
read_contour = _of_no_blinded_study(load.read_contour)
list_segments = _of_no_blinded_study(load.list_segments)
list_places = _of_no_blinded_study(load.list_places)


def score(
    image: str | Path | CTImage,
    mask: str | Path | Contour,
    segment: str | int | None = None,
    models: str | Path | ScoreModel | Iterable[str | Path | ScoreModel] | None = None,
    *,
    series: str | None = None,
    acquisition: int | None = None,
    all_features: bool = True,
    uncertainty: bool = False,
    sd_mm: float = DEFAULT_SD_MM,
    seed: int = 0,
    second_reader: str | Path | Contour | None = None,
    second_segment: str | int | None = None,
    component: int | None = None,
    threshold: float | None = None,
) -> LesionResult:
    """The Rad-scores of one contour on a CT, with groups, findings and features.

    Parameters
    ----------
    image
        The CT: a DICOM folder, NRRD or NIfTI file, or what `read_ct` gave.
    mask
        The contour: a `.seg.nrrd`, NRRD or NIfTI label map, RTSTRUCT or DICOM SEG, or what `read_contour` gave.
    segment
        Segment or ROI name, segment ID, label number, or a pattern that one name fits (`"LN*"`), where the mask file
        holds several.
    models
        Score models: IDs, paths of model cards (`.json`) or `ScoreModel` objects, one or several; None takes the
        paper's two.
    series
        The series instance UID to take from a DICOM folder that holds several.
    acquisition
        The acquisition number to take from a DICOM series that holds several.
    all_features
        Extract all 106 features beside those that the models use.
    uncertainty
        Whether to say how far a second reader's contour would move the scores (30 redrawn contours, 95 %).
    sd_mm, seed
        SD of one reader's boundary in mm (two readers' distance / √2), and what redraws the contour; used with
        `uncertainty`.
    second_reader
        Another reader's contour of the same lymph node, to be scored beside this one.
    second_segment
        Which segment of `second_reader` or, without it, of `mask` is the second reader's; `segment` where it is left
        out.
    component
        Of a contour in several parts the one of this rank by size, 1 the largest; None scores all as one.
    threshold
        From which fraction on a voxel of a fractional DICOM SEG is inside, above 0 and at most 1.

    Returns
    -------
    LesionResult
        `result.scores` holds one score a model; `as_json()` is what `rlnresponse score --json` prints, `to_frame()` a
        pandas data frame with one row a score model.

    Raises
    ------
    DataRefusedError
        Where a file cannot be read, a segment must be named, a check finds an error, or a model refuses; `str(error)`
        says what to do, `error.code` is for programs.

    Examples
    --------
    >>> from RLNResponseLib import score
    >>> from RLNResponseLib.demo.phantom import make_phantom
    >>> phantom = make_phantom(seed=1, size=(160, 160, 48))
    >>> score(phantom.ct, phantom.truth[0])
    LesionResult('LN1 4R lower paratracheal', 4062 mm³, Rad-score 1.624 (responder), Rad-score-2-year -1.110 (low:
    shorter local control), warnings: 0)

    """
    wanted = find_models(models)
    ct, contour = read_lesion(
        image, mask, segment, series, acquisition=acquisition, component=component, threshold=threshold
    )
    other = None
    if second_reader is not None or second_segment is not None:
        file = mask if second_reader is None else second_reader
        other = _second_contour(file, ct, segment if second_segment is None else second_segment, threshold)
        if second_segment is not None and _same(contour, other):
            raise DataRefusedError(
                f"The second reader's segment is the contour '{contour.name}' itself, so there is nothing to compare; "
                f"name the other reader's with --second-segment.",
                "second-is-first",
            )
    ct = spaced_at(ct, contour)
    result = score_contour(ct, contour, wanted, all_features=all_features)
    if uncertainty:
        result = with_uncertainty(result, ct, contour, sd_mm=sd_mm, seed=seed)
    if other is not None:
        result = with_second_reader(result, ct, contour, other)
    return result


def extract_features(
    image: str | Path | CTImage,
    mask: str | Path | Contour,
    segment: str | int | None = None,
    settings: ExtractionSettings | Mapping[str, Any] | None = None,
    features: str | Sequence[str] | None = None,
    *,
    series: str | None = None,
    acquisition: int | None = None,
    component: int | None = None,
    threshold: float | None = None,
) -> CheckedFeatures:
    """The radiomics features of one contour on a CT, by pyradiomics' definitions, after the checks that a score makes.

    Parameters
    ----------
    image, mask, segment, series, acquisition, component, threshold
        As `score` takes them.
    settings
        Extraction settings, or a mapping of those that differ from pyradiomics' defaults (`{"bin_width": 10}`).
    features
        Full names (`"original_shape_Sphericity"`); None for all that the settings give, 106 by default.

    Returns
    -------
    CheckedFeatures
        `found.values` holds them by full name; `to_frame()` is one row, ready to be put below others in a table.

    Raises
    ------
    DataRefusedError
        As `score`; unknown-feature and bad-settings for what cannot be extracted.

    Examples
    --------
    >>> from RLNResponseLib import extract_features
    >>> from RLNResponseLib.demo.phantom import make_phantom
    >>> phantom = make_phantom(seed=1, size=(160, 160, 48))
    >>> found = extract_features(phantom.ct, phantom.truth[0])
    >>> len(found.values)
    106
    >>> round(found.values["original_shape_Sphericity"], 3)
    0.833

    """
    if isinstance(settings, Mapping):
        settings = ExtractionSettings.from_mapping(settings)
    ct, contour = read_lesion(
        image, mask, segment, series, acquisition=acquisition, component=component, threshold=threshold
    )
    ct = spaced_at(ct, contour)
    return checked_features(ct, contour, settings, (features,) if isinstance(features, str) else features)


def read_lesion(
    image: str | Path | CTImage,
    mask: str | Path | Contour,
    segment: str | int | None = None,
    series: str | None = None,
    *,
    acquisition: int | None = None,
    component: int | None = None,
    threshold: float | None = None,
) -> tuple[CTImage, Contour]:
    """The CT and the contour on it, read where they are given as files; see `score` for the arguments and what is
    raised.

    Parameters
    ----------
    image
        The CT: a path, or what `read_ct` gave.
    mask
        The contour: a path, or what `read_contour` gave.
    segment
        Segment or ROI name, segment ID, label number or pattern.
    series
        The series instance UID; None where there is one series.
    acquisition
        The acquisition number; None where the series is one scan.
    component
        The rank by size of one part of the contour; None takes all.
    threshold
        From which fraction on a voxel is inside.

    Returns
    -------
    tuple[CTImage, Contour]
    """
    ct = image if isinstance(image, CTImage) else read_ct(image, series, acquisition)
    contour = _contour(mask, ct, segment, threshold)
    return ct, contour if component is None else take_component(contour, component)


def _contour(
    mask: str | Path | Contour, ct: CTImage, segment: str | int | None, threshold: float | None = None
) -> Contour:
    return mask if isinstance(mask, Contour) else read_contour(mask, ct, segment, threshold=threshold)


def _second_contour(
    mask: str | Path | Contour, ct: CTImage, segment: str | int | None, threshold: float | None
) -> Contour:
    try:
        return _contour(mask, ct, segment, threshold)
    except DataRefusedError as refusal:
        # Then the threshold was meant for the first reader's file.
        if refusal.code != "no-fractions":
            raise
        return _contour(mask, ct, segment)


def _same(one: Contour, other: Contour) -> bool:
    return one.name == other.name and one.corner == other.corner and np.array_equal(one.voxels, other.voxels)
