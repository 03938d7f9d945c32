"""The simulated cohort's study as a real one begins and ends: planned and registered, at last compared with that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.registration import write_registration
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.planning.agreement import ReadingModel, plan_agreement
from RLNResponseLib.planning.development import plan_development
from RLNResponseLib.planning.registered import register, registration_of
from RLNResponseLib.planning.registration import deviations
from RLNResponseLib.planning.validation import plan_validation
from RLNResponseLib.report.page.registration import deviation_sentences, registration_page
from RLNResponseLib.report.text.plans import agreement_plan_json, development_plan_json, validation_plan_json
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.study.study import Study

# As the paper has it: 39% of the patients with several lymph nodes, 106 features, its AUC, 75 of 102 responding.
_PLANS: dict[str, Callable[[], dict[str, Any]]] = {
    "agreement": lambda: agreement_plan_json(
        plan_agreement(ReadingModel(icc=0.9, patients_with_several=0.39), threshold=0.75, assurance=0.8)
    ),
    "development": lambda: development_plan_json(plan_development(106, 0.777, 75 / 102)),
    "validation": lambda: validation_plan_json(plan_validation(0.777, 75 / 102)),
}
PRIMARY = ("inter-reader ICC(A,1) of both Rad-scores", "AUC of the Rad-score for response on validation patients")
_PAGE, _END = "registration.html", "registration-at-the-end.html"


def register_demo(output: Path, study: Study, moment: Now) -> tuple[Path, ...]:
    """Plan and register a study that nobody has read yet.

    Parameters
    ----------
    output
        The folder that gets the plans, the page and its JSON.
    study
        Empty.
    moment
        The day of the first readings.

    Returns
    -------
    tuple of Path
        What was written.
    """
    folder = output / "plans"
    folder.mkdir(exist_ok=True)
    files = {kind: folder / f"{kind}.json" for kind in _PLANS}
    for kind, plan in _PLANS.items():
        write_text_atomically(files[kind], json.dumps(plan(), indent=2) + "\n")
    registration = register(study.folder, list(files.values()), PRIMARY, moment, split=True)
    return (folder, *write_registration(registration, output / _PAGE, study, moment))


def compare_demo(output: Path, study: Study) -> tuple[Path, ...]:
    """Print what departed from the registration, and write its page again with that.

    Parameters
    ----------
    output
        The folder that gets the page.
    study
        At its end.

    Returns
    -------
    tuple of Path
        What was written.
    """
    registration = registration_of(study)
    if registration is None:
        return ()
    found = deviations(registration, study, PRIMARY)
    sentences = deviation_sentences(registration, found, primary_compared=True)
    print("\n" + "\n".join(printed(sentences, width=100)))
    page = output / _END
    write_text_atomically(page, registration_page(registration, Path(_PAGE).stem + ".json", sentences, found))
    return (page,)
