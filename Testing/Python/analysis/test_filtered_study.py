"""A study whose protocol names filtered images and resampling, from `study create` to the report: the features keep
pyradiomics' names and values all the way, and the fitted card scores a contour as the table does."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import Table
from RLNResponseLib.features import extraction
from RLNResponseLib.features.cohort.plan import study_extraction
from RLNResponseLib.features.settings import ExtractionSettings, image_prefixes
from RLNResponseLib.features.witness import is_equal, pyradiomics_settings
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.modelling.live_scores import LiveScores
from RLNResponseLib.modelling.model_card import read_model_card
from RLNResponseLib.modelling.table_score import table_scores
from RLNResponseLib.report.page.methods import _of_features
from RLNResponseLib.report.page.page import study_sections
from RLNResponseLib.report.page.parts import tables_of
from RLNResponseLib.report.text.references import Citations
from RLNResponseLib.report.text.score import score_text
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_HEADER, PATIENT_HEADER
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.drafts import save_draft
from RLNResponseLib.study.imports import import_clinical, import_ct
from RLNResponseLib.study.readings import lock_reading, open_reading
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import missing_readings

PATIENTS = 40
# Read by everybody; of the others A reads each once.
BY_ALL = 6
SHAPE = (14, 26, 28)
SPACING_MM = (1.0, 1.1, 2.0)
PARAMETERS = {
    "imageType": {"Original": {}, "LoG": {"sigma": [2.0, 3.0]}},
    "setting": {"resampledPixelSpacing": [1.5, 1.5, 1.5], "interpolator": "sitkLinear", "binWidth": 20},
}
FIRST = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
LATER = Now(datetime(2026, 3, 10, 12, tzinfo=UTC))


def ct_of(number, responds):
    """Fat, noise and clouds of any contrast, and between them the grain by which responders are told."""
    rng = np.random.default_rng(number)

    def field(variance):
        image = sitk.GetImageFromArray(rng.normal(size=SHAPE).astype(np.float32))
        image.SetSpacing(SPACING_MM)
        values = sitk.GetArrayFromImage(sitk.DiscreteGaussian(image, variance))
        return (values - values.mean()) / values.std()

    grain = field(2.0) - field(16.0)
    values = 60 + rng.uniform(5, 15) * field(0.01) + rng.uniform(20, 60) * field(30.0)
    values += (rng.uniform(15, 45) + 10 * responds) * grain
    image = sitk.GetImageFromArray(np.round(values).astype(np.int16))
    image.SetSpacing(SPACING_MM)
    return CTImage(image=image)


def contour_of(number, reader, turn):
    """A ragged ball, which every reading draws a little otherwise."""
    rng = np.random.default_rng([number, ord(reader), turn])
    k, j, i = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    far = ((k - 7) / 4) ** 2 + ((j - 13) / 7) ** 2 + ((i - 14) / (6 + number % 3)) ** 2
    return Contour.from_full_grid(far + rng.uniform(0, 0.15, SHAPE) <= 1, "lymph node")


def tables():
    patients = Table(
        name="patients.csv",
        columns=PATIENT_HEADER[:1],
        rows=tuple({"patient": f"P{number}"} for number in range(PATIENTS)),
    )
    columns = (*LYMPH_NODE_HEADER[:3], "recist")
    rows = [(f"LN{number}", f"P{number}", f"CT{number}", "CR" if number % 2 else "SD") for number in range(PATIENTS)]
    lymph_nodes = Table(
        name="lymph_nodes.csv", columns=columns, rows=tuple(dict(zip(columns, row, strict=True)) for row in rows)
    )
    return parse_clinical(patients, lymph_nodes)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("filtered")
    (folder / "params.json").write_text(json.dumps(PARAMETERS), encoding="utf-8")
    arguments = ["--readers", "A,B", "--repeat", "A", "--washout-days", "7", "--settings", str(folder / "params.json")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RLNRESPONSE_TODAY", "2026-01-10")
        assert main(["study", "create", str(folder / "study"), *arguments]) == 0
    made = Study.open(folder / "study")
    for number in range(PATIENTS):
        sitk.WriteImage(ct_of(number, number % 2).image, str(folder / "ct.nrrd"))
        import_ct(made, folder / "ct.nrrd", f"P{number}", f"CT{number}", FIRST)
    import_clinical(made, tables(), FIRST)
    for reader, turn, now in (("A", 1, FIRST), ("B", 1, FIRST), ("A", 2, LATER)):
        for number in range(PATIENTS if (reader, turn) == ("A", 1) else BY_ALL):
            key = ReadingKey(lymph_node=f"LN{number}", reader=reader, round=turn)
            contour, ct = contour_of(number, reader, turn), study_ct(made, f"CT{number}")
            open_reading(made, key, now)
            write = lambda path, contour=contour, ct=ct: write_seg_nrrd(path, contour, ct)  # noqa: E731
            save_draft(made, key, write, minutes=1, source="test", software={})
            lock_reading(made, key, (), now)
    unblind(made, LATER, {item.key: "one reading is enough here" for item in missing_readings(made)})
    assert main(["extract", str(made.folder), "--workers", "1"]) == 0
    return Study.open(made.folder)


@pytest.fixture(scope="module")
def analysis(study):
    return analyse_study(study, resamples=20, split=False)


@pytest.fixture(scope="module")
def scored(study):
    """The first lymph node's first reading: its CT, its contour and its row of the table."""
    (reading,) = [each for each in study.current_readings() if each.key == ReadingKey(lymph_node="LN0", reader="A")]
    ct = study_ct(study, reading.image)
    table = read_table(study.folder / "features" / "readings.csv")
    (row,) = [row for row in table.rows if (row["lymph_node"], row["reader"], row["round"]) == ("LN0", "A", "1")]
    return ct, locked_contour(study, reading, ct), row


def test_the_protocol_holds_the_settings_of_the_file_and_they_are_frozen(study):
    settings = study_extraction(study).settings
    assert settings.image_types == ("Original", "LoG")
    assert (settings.log_sigma_mm, settings.resampled_spacing_mm) == ((2.0, 3.0), (1.5, 1.5, 1.5))
    frozen = json.loads((study.folder / "protocol-frozen.json").read_text(encoding="utf-8"))
    assert frozen["protocol_sha256"] == study.protocol_and_digest()[1]


def test_the_features_are_pyradiomics_own_resampled_and_filtered_at_once(study, scored):
    """The study's table, and with wavelets beside them what the same contour gives."""
    ct, contour, row = scored
    settings = replace(study_extraction(study).settings, image_types=("Original", "LoG", "Wavelet"))
    own, image_types = pyradiomics_settings(settings)
    extractor = RadiomicsFeatureExtractor(**own)
    extractor.enabledImagetypes = image_types
    mask = sitk.GetImageFromArray(contour.full_grid(SHAPE))
    mask.CopyInformation(ct.image)
    theirs = extractor.execute(ct.image, mask)
    names = study_extraction(study).names
    assert len(names) == 13 + 93 * (1 + 2)
    ours = extraction.extract_features(ct, contour, settings).values
    assert len(ours) == 13 + 93 * (1 + 2 + 8)
    assert {name: float(row[name]) for name in names} == {name: ours[name] for name in names}
    assert [name for name, value in ours.items() if not is_equal(value, float(np.real(theirs[name])))] == []


def test_agreement_and_report_carry_every_feature_by_its_name(study, analysis):
    names = study_extraction(study).names
    assert analysis.agreement.features.names == names
    assert set(names) <= set(analysis.agreement.as_json()["features"])
    methods = _of_features(study, analysis, Citations())[0]
    assert methods.startswith("292 pyradiomics features ")
    images = "of the original image and its Laplacian of Gaussian (σ 2, 3 mm); a feature"
    assert images in methods
    tables = {table.name: table for table in tables_of(study_sections(study, analysis))}
    rows = {row[0] for row in tables["feature-agreement"].rows}
    assert {"GLCM Contrast (log-sigma-2-0-mm-3D)", "First-order Mean (log-sigma-3-0-mm-3D)"} <= rows


def test_the_card_states_the_settings_and_scores_a_contour_as_the_table(study, analysis, scored, monkeypatch):
    ct, contour, row = scored
    assert analysis.response.fitted_reason == ""
    card = read_model_card(study.folder / "results" / "fitted-response.json")
    filtered = [name for name in card.coefficients if not name.startswith("original_")]
    assert filtered
    assert card.settings.resampled_spacing_mm == (1.5, 1.5, 1.5)
    asked = []
    real = extraction.filtered_images
    monkeypatch.setattr(
        extraction, "filtered_images", lambda image, settings: asked.append(settings) or real(image, settings)
    )
    live = LiveScores([card]).score("segment", ct, contour).result
    # Only the images that the formula names are filtered.
    named = {name.partition("_")[0].partition("-")[0] for name in card.coefficients if "_shape_" not in name}
    made = {
        prefix.partition("-")[0] for settings in asked for each in image_prefixes(settings).values() for prefix in each
    }
    assert made == named
    (expected,) = table_scores(card, Table(name="row", columns=tuple(row), rows=(row,)))
    assert live.scores[0].score == pytest.approx(expected, rel=1e-12)
    said = score_text(live)
    assert all(feature_label(name) in said or name in said for name in filtered)


def test_a_table_of_other_settings_than_those_named_for_it_is_refused(study, analysis, tmp_path, capsys):
    arguments = ["--outcome", "response", "--group", "patient", "--output", str(tmp_path / "card.json")]
    (tmp_path / "other.json").write_text('{"bin_width": 25}', encoding="utf-8")
    cases = str(study.folder / "results" / "lymph_nodes.csv")
    assert main(["fit", cases, *arguments, "--settings", str(tmp_path / "other.json")]) == 1
    assert "with other settings than those that are named for the table" in capsys.readouterr().err


def test_a_file_that_names_features_is_no_protocol(tmp_path, capsys):
    content = {**PARAMETERS, "featureClass": {"glcm": ["Contrast"]}}
    (tmp_path / "params.json").write_text(json.dumps(content), encoding="utf-8")
    arguments = ["--readers", "A", "--settings", str(tmp_path / "params.json")]
    assert main(["study", "create", str(tmp_path / "study"), *arguments]) == 1
    assert "a study extracts all of every image that its protocol names" in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_a_fitted_card_without_settings_scores_no_ct(study, analysis, scored):
    ct, contour, _ = scored
    card = read_model_card(study.folder / "results" / "fitted-response.json")
    silent = replace(card, settings=ExtractionSettings(), assumed=frozenset())
    live = LiveScores([silent]).score("segment", ct, contour)
    assert live.refusal.startswith("The card of 'fitted-response' does not say how its features were extracted")
