"""What one survival analysis found, and how it is printed as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.types import Floats
from RLNResponseLib.survival.comparison import Comparison
from RLNResponseLib.survival.complete_cases import CompleteCases
from RLNResponseLib.survival.cox import CoxFit
from RLNResponseLib.survival.curves import CumulativeIncidence, KaplanMeier
from RLNResponseLib.survival.follow_up import Groups, Landmark
from RLNResponseLib.survival.group_figures import GroupFigures
from RLNResponseLib.survival.group_tests import GrayTest, LogRank
from RLNResponseLib.survival.imputed_cox import ImputedCox
from RLNResponseLib.survival.maximally_selected import SelectedCutoff
from RLNResponseLib.survival.prediction import Prediction
from RLNResponseLib.survival.proportional_hazards import PHTest
from RLNResponseLib.survival.survivors import Survivors

ALL_ROWS = "all rows"
# In place of a cutoff, out of fold.
OWN_CUTOFFS = "each fold's own cutoff"


@dataclass(frozen=True, kw_only=True)
class ScoreColumn:
    """A score of every row.

    Attributes
    ----------
    name
        Of the score model.
    values
        (n,), log-odds.
    labels
        (n,), each row's group at the cutoff.
    cutoff
        None where there is not one for all: out of fold, each row's group is by its own fold's.
    chosen_here
        Whether the cutoff was chosen on these rows.
    below
        Whether the card's rule is "<".
    fitted_here
        Whether the formula itself was fitted on these rows: permuting a cutoff then corrects nothing.
    unseen_labels
        (n,), each row's group by scores that had not seen its patient; empty where there are none.
    risk
        (n,) the probability of the event by the time that is judged; None where only the score's order counts.
    higher_is_worse
        Whether a higher score is a higher risk of the event.
    meanings
        What groups mean whose names can be misread, by label, as the card says it.
    """

    name: str
    values: Floats
    labels: tuple[str, ...]
    cutoff: float | None
    chosen_here: bool = False
    below: bool = False
    fitted_here: bool = False
    unseen_labels: tuple[str, ...] = ()
    risk: Floats | None = None
    higher_is_worse: bool = False
    meanings: Mapping[str, str] = field(default_factory=dict)

    @property
    def order(self) -> Floats:
        """(n,) a higher value is a higher risk."""
        return self.values if self.higher_is_worse else -self.values

    __repr__ = short_repr


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence where two events compete.

    Attributes
    ----------
    event, competing
        Of either.
    """

    event: CumulativeIncidence
    competing: CumulativeIncidence

    def as_json(self) -> dict[str, Any]:
        """Both curves as the command line prints them."""
        return {"event": self.event.as_json(), "competing": self.competing.as_json()}


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows divided by one covariate or by a score's cutoff.

    Attributes
    ----------
    name
        Of the covariate, or of the score.
    groups
        Which row is in which.
    log_rank
        The test between them.
    curves
        Kaplan–Meier by group.
    incidence
        By group; empty without a competing event.
    gray
        By "event" and "competing"; a kind of event for which the test has no variance is absent.
    of_score
        Whether the groups are those of a score.
    cutoff
        Of a score; None for a covariate and where each fold has its own.
    selected
        Where the cutoff was chosen on these rows: its corrected p.
    fitted_here
        Whether the score itself was fitted on these rows, so that no permutation of its cutoff corrects it.
    out_of_fold
        Of a score fitted here: the test between the groups of scores that had not seen the patient; None without.
    figures
        Of each group, with limits.
    left_out
        Rows of which the covariate is not known; they are in no group.
    meanings
        Of a score's groups, as `ScoreColumn.meanings`.
    """

    name: str
    groups: Groups
    log_rank: LogRank
    curves: Mapping[str, KaplanMeier]
    incidence: Mapping[str, Incidence]
    gray: Mapping[str, GrayTest]
    of_score: bool = False
    cutoff: float | None = None
    selected: SelectedCutoff | None = None
    fitted_here: bool = False
    out_of_fold: LogRank | None = None
    figures: tuple[GroupFigures, ...] = ()
    left_out: int = 0
    meanings: Mapping[str, str] = field(default_factory=dict)

    @property
    def meaning_words(self) -> str:
        """What the groups mean: "high: longer local control; low: shorter local control"; "" where nothing is said."""
        shown = (f"{name}: {self.meanings[name]}" for name in self.groups.names if name in self.meanings)
        return "; ".join(shown)


@dataclass(frozen=True, kw_only=True)
class SurvivalAnalysis:
    """All results of one table.

    Attributes
    ----------
    rows, events
        How many.
    patients
        How many; None where rows are taken as independent.
    cox
        None where neither covariates nor a score were named.
    ph_tests
        By covariate, and GLOBAL; empty where they cannot be made.
    splits
        In the order of the covariates, the score last.
    curve
        Kaplan–Meier of all rows.
    incidence
        Of all rows; None without a competing event.
    disease_free
        Kaplan–Meier of whichever event comes first; None without a competing event.
    months
        The time at which probabilities are given and the score is judged.
    figures
        Of all rows, with limits.
    landmark
        With its Cox model; None where none was asked for.
    landmark_ph
        Tests of that model's proportional hazards; empty where they cannot be made.
    prediction
        How well the score tells who has the event by the time that is judged, the other event competing; None without a
        score or a competing event, and where it cannot be judged.
    survivors
        The same the published way; None where that cannot be judged.
    comparisons
        Published and corrected.
    notes
        One sentence each: what was not done, and why.
    complete_cases
        Whom the Cox model leaves out; None where every covariate is known, or no row has all.
    no_complete_model
        Why the complete rows allow no Cox model beside the imputed one; "" where they do.
    imputed
        The Cox model with the missing clinical covariates imputed; None where that was not asked for, or nothing is
        missing.
    """

    rows: int
    events: int
    patients: int | None
    cox: CoxFit | None
    ph_tests: Mapping[str, PHTest]
    splits: tuple[Split, ...]
    curve: KaplanMeier
    incidence: Incidence | None
    disease_free: KaplanMeier | None
    months: float
    figures: GroupFigures
    landmark: tuple[Landmark, CoxFit] | None
    landmark_ph: Mapping[str, PHTest]
    prediction: Prediction | None
    survivors: Survivors | None
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]
    complete_cases: CompleteCases | None = None
    no_complete_model: str = ""
    imputed: ImputedCox | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract of `rlnresponse survival --json`."""
        answer: dict[str, Any] = {
            "rows": self.rows,
            "events": self.events,
            "patients": self.patients,
            "cox": self.cox.as_json() if self.cox else {},
            "cox_rows": self.cox.rows if self.cox else None,
            "cox_per_step": {name: term.step_json() for name, term in self.cox.terms.items()} if self.cox else {},
            "log_likelihood": self.cox.log_likelihood if self.cox else None,
            "log_likelihood_null": self.cox.log_likelihood_null if self.cox else None,
            "ph_test": {name: test.as_json() for name, test in self.ph_tests.items()},
            "log_rank": {split.name: split.log_rank.as_json() for split in self.splits},
            "kaplan_meier": {ALL_ROWS: self.curve.as_json()}
            | {split.name: {name: curve.as_json() for name, curve in split.curves.items()} for split in self.splits},
            "figures": {ALL_ROWS: self.figures.as_json()}
            | {split.name: {each.name: each.as_json() for each in split.figures} for split in self.splits},
            "published_and_corrected": [comparison.as_json() for comparison in self.comparisons],
            "notes": list(self.notes),
        }
        if self.complete_cases:
            answer["complete_cases"] = self.complete_cases.as_json()
        if self.no_complete_model:
            answer["no_complete_model"] = self.no_complete_model
        if self.imputed:
            answer["cox_imputed"] = self.imputed.as_json()
        if self.disease_free:
            answer["disease_free_survival"] = self.disease_free.as_json()
        if self.incidence:
            answer["cumulative_incidence"] = {ALL_ROWS: self.incidence.as_json()} | {
                split.name: {name: incidence.as_json() for name, incidence in split.incidence.items()}
                for split in self.splits
            }
            answer["gray"] = {
                split.name: {kind: test.as_json() for kind, test in split.gray.items()} for split in self.splits
            }
        if self.figures.states:
            answer["states"] = self.figures.states.as_json()
        if self.prediction:
            answer["prediction"] = self.prediction.as_json()
            answer["prediction_published_way"] = self.survivors.as_json() if self.survivors else None
        if self.landmark:
            answer["landmark"] = _landmark_json(*self.landmark)
            answer["landmark"]["ph_test"] = {name: test.as_json() for name, test in self.landmark_ph.items()}
        cutoffs = {split.name: _cutoff_json(split) for split in self.splits if split.cutoff is not None}
        if cutoffs:
            answer["cutoff"] = cutoffs
        return to_json(answer)


def _landmark_json(landmark: Landmark, fit: CoxFit) -> dict[str, Any]:
    return {
        "months": landmark.months,
        "kept": fit.rows,
        "left_out_event": landmark.left_out_event,
        "left_out_ended": landmark.left_out_ended,
        "cox": fit.as_json(),
        "log_likelihood": fit.log_likelihood,
    }


def _cutoff_json(split: Split) -> dict[str, Any]:
    chosen_here = split.selected is not None or split.fitted_here
    answer: dict[str, Any] = {"cutoff": split.cutoff, "chosen_on_the_same_data": chosen_here}
    if split.fitted_here:
        answer |= {
            "fitted_on_the_same_rows": True,
            "out_of_fold": None if split.out_of_fold is None else split.out_of_fold.as_json(),
        }
    if split.selected:
        answer |= {
            "corrected_p": split.selected.corrected_p,
            "candidates": split.selected.candidates,
            "permutations": split.selected.permutations,
        }
    return answer
