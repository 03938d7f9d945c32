"""The clinical variables of simulated patients, with the margins that Table 1 names.

The project holds the paper's counts of patients, lymph nodes, response and local control, not those of the variables below:
their shares are assumptions, typical of squamous-cell cancer of the esophagus. Resources/published/gu2021-table1.json says which
margin is published and which is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.study.records import Patient

# Assumed shares.
FEMALE_SHARE = 0.16
T3_4_SHARE = 0.68
N_INVOLVED_SHARE = 0.60
POSTOPERATIVE_CHEMOTHERAPY_SHARE = 0.45
CONCURRENT_CHEMOTHERAPY_SHARE = 0.62
# Assumed distributions: age (mean, SD, least, most), months (median, SD of the logarithm), doses and their shares.
AGE_YEARS = (61.0, 7.5, 42.0, 79.0)
MONTHS_TO_RECURRENCE = (12.0, 0.7)
DOSES_GY = (50.0, 54.0, 60.0, 64.0, 66.0)
DOSE_SHARES = (0.08, 0.14, 0.55, 0.10, 0.13)


def simulated_patients(identifiers: Sequence[str], rng: np.random.Generator) -> tuple[Patient, ...]:
    """Patients with every variable of Table 1; the yes-or-no ones have exactly the assumed share, to the nearest patient.

    Age is in whole years, months to recurrence to a tenth, dose in Gy.
    """
    count = len(identifiers)
    female, t3_4, involved, postoperative, concurrent = (
        _exactly(share, count, rng)
        for share in (
            FEMALE_SHARE,
            T3_4_SHARE,
            N_INVOLVED_SHARE,
            POSTOPERATIVE_CHEMOTHERAPY_SHARE,
            CONCURRENT_CHEMOTHERAPY_SHARE,
        )
    )
    mean, sd, least, most = AGE_YEARS
    ages = np.clip(rng.normal(mean, sd, count).round(), least, most)
    median, spread = MONTHS_TO_RECURRENCE
    months = np.maximum(1.0, rng.lognormal(np.log(median), spread, count)).round(1)
    doses = rng.choice(DOSES_GY, count, p=DOSE_SHARES)
    return tuple(
        Patient(
            id=name,
            gender="female" if female[n] else "male",
            age_years=float(ages[n]),
            t_stage="T3-4" if t3_4[n] else "T1-2",
            n_involved=bool(involved[n]),
            months_to_recurrence=float(months[n]),
            postoperative_chemotherapy=bool(postoperative[n]),
            concurrent_chemotherapy=bool(concurrent[n]),
            dose_gy=float(doses[n]),
        )
        for n, name in enumerate(identifiers)
    )


def _exactly(share: float, count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    return rng.permutation(np.arange(count) < round(share * count))
