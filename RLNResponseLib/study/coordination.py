"""What a study's coordinator asks: which patients, CT and lymph nodes are there, and which are missing."""

from __future__ import annotations

from dataclasses import dataclass

from RLNResponseLib.study.exclusions import excluded_lymph_nodes, excluded_patients
from RLNResponseLib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """One CT that the clinical tables name, or a patient for whom they name none.

    Attributes
    ----------
    patient
        Identifier.
    image
        The CT's; "" where the table of lymph nodes names none of this patient.
    lymph_nodes
        Those on this CT, in the table's order.
    is_imported
        Whether the CT is in the study.
    without_site
        Those of the lymph nodes that have no marked site, so that readers' views do not begin there.
    left_out
        Why the patient, or every lymph node on this CT, is left out; "" where not.
    """

    patient: str
    image: str
    lymph_nodes: tuple[str, ...]
    is_imported: bool
    without_site: tuple[str, ...]
    left_out: str

    @property
    def is_complete(self) -> bool:
        """Whether its lymph nodes can be read, or need not be."""
        return self.is_imported or bool(self.left_out)


def import_rows(study: Study) -> tuple[ImportRow, ...]:
    """What of a study's patients, CT and lymph nodes is there.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    tuple of ImportRow
        By patient in the order of their table, then by CT in the order in which lymph nodes name it.
    """
    imported = {entry.id for entry in study.images()}
    patients_out, lymph_nodes_out = excluded_patients(study), excluded_lymph_nodes(study)
    by_image: dict[tuple[str, str], list[str]] = {}
    sites = {}
    for lymph_node in study.lymph_nodes():
        by_image.setdefault((lymph_node.patient, lymph_node.image), []).append(lymph_node.id)
        sites[lymph_node.id] = lymph_node.site_mm
    rows = []
    for patient in study.patients():
        images = [image for of, image in by_image if of == patient.id] or [""]
        for image in images:
            names = tuple(by_image.get((patient.id, image), ()))
            all_out = bool(names) and all(name in lymph_nodes_out for name in names)
            reason = patients_out.get(patient.id, lymph_nodes_out[names[0]] if all_out else "")
            rows.append(
                ImportRow(
                    patient=patient.id,
                    image=image,
                    lymph_nodes=names,
                    is_imported=image in imported,
                    without_site=tuple(name for name in names if sites[name] is None),
                    left_out=reason,
                )
            )
    return tuple(rows)
