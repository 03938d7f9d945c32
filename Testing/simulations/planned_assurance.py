"""Whether a reader study of the size that `rlnresponse plan agreement` prints reaches the assurance it was planned for.

usage: planned_assurance.py [STUDIES]

Each plan is tried on studies drawn anew, by other code than the planning's: each patient has several lymph nodes by chance and not
evenly, and enrolment ends at the planned number of lymph nodes. The limit is the F interval that `rlnresponse agreement` prints.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from RLNResponseLib.agreement.icc import icc
from RLNResponseLib.planning.agreement import ReadingModel, plan_agreement

SEED = 20211017
# True ICC, threshold, assurance, readers; of the model what is not its default.
PLANS: tuple[tuple[float, float, float, int, dict[str, float]], ...] = (
    (0.85, 0.75, 0.8, 2, {}),
    (0.90, 0.75, 0.8, 2, {}),
    (0.90, 0.75, 0.9, 2, {}),
    (0.90, 0.80, 0.8, 3, {}),
    (0.90, 0.75, 0.8, 2, {"patients_with_several": 0.39}),
    (0.85, 0.75, 0.8, 2, {"patients_with_several": 0.39}),
    (0.85, 0.75, 0.8, 2, {"patients_with_several": 0.39, "within_patient": 0.8}),
    (0.90, 0.75, 0.9, 3, {"patients_with_several": 0.6, "within_patient": 0.8}),
    (0.90, 0.75, 0.8, 2, {"reader_share": 0.1}),
    (0.90, 0.75, 0.8, 2, {"patients_with_several": 0.39, "reader_share": 0.1}),
)


def patients_by_chance(rng: np.random.Generator, lymph_nodes: int, model: ReadingModel, studies: int) -> np.ndarray:
    """(studies, lymph_nodes): whose each is."""
    sizes = np.where(rng.random((studies, lymph_nodes)) < model.patients_with_several, model.lymph_nodes_of_several, 1)
    ends = np.cumsum(sizes, axis=1)
    places = np.arange(lymph_nodes)
    return np.array([np.searchsorted(row, places, side="right") for row in ends])


def main(studies: int = 20_000) -> None:
    print(
        "true ICC, threshold, readers, assumed: lymph nodes planned; assurance planned, reached (Monte Carlo error), of 8 fewer"
    )
    for true, threshold, assurance, readers, changed in PLANS:
        model = ReadingModel(icc=true, **changed)  # type: ignore[arg-type]
        plan = plan_agreement(model, threshold=threshold, assurance=assurance, readers=readers)
        assert plan.lymph_nodes is not None
        shares = []
        for count in (plan.lymph_nodes, plan.lymph_nodes - 8):
            rng = np.random.default_rng([SEED, count, readers])
            reached = []
            for _ in range(10):
                part = studies // 10
                whose = patients_by_chance(rng, count, model, part)
                of_patient = np.take_along_axis(rng.normal(size=(part, count)), whose, axis=1)
                own = rng.normal(size=(part, count))
                truth = math.sqrt(model.within_patient) * of_patient + math.sqrt(1 - model.within_patient) * own
                level = math.sqrt(model.reader_share) * rng.normal(size=(part, 1, readers))
                left = math.sqrt(1 - model.reader_share) * rng.normal(size=(part, count, readers))
                ratings = math.sqrt(true) * truth[:, :, None] + math.sqrt(1 - true) * (level + left)
                reached.append(icc(np.moveaxis(ratings, 0, 2), "ICC(A,1)").lower > threshold)
            shares.append(float(np.concatenate(reached).mean()))
        error = math.sqrt(shares[0] * (1 - shares[0]) / studies)
        words = ", ".join(f"{name} {value:g}" for name, value in changed.items()) or "independent"
        print(
            f"  {true:.2f} {threshold:.2f} {readers} {words:52} {plan.lymph_nodes:4d}  {100 * assurance:.0f}  "
            f"{100 * shares[0]:.1f} ({100 * error:.1f})  {100 * shares[1]:.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
