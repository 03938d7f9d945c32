"""Settings from a file: a study's protocol, pyradiomics' own parameter file (with pyradiomics as witness), our names."""

import json
import logging

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.settings_file import read_settings
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.study.protocol import Protocol, plan_readers

PARAMETERS = """\
# As people keep them.
imageType:
  Original: {}
  LoG:
    sigma: [2.0, 3.0]
  Square: {}
featureClass:
  shape:
    - Sphericity
  firstorder: []
  glcm:
    - InverseVariance
    - Contrast
setting:
  binWidth: 10
  resampledPixelSpacing: [1, 1, 1]
  interpolator: 'sitkLinear'
  resegmentRange: [-150, 250]
  label: 1
  additionalInfo: false
  padDistance: 5
"""


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path):
    with pytest.raises(DataRefusedError) as caught:
        read_settings(path)
    return str(caught.value)


@pytest.fixture(scope="module")
def lesion():
    generator = np.random.default_rng(3)
    image = sitk.GetImageFromArray(generator.normal(40, 60, (16, 30, 30)).astype(np.int16))
    image.SetSpacing((0.8, 0.8, 2.5))
    mask = np.zeros((16, 30, 30), np.uint8)
    mask[5:11, 9:21, 8:20] = 1
    return image, mask


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pykwalify, by which pyradiomics reads the file
def test_a_parameter_file_gives_the_features_and_values_that_pyradiomics_gives_with_it(tmp_path, lesion):
    radiomics = pytest.importorskip("radiomics")
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    path = write(tmp_path / "Params.yaml", PARAMETERS)
    image, mask = lesion
    label = sitk.GetImageFromArray(mask)
    label.CopyInformation(image)
    theirs = radiomics.featureextractor.RadiomicsFeatureExtractor(str(path)).execute(image, label)
    found = read_settings(path)
    ours = extract_features(CTImage(image=image), Contour.from_full_grid(mask, "LN"), found.settings, found.features)
    expected = {name: float(value) for name, value in theirs.items() if not name.startswith("diagnostics_")}
    assert set(ours.values) == set(expected)
    assert len(expected) == 1 + 4 * (18 + 2)
    for name, value in expected.items():
        assert ours.values[name] == pytest.approx(value, rel=1e-9), name


def test_the_same_file_as_json_says_the_same(tmp_path):
    yaml = pytest.importorskip("ruamel.yaml").YAML(typ="safe", pure=True)
    as_json = write(tmp_path / "params.json", json.dumps(yaml.load(PARAMETERS)))
    assert read_settings(as_json) == read_settings(write(tmp_path / "params.yaml", PARAMETERS))


def test_without_classes_and_image_types_it_is_all_of_the_original_image(tmp_path):
    found = read_settings(write(tmp_path / "p.json", '{"setting": {"binCount": 32, "binWidth": null}}'))
    assert (found.settings, found.features) == (ExtractionSettings(bin_count=32), None)


def test_a_study_s_protocol_gives_its_settings_by_file_or_folder(tmp_path):
    protocol = Protocol(title="S", readers=plan_readers(["A"], []), extraction={"bin_width": 12.5, "distances": [1, 2]})
    path = write(tmp_path / "study.toml", protocol.as_toml())
    wanted = ExtractionSettings(bin_width=12.5, distances=(1, 2))
    assert read_settings(path).settings == wanted == read_settings(tmp_path).settings
    assert "lacks" in refusal(write(tmp_path / "study.toml", protocol.as_toml().replace("washout_days", "washout")))


def test_our_own_names_are_read_as_they_are_printed(tmp_path):
    settings = ExtractionSettings(bin_width=7.5, image_types=("Original", "LoG"), log_sigma_mm=(2.0,))
    path = write(tmp_path / "own.json", json.dumps(settings.as_mapping()))
    assert read_settings(path).settings == settings
    assert read_settings(write(tmp_path / "own.toml", "bin_width = 7.5\n")).settings == ExtractionSettings(
        bin_width=7.5
    )


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"setting": {"voxelArrayShift": 1000}}, "voxelArrayShift: 1000"),
        ({"setting": {"binwidth": 25}}, "binwidth"),
        ({"setting": {"force2D": True}}, "force2D: True"),
        (
            {"setting": {"geometryTolerance": 1e-4}},
            "geometryTolerance: 0.0001, which our extraction has not; leave it out",
        ),
        ({"setting": {"label": 2}}, "label: 2, which our extraction has not; the contour is chosen by --segment"),
        ({"setting": {"weightingNorm": "euclidean"}}, "weightingNorm: euclidean"),
        ({"setting": {"padDistance": 10}}, "padDistance: 10"),
        ({"setting": {"minimumROIDimensions": True}}, "minimumROIDimensions: True"),
        ({"setting": {"binWidth": "25 HU"}}, "bin_width"),
        ({"setting": {"interpolator": 3}}, "interpolator"),
        ({"setting": {"sigma": [2.0]}}, "log_sigma_mm"),
        ({"setting": [1]}, "has in setting no names with values"),
        ({"imageType": {"LBP3D": {}}}, "imageType LBP3D"),
        ({"imageType": {"LoG": {}}}, "log_sigma_mm"),
        ({"imageType": {"LoG": {"sigma": [2.0], "binWidth": 5}}}, "binWidth of imageType LoG"),
        ({"imageType": {"Wavelet": {"wavelet": "haar"}}}, "wavelet: haar"),
        ({"imageType": ["Original"]}, "has in imageType no names"),
        ({"featureClass": {"shape2D": []}}, "featureClass shape2D"),
        ({"featureClass": {"shape": ["VoxelVolume"]}}, "shape VoxelVolume"),
        ({"featureClass": {"glcm": ["Contrst"]}}, "glcm Contrst"),
        ({"featureClass": {"glcm": "Contrast"}}, "no list of features"),
        ({"voxelSetting": {"kernelRadius": 2}, "setting": {}}, "voxelSetting"),
        ({"bin_widths": 10}, "bin_widths"),
        ([1], "holds no settings by name"),
    ],
)
def test_what_our_extraction_has_not_is_refused_by_its_name(tmp_path, data, named):
    assert named in refusal(write(tmp_path / "p.json", json.dumps(data)))


def test_files_that_are_no_settings_say_so(tmp_path):
    assert "states one name twice" in refusal(write(tmp_path / "p.json", '{"setting": {}, "setting": {}}'))
    assert "not valid JSON" in refusal(write(tmp_path / "p.json", "{"))
    assert "cannot be read" in refusal(tmp_path / "absent.yaml")
    pytest.importorskip("ruamel.yaml")
    assert "has a tag" in refusal(write(tmp_path / "p.yaml", "setting: !!python/object:os.system {}\n"))
