"""The library as a script uses it: `from RLNResponseLib import score, ...`, docs/python.md and docs/python.ipynb."""

import ast
import contextlib
import importlib
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import RLNResponseLib
from RLNResponseLib import (
    RESEARCH_USE_ONLY,
    Contour,
    CTImage,
    DataRefusedError,
    extract_features,
    list_segments,
    read_contour,
    read_ct,
    score,
)
from RLNResponseLib.cli import main
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.modelling.model_card import find_model, find_models, published_models
from RLNResponseLib.modelling.score_model import ScoreModel

ROOT = Path(__file__).resolve().parents[2]
LONGEST_REPR = 600


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(seed=1, size=(160, 160, 48))


@pytest.fixture(scope="module")
def files(tmp_path_factory, phantom):
    """A folder with ct.nrrd, mask.nrrd (the first lymph node) and lymph-nodes.nrrd (all four as labels 1 to 4)."""
    folder = tmp_path_factory.mktemp("files")
    sitk.WriteImage(phantom.ct.image, folder / "ct.nrrd")
    shape = sitk.GetArrayViewFromImage(phantom.ct.image).shape
    labels = np.zeros(shape, dtype=np.uint8)
    for number, contour in enumerate(phantom.truth, 1):
        labels[contour.full_grid(shape) != 0] = number
    for name, array in (("mask.nrrd", (labels == 1).astype(np.uint8)), ("lymph-nodes.nrrd", labels)):
        image = sitk.GetImageFromArray(array)
        image.CopyInformation(phantom.ct.image)
        sitk.WriteImage(image, folder / name)
    return folder


@pytest.fixture
def result(phantom):
    return score(phantom.ct, phantom.truth[0])


def command_json(capsys, *arguments):
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


# --- the same record as the command's


@pytest.mark.parametrize("case", ["lung1", "lung2"])
def test_score_is_what_the_command_prints_on_real_lesions(pyradiomics_data, capsys, case):
    ct, mask = (pyradiomics_data / f"{case}_{part}.nrrd" for part in ("image", "label"))
    result = score(str(ct), str(mask))
    assert result.to_dict() == result.as_json()
    # Through JSON, which keeps every digit of a float: bit for bit the same.
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False)) == command_json(capsys, "score", ct, mask)
    assert set(result.features) == set(FEATURES)


def test_uncertainty_and_second_reader_are_the_command_s(pyradiomics_data, capsys):
    ct, mask = (pyradiomics_data / f"lung2_{part}.nrrd" for part in ("image", "label"))
    result = score(ct, mask, uncertainty=True, sd_mm=0.5, seed=3, second_reader=mask)
    printed = command_json(
        capsys, "score", ct, mask, "--uncertainty", "--sd-mm", 0.5, "--seed", 3, "--second-reader", mask
    )
    assert json.loads(json.dumps(result.to_dict())) == printed
    frame = result.to_frame()
    assert list(frame["lower"]) == [entry["uncertainty"]["lower"] for entry in printed["scores"]]
    assert list(frame["second_reader_score"]) == [entry["score"] for entry in printed["scores"]]
    assert f"{result.uncertainty[0].lower:.3f} to {result.uncertainty[0].upper:.3f}" in result._repr_html_()


@pytest.mark.parametrize("case", ["lung1", "lung2"])
def test_features_are_what_the_command_prints(pyradiomics_data, tmp_path, capsys, case):
    ct, mask = (pyradiomics_data / f"{case}_{part}.nrrd" for part in ("image", "label"))
    found = extract_features(str(ct), mask)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == command_json(capsys, "features", ct, mask)
    assert main(["features", str(ct), str(mask), "--output", str(tmp_path / "row.csv")]) == 0
    pandas = pytest.importorskip("pandas")
    written = pandas.read_csv(tmp_path / "row.csv", float_precision="round_trip")
    pandas.testing.assert_frame_equal(found.to_frame(), written, check_exact=True)


def test_text_and_path_and_objects_give_the_same(files):
    ct = read_ct(str(files / "ct.nrrd"))
    contour = read_contour(str(files / "mask.nrrd"), ct)
    expected = score(files / "ct.nrrd", files / "mask.nrrd").to_dict()
    assert score(str(files / "ct.nrrd"), str(files / "mask.nrrd")).to_dict() == expected
    assert score(ct, contour).to_dict() == expected
    assert score(ct, str(files / "mask.nrrd")).to_dict() == expected
    assert isinstance(ct, CTImage)
    assert isinstance(contour, Contour)


def test_a_segment_is_a_name_or_a_label_number(files):
    by_number, by_text = (score(files / "ct.nrrd", files / "lymph-nodes.nrrd", segment=which) for which in (2, "2"))
    name = list_segments(str(files / "lymph-nodes.nrrd"))[1].name
    assert by_number.to_dict() == by_text.to_dict()
    assert by_number.segment == name
    assert score(files / "ct.nrrd", files / "lymph-nodes.nrrd", name).to_dict() == by_number.to_dict()


def test_models_are_ids_paths_or_objects(phantom, tmp_path):
    from RLNResponseLib.common.software import resources_folder

    card = resources_folder() / "models" / "gu2021-response.json"
    own = tmp_path / "own.json"
    own.write_bytes(card.read_bytes())
    model = find_model("gu2021-response")
    for models in ("gu2021-response", ["gu2021-response"], own, str(own), [own], model, (model,)):
        scores = score(phantom.ct, phantom.truth[0], models=models).scores
        assert [each.model.id for each in scores] == ["gu2021-response"]
        assert isinstance(scores[0].model, ScoreModel)
    assert find_models() == published_models()
    several = score(phantom.ct, phantom.truth[0], models=(name for name in ("gu2021-local-control-2y", own)))
    assert [each.model.id for each in several.scores] == ["gu2021-local-control-2y", "gu2021-response"]


def test_settings_and_names_of_features(phantom):
    ct, contour = phantom.ct, phantom.truth[0]
    name = "original_glcm_InverseVariance"
    one = extract_features(ct, contour, features=name)
    assert dict(one.values) == {name: extract_features(ct, contour).values[name]}
    finer = extract_features(ct, contour, settings={"bin_width": 10}, features=[name])
    assert finer.vector.settings.bin_width == 10
    assert finer.values[name] != one.values[name]


# --- bad input


def refusal(call):
    with pytest.raises(DataRefusedError) as caught:
        call()
    return caught.value


def test_bad_paths_segments_models_and_settings_are_refused_in_a_sentence(files):
    ct, several = files / "ct.nrrd", files / "lymph-nodes.nrrd"
    mask = files / "mask.nrrd"
    for code, call in {
        "missing-file": lambda: score("nowhere.nrrd", mask),
        "several-segments": lambda: score(ct, several),
        "no-such-segment": lambda: score(ct, several, segment=9),
        "no-model": lambda: score(ct, mask, models="gu2021"),
        "bad-model-card": lambda: score(ct, mask, models=Path("nowhere.json")),
        "unknown-feature": lambda: extract_features(ct, mask, features="original_glcm_Contrasts"),
        "bad-settings": lambda: extract_features(ct, mask, settings={"binWidth": 10}),
        "no-such-series": lambda: score(ct, mask, series="1.2.3"),
    }.items():
        error = refusal(call)
        assert error.code == code
        assert str(error).endswith(".")
    assert "label 1, label 2, label 3, label 4" in str(refusal(lambda: score(ct, several)))
    assert "nowhere.nrrd" in str(refusal(lambda: extract_features("nowhere.nrrd", mask)))
    assert refusal(lambda: score(ct, mask, models=[])).code == "no-model"


def test_a_contour_of_another_ct_is_refused(phantom):
    small = CTImage(image=phantom.ct.image[:60, :60, :], name="small")
    # One whose array would reach back from the end, as Python's indices below zero do.
    outside = Contour(name="LN", voxels=phantom.truth[0].voxels, corner=(-20, 10, 10))
    for call in (
        lambda: score(small, phantom.truth[0]),
        lambda: extract_features(small, phantom.truth[0]),
        lambda: score(phantom.ct, outside),
        lambda: extract_features(phantom.ct, outside),
        lambda: score(phantom.ct, phantom.truth[0], second_reader=outside),
    ):
        assert refusal(call).code == "outside-ct"


# --- how results show themselves


def records(value):
    """A result and what hangs on it."""
    yield value
    for name in getattr(value, "__dataclass_fields__", {}):
        inner = getattr(value, name)
        for each in inner if isinstance(inner, tuple) else (inner,):
            if hasattr(each, "__dataclass_fields__"):
                yield from records(each)


@pytest.fixture(scope="module")
def development():
    """The records of a small fit: Cases, DevelopedScore, Optimism, Validation."""
    from RLNResponseLib.modelling.fitting.cases import Cases
    from RLNResponseLib.modelling.fitting.development import Recipe, develop
    from RLNResponseLib.modelling.fitting.optimism import optimism
    from RLNResponseLib.modelling.validation.validation import validate

    rng = np.random.default_rng(1)
    features = rng.normal(size=(90, 4))
    cases = Cases(features=features, outcome=features[:, 0] + rng.logistic(size=90) > 0, patients=np.arange(90) // 2)
    recipe = Recipe(folds=3)
    made = develop(cases, recipe, seed=1)
    judged = validate(made.score(features), cases.outcome, cases.patients, made.cutoff)
    return [cases, made, optimism(cases, made, recipe, 20, 1), judged]


def test_every_record_of_a_score_prints_in_a_few_lines(phantom, files, result):
    several = score(files / "ct.nrrd", files / "mask.nrrd", models=[*published_models()] * 5, uncertainty=True)
    found = extract_features(phantom.ct, phantom.truth[0])
    for whole in (phantom, result, several, found):
        for record in records(whole):
            assert len(repr(record)) < LONGEST_REPR, type(record)
            assert "\n" not in repr(record)
    assert repr(result) == (
        "LesionResult('LN1 4R lower paratracheal', 4062 mm³, Rad-score 1.624 (responder), Rad-score-2-year -1.110 "
        "(low: shorter local control), warnings: 0)"
    )
    assert "6 more scores" in repr(several)
    assert "3514 voxels" in repr(phantom.truth[0])
    assert "160 × 160 × 48 voxels of 0.68 × 0.68 × 2.5 mm" in repr(phantom.ct)


def test_every_record_of_a_fit_prints_in_a_few_lines(development):
    for whole in development:
        for record in records(whole):
            assert len(repr(record)) < LONGEST_REPR, type(record)
    assert "<float64 array 90 × 4>" in repr(development[0])


def test_a_record_that_holds_arrays_has_a_repr_of_its_own():
    """In the rooms whose records a session holds; numpy's would print up to a thousand numbers for each field."""
    lacking = []
    for path in sorted((ROOT / "RLNResponseLib").rglob("*.py")):
        if path.relative_to(ROOT / "RLNResponseLib").parts[0] not in ("agreement", "modelling", "survival"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_") or not node.decorator_list:
                continue
            declared = [ast.unparse(each.annotation) for each in node.body if isinstance(each, ast.AnnAssign)]
            if not any(
                kind in annotation for annotation in declared for kind in ("NDArray", "Floats", "Ints", "Bools")
            ):
                continue
            # In the source: the class itself always has the one that `dataclass` makes.
            if not any("__repr__" in ast.unparse(each) for each in node.body):
                lacking.append(node.name)
    assert lacking == []


HOSTILE = "<script>alert('LN1 & co')</script>\n\x1b[31m" + "x" * 5000


def test_a_hostile_name_neither_breaks_the_page_nor_the_terminal(phantom):
    truth = phantom.truth[0]
    contour = Contour(name=HOSTILE, voxels=truth.voxels, corner=truth.corner)
    for shown in (score(phantom.ct, contour), extract_features(phantom.ct, contour)):
        html = shown._repr_html_()
        assert "<script" not in html
        assert "&lt;script&gt;" in html
        assert HOSTILE[:20] not in html
        assert "x" * 100 not in html
        for record in (shown, contour, CTImage(image=phantom.ct.image, name=HOSTILE)):
            assert len(repr(record)) < LONGEST_REPR
            assert repr(record).isprintable()
        assert shown.to_dict()["segment"] == HOSTILE


def test_the_page_of_a_result_says_what_the_text_says(phantom, pyradiomics_data):
    plain = score(phantom.ct, phantom.truth[0])._repr_html_()
    for part in ("1.624", "&gt; 0.961", "responder", "-1.110", "Replication of a published formula", RESEARCH_USE_ONLY):
        assert part in plain
    withheld = score(pyradiomics_data / "lung1_image.nrrd", pyradiomics_data / "lung1_label.nrrd")
    html = withheld._repr_html_()
    assert "group withheld" in html
    assert "lies outside -1.03 to 3.57" in html
    for finding in withheld.warnings:
        assert finding.message.split("'")[0] in html
    assert RESEARCH_USE_ONLY in html
    assert RESEARCH_USE_ONLY in extract_features(phantom.ct, phantom.truth[0])._repr_html_()


def test_a_frame_has_one_row_a_score_model(result):
    pytest.importorskip("pandas")
    frame = result.to_frame()
    assert list(frame["model"]) == [each.model.id for each in result.scores]
    assert list(frame["score"]) == [each.score for each in result.scores]
    assert list(frame["group"]) == ["responder", "low"]
    assert set(frame["segment"]) == {result.segment}
    assert set(frame["notice"]) == {result.notice}
    assert "lower" not in frame.columns


def test_without_pandas_a_frame_is_refused_in_a_sentence(result, monkeypatch):
    import importlib.util

    from RLNResponseLib.common import requirements

    real = importlib.util.find_spec
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(requirements, "find_spec", lambda name: None if name == "pandas" else real(name))
    for shown in (result, extract_features_of(result)):
        error = refusal(shown.to_frame)
        assert error.code == "missing-package"
        assert str(error) == (
            "A data frame needs pandas, which is not installed here; install it (pip install 'pandas>=2.0'), or use "
            "to_dict()."
        )


def extract_features_of(result):
    from RLNResponseLib.features.checked import CheckedFeatures
    from RLNResponseLib.features.extraction import FeatureVector

    return CheckedFeatures(result.segment, FeatureVector(result.features, result.settings, result.software), ())


# --- the face itself


def loaded_by(code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    call = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return set(call.stdout.split())


def test_importing_the_package_loads_nothing_and_asking_loads_what_is_asked():
    bare = loaded_by("import RLNResponseLib")
    assert {name for name in bare if name.startswith("RLNResponseLib.")} == {
        "RLNResponseLib.common",
        "RLNResponseLib.common.about",
    }
    assert {"numpy", "SimpleITK", "scipy", "pandas"} & bare == set()
    assert "numpy" not in loaded_by("from RLNResponseLib import DataRefusedError")
    scoring = loaded_by("from RLNResponseLib import score, extract_features, read_ct, read_contour")
    assert "RLNResponseLib.api" in scoring
    assert {"pandas", "matplotlib", "sklearn", "lifelines", "pyarrow", "RLNResponseLib.cli"} & scoring == set()


def test_every_name_of_the_face_is_there_and_no_other():
    for name in RLNResponseLib.__all__:
        assert getattr(RLNResponseLib, name) is not None
        assert name in dir(RLNResponseLib)
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        RLNResponseLib.scores  # noqa: B018
    namespace = {}
    exec("from RLNResponseLib import *", namespace)
    assert set(namespace) >= set(RLNResponseLib.__all__)


def test_a_type_checker_and_python_find_the_same_names_in_the_same_places():
    tree = ast.parse((ROOT / "RLNResponseLib" / "__init__.py").read_text(encoding="utf-8"))
    (typed,) = [each for each in tree.body if isinstance(each, ast.If)]
    declared = {alias.name: each.module for each in typed.body for alias in each.names}
    assert declared == RLNResponseLib._HOMES
    assert set(declared) == set(RLNResponseLib.__all__) - {"RESEARCH_USE_ONLY", "__version__"}


def test_public_functions_say_what_they_return_and_raise():
    for function in (score, extract_features):
        for part in ("Parameters\n", "Returns\n", "Raises\n", "Examples\n"):
            assert part in function.__doc__


# --- the page and the notebook

_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def printed(code, namespace, name):
    """What a block prints, run in the namespace that all blocks of its page share."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, name, "exec"), namespace)
    return output.getvalue()


def test_the_page_prints_what_it_says(files, tmp_path, monkeypatch, small_cohort):
    pytest.importorskip("pandas")
    for name in ("ct.nrrd", "mask.nrrd", "lymph-nodes.nrrd"):
        shutil.copyfile(files / name, tmp_path / name)
    shutil.copytree(small_cohort.folder, tmp_path / "study")
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall((ROOT / "docs" / "python.md").read_text(encoding="utf-8"))
    assert len(blocks) >= 10
    namespace = {"__name__": "__main__"}
    for position, (code, expected) in enumerate(blocks, 1):
        assert printed(code, namespace, f"docs/python.md, block {position}") == expected, code


def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((ROOT / "docs" / "python.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["metadata"]["language_info"]["name"]) == (4, "python")
    with contextlib.suppress(ImportError):
        importlib.import_module("nbformat").validate(notebook)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    namespace = {"__name__": "__main__"}
    matplotlib.use("Agg")
    for position, cell in enumerate(cells, 1):
        printed("".join(cell["source"]), namespace, f"docs/python.ipynb, cell {position}")
    matplotlib.pyplot.close("all")
    assert len(namespace["results"]) == 4
    assert all(math.isfinite(each.scores[0].score) for each in namespace["results"])
    assert (tmp_path / "lymph-node.png").stat().st_size > 10_000
    assert RESEARCH_USE_ONLY in "".join("".join(cell["source"]) for cell in notebook["cells"])
