"""A study's own readers' distance, which `score --uncertainty --study` redraws with."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from RLNResponseLib.analysis import reader_distance
from RLNResponseLib.analysis.reader_distance import study_reader_distance
from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.cohort_patients import plan_cohort
from RLNResponseLib.demo.cohort_study import read_patient
from RLNResponseLib.features.perturbation import boundary_distances_mm
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study


def test_a_studys_sd_is_that_of_the_contours_its_readers_drew(small_cohort, monkeypatch):
    """By hand from the contours before they were stored: root mean square over both directions and the ten lymph nodes
    of the six patients, / √2."""
    squares = []
    for patient in plan_cohort(6, np.random.default_rng(3)):
        read = read_patient(patient, 3)
        spacing = read.ct.image.GetSpacing()
        for name in patient.lymph_nodes:
            one, other = (read.contours[ReadingKey(lymph_node=name, reader=reader)] for reader in ("A", "B"))
            squares += [np.mean(boundary_distances_mm(*pair, spacing) ** 2) for pair in ((one, other), (other, one))]
    study = Study.open(small_cohort.folder)
    found = study_reader_distance(study)
    assert found.pairs == 10 == len(squares) // 2
    assert found.sd_mm == pytest.approx(np.sqrt(np.mean(squares) / 2), rel=1e-9)
    monkeypatch.setattr(reader_distance, "LEAST_PAIRS", 11)
    with pytest.raises(DataRefusedError, match=r"holds 10 pairs .* known from 11 on; leave out --study"):
        study_reader_distance(study)


def test_score_redraws_with_the_studys_sd(small_cohort, pyradiomics_data, capsys):
    files = [str(pyradiomics_data / f"lung2_{part}.nrrd") for part in ("image", "label")]
    assert main(["score", *files, "--uncertainty", "--study", str(small_cohort.folder), "--json"]) == 0
    said = capsys.readouterr()
    sd_mm = study_reader_distance(Study.open(small_cohort.folder)).sd_mm
    assert [each["uncertainty"]["sd_mm"] for each in json.loads(said.out)["scores"]] == [sd_mm] * 2
    assert f"{sd_mm:.3f} mm, from 10 pairs of contours" in said.err


def test_a_blinded_studys_distances_stay_sealed(tmp_path, pyradiomics_data, capsys):
    now = Now(datetime(2026, 3, 1, 8, tzinfo=UTC))
    readers = plan_readers(["A", "B"], ["A"])
    Study.create(tmp_path / "study", Protocol(title="blinded", readers=readers, seed=1), now, workstation="w")
    files = [str(pyradiomics_data / f"lung2_{part}.nrrd") for part in ("image", "label")]
    assert main(["score", *files, "--uncertainty", "--study", str(tmp_path / "study")]) == 1
    assert "The readers' distances stay sealed until the study is unblinded" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--study", "STUDY"], "--study is for --uncertainty"),
        (["--uncertainty", "--study", "STUDY", "--sd-mm", "0.5"], "leave out one of the two"),
    ],
)
def test_a_study_that_contradicts_another_option_ends_the_call(options, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["score", "ct.nrrd", "mask.nrrd", *options])
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
