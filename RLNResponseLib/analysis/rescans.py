"""What the second CT of a study's lymph nodes says: the change of each feature, of the size, and test-retest agreement.

Test-retest compares two CT of one lymph node, each contoured by the same reader: what scanner, position, contrast and
contour do to a feature together. It is kept apart from re-contouring, which is of one CT. Both rows of a pair come from
one feature table, so they were extracted with one set of settings, the frozen protocol's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.agreement.icc import ICC, icc
from RLNResponseLib.agreement.readings import compare_all_readings, reading_table
from RLNResponseLib.analysis.cases import feature_table
from RLNResponseLib.analysis.patient_size_response import PatientSizeResponse, patient_size_response
from RLNResponseLib.analysis.size_response import SizeResponse, size_response, study_axes
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import Table, number_or_none
from RLNResponseLib.common.types import Floats
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.imaging.in_plane_axes import InPlaneAxes
from RLNResponseLib.study.occasions import LaterScan
from RLNResponseLib.study.protocol import IccRule
from RLNResponseLib.study.records import FIRST_ROUND
from RLNResponseLib.study.study import Study

_FEWEST_PAIRS = 3


@dataclass(frozen=True, kw_only=True)
class Rescans:
    """Every lymph node of a study that has a second CT, in the order of the table.

    Attributes
    ----------
    reader
        Whose first contours are compared: those that go into the models.
    names
        (p,), the study's features.
    scans
        (m,), the pairs that were read and extracted on both CT.
    patients
        (m,), whose they are.
    before, after
        (m, p), the features on the first and on the second CT; NaN where one is not defined.
    sizes
        (m,), the axes and the response by size.
    by_patient
        The lymph nodes of each patient with occasion "after" together, those that were not contoured again too, and
        those that are on that second CT alone.
    rule
        Of the study's agreement: the form of the ICC, and its threshold.
    retest
        Of each feature over the pairs of occasion "retest"; None where there are fewer than three.
    recontouring
        Of each feature over the reader's own rounds on one CT; None where that reader repeats nothing.
    left_out
        Rows of a second CT that lack a contour or features on one of the two.
    origins
        Of the table's rows: settings and engine.

    """

    reader: str
    names: tuple[str, ...]
    scans: tuple[LaterScan, ...]
    patients: tuple[str, ...]
    before: Floats
    after: Floats
    sizes: tuple[SizeResponse, ...]
    by_patient: Mapping[str, PatientSizeResponse]
    rule: IccRule
    retest: ICC | None
    recontouring: ICC | None
    left_out: tuple[str, ...]
    origins: Mapping[str, str]

    @property
    def absolute(self) -> Floats:
        """(m, p), after less before, in the feature's unit."""
        return self.after - self.before

    @property
    def relative(self) -> Floats:
        """(m, p), the change as a share of the first value's size: a rise is positive whatever its sign; NaN at 0."""
        size = np.abs(self.before)
        return np.divide(self.absolute, size, out=np.full_like(size, np.nan), where=size > 0)

    def passed(self, found: ICC | None) -> tuple[str, ...]:
        """The features that exceed the study's threshold, by its rule."""
        if found is None:
            return ()
        judged = getattr(found, self.rule.on)
        return tuple(name for name, value in zip(self.names, judged, strict=True) if value > self.rule.threshold)

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it; a number that is not defined is null."""
        pairs = [
            {
                "lymph_node": scan.repeat_of,
                "second": scan.lymph_node,
                "patient": patient,
                "occasion": scan.occasion,
                "size": size.as_json(),
                "size_response": _response(scan, size),
                "absolute": dict(zip(self.names, absolute, strict=True)),
                "relative": dict(zip(self.names, relative, strict=True)),
            }
            for scan, patient, size, absolute, relative in zip(
                self.scans, self.patients, self.sizes, self.absolute.tolist(), self.relative.tolist(), strict=True
            )
        ]
        return to_json(
            {
                "reader": self.reader,
                "pairs": pairs,
                "patients": [{"patient": name, **of.as_json()} for name, of in self.by_patient.items()],
                "test_retest": self._icc_json(self.retest),
                "recontouring": self._icc_json(self.recontouring),
                "rule": self.rule.as_json(),
                "left_out": list(self.left_out),
                **self.origins,
            }
        )

    def _icc_json(self, found: ICC | None) -> dict[str, Any] | None:
        if found is None:
            return None
        limits = zip(self.names, found.estimate, found.lower, found.upper, strict=True)
        features = {name: {"icc": value, "lower": low, "upper": high} for name, value, low, high in limits}
        return {"form": found.form, "n": found.n, "interval": found.interval, "features": features}

    def table(self) -> Table:
        """One row a pair: size and response, then `delta_…`, after less before, and `relative_delta_…`."""
        columns = (
            "lymph_node", "second", "patient", "occasion", "reader", *self.origins, "short_axis_before_mm",
            "short_axis_after_mm", "long_axis_before_mm", "long_axis_after_mm", "short_axis_change", "size_response",
            *(f"delta_{name}" for name in self.names), *(f"relative_delta_{name}" for name in self.names),
        )  # fmt: skip
        rows = []
        for number, (scan, size) in enumerate(zip(self.scans, self.sizes, strict=True)):
            cells = (
                scan.repeat_of, scan.lymph_node, self.patients[number], scan.occasion, self.reader,
                *self.origins.values(), size.before.short_mm, size.after.short_mm, size.before.long_mm,
                size.after.long_mm, size.change, _response(scan, size),
                *self.absolute[number].tolist(), *self.relative[number].tolist(),
            )  # fmt: skip
            rows.append(dict(zip(columns, map(_cell, cells), strict=True)))
        return Table(name="second CT", columns=columns, rows=tuple(rows))


def study_rescans(study: Study) -> Rescans:
    """Compare the two CT of every lymph node that has them.

    Parameters
    ----------
    study
        The opened study folder, unblinded and extracted.

    Returns
    -------
    Rescans

    Raises
    ------
    DataRefusedError
        blinded, no-second-ct, no-pairs, not-extracted, features-changed, features-stale, not-axial, bad-threshold.
    """
    later = study.later_scans()
    if not later:
        raise DataRefusedError(
            "No lymph node of the study has a second CT; name it in the columns repeat_of and occasion of the table of "
            "lymph nodes.",
            "no-second-ct",
        )
    table, reader = read_table(feature_table(study)), study.protocol.readers[0].code
    own = study_extraction(study)
    names = tuple(name for name in own.names if name in table.columns)
    lines = {
        row["lymph_node"]: line
        for line, row in enumerate(table.rows)
        if (row["reader"], row["round"], row["failure"]) == (reader, str(FIRST_ROUND), "")
    }
    scans = tuple(scan for scan in later if scan.lymph_node in lines and scan.repeat_of in lines)
    if not scans:
        raise DataRefusedError(
            f"No lymph node was contoured by reader {reader} and extracted on both of its CT, so nothing can be "
            "compared; contour both, and extract.",
            "no-pairs",
        )
    before, after = (
        np.array([[_value(table, lines[name], feature) for feature in names] for name in side])
        for side in zip(*((scan.repeat_of, scan.lymph_node) for scan in scans), strict=True)
    )
    rule = study.protocol.icc_rule()
    retest = np.array([scan.occasion == "retest" for scan in scans])
    pairs = np.stack([before[retest], after[retest]], axis=1)
    treated = {scan.repeat_of: scan.lymph_node for scan in later if scan.occasion == "after"}
    patients = _patients(table, reader, treated)
    new = _new(study, patients, treated)
    axes = study_axes(
        study, {*(name for scan in scans for name in (scan.repeat_of, scan.lymph_node)), *patients, *treated.values()}
    )
    return Rescans(
        reader=reader,
        names=names,
        scans=scans,
        patients=tuple(table.rows[lines[scan.repeat_of]]["patient"] for scan in scans),
        before=before,
        after=after,
        sizes=tuple(size_response(axes[scan.repeat_of], axes[scan.lymph_node]) for scan in scans),
        by_patient=_by_patient(patients, treated, new, axes),
        rule=rule,
        retest=icc(pairs, rule.form) if len(pairs) >= _FEWEST_PAIRS else None,
        recontouring=_recontouring(table, names, reader, rule),
        left_out=tuple(scan.lymph_node for scan in later if scan not in scans),
        origins={name: table.rows[0][name] for name in ("settings", "engine")},
    )


def _patients(table: Table, reader: str, treated: Mapping[str, str]) -> dict[str, str]:
    """Lymph node that repeats no other → patient, of the patients who have one on a CT after treatment."""
    own = {
        row["lymph_node"]: row["patient"]
        for row in table.rows
        if (row["reader"], row["round"], row.get("occasion", "")) == (reader, str(FIRST_ROUND), "")
    }
    patients = {own[name] for name in treated if name in own}
    return {name: patient for name, patient in own.items() if patient in patients}


def _new(study: Study, own: Mapping[str, str], treated: Mapping[str, str]) -> set[str]:
    """Of them those on a CT after treatment: no row says that they were there before."""
    images = {each.id: each.image for each in study.lymph_nodes()}
    after = {images[name] for name in treated.values()}
    return {name for name in own if images[name] in after}


def _by_patient(
    own: Mapping[str, str], treated: Mapping[str, str], new: Collection[str], axes: Mapping[str, InPlaneAxes]
) -> dict[str, PatientSizeResponse]:
    found = {}
    for patient in dict.fromkeys(own.values()):
        names = [name for name, whose in own.items() if whose == patient and name in axes]
        before = {name: axes[name] for name in names if name not in new}
        after = {name: axes[treated[name]] for name in before if treated.get(name) in axes}
        after |= {name: axes[name] for name in names if name in new}
        if before and after:
            found[patient] = patient_size_response(before, after)
    return found


def _recontouring(table: Table, names: tuple[str, ...], reader: str, rule: IccRule) -> ICC | None:
    try:
        readings = reading_table(table, names)
        intra = compare_all_readings(readings.readings, readings.values)[1]
    except DataRefusedError:
        return None
    own = [pairs for pairs in intra if pairs.columns[0].startswith(f"reader {reader} ")]
    return icc(own[0].values, rule.form) if own and len(own[0].values) >= _FEWEST_PAIRS else None


def _response(scan: LaterScan, size: SizeResponse) -> str:
    """Where nothing was treated there is none: a category would call the error of measuring a response."""
    return (size.category or "") if scan.occasion == "after" else ""


def _value(table: Table, line: int, name: str) -> float:
    value = number_or_none(table, line, name)
    return float("nan") if value is None else value


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return str(value)
