"""A reader who looks into the folder of a blinded study with a text editor, and reads what their own commands print,
learns no size, place or finding of a contour: not the other reader's, not their own first one."""

import base64
import io
import json
import re
import shutil
import zlib
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.cli import main

SHAPE = (130, 180, 190)
SPACING = (0.71, 0.73, 2.57)
ORIGIN = (-43.25, 61.5, -812.75)
DAY = {("A", 1): "2026-01-10", ("B", 1): "2026-01-11", ("A", 2): "2026-03-10"}
# One place and size a reading; every number has three digits, so that it is met by chance nowhere.
BALLS = {
    ("LN1", "A", 1): ((112, 131, 141), 23.7),
    ("LN1", "B", 1): ((113, 133, 139), 24.3),
    ("LN1", "A", 2): ((114, 129, 143), 25.1),
    ("LN2", "A", 1): ((118, 150, 116), 25.9),
    ("LN2", "B", 1): ((119, 148, 117), 26.3),
}
# What the checks say of such contours; none of these words is said of an image, a reader or a table.
WORDS = [
    "large-lymph-node", "several-components", "at-image-border", "far-from-site", "resampled-contour", "cm³", "mm³",
    "cm\\u00b3", "mm\\u00b3", "separate parts", "touches the border", "holds", "component", "volume", "extent_mm",
    "ContourPlace", "another grid",
]  # fmt: skip


def ball(centre, radius_mm):
    """A ball with a stray part of 160 voxels at the last slices, [k, j, i]."""
    k, j, i = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    steps = zip((k, j, i), centre, SPACING[::-1], strict=True)
    mask = sum(((axis - middle) * step) ** 2 for axis, middle, step in steps) <= radius_mm**2
    mask[126:130, 172:180, 162:167] = True
    return mask


def write(path, array):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


def numbers_of(mask):
    """Bounds of the contour and its parts, voxel counts, volumes and centroids, as whoever writes numbers would."""
    ball_alone = mask.copy()
    ball_alone[126:130, 172:180, 162:167] = False
    found = set()
    for part in (mask, ball_alone):
        points = np.argwhere(part)
        low, high = points.min(axis=0), points.max(axis=0)
        found |= {str(number) for number in (*low, *high) if number >= 100 and number not in np.array(SHAPE) - 1}
        count, middle = len(points), points.mean(axis=0)
        mm = middle[::-1] * SPACING + ORIGIN
        volume = count * np.prod(SPACING)
        found |= {str(count), f"{count:,}", str(volume), f"{volume:.0f}", f"{volume:,.0f}", f"{volume / 1000:.1f}"}
        found |= {form % number for number in (*middle, *mm) for form in ("%.1f", "%.2f", "%.3f", "%r")}
        found |= {repr(float(number)) for number in (*middle, *mm)}
    return found


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    write(folder / "ct.nrrd", np.random.default_rng(2).normal(60, 20, SHAPE).astype(np.int16))
    drawn = {key: ball(*where) for key, where in BALLS.items()}
    for key, mask in drawn.items():
        write(folder / f"{'-'.join(map(str, key))}.nrrd", mask.astype(np.uint8))
    # On a finer grid, so that the import itself has something to say of the contour, which stands in a draft's notes.
    finer = sitk.Expand(sitk.ReadImage(str(folder / "LN2-B-1.nrrd")), (2, 1, 1), sitk.sitkNearestNeighbor)
    sitk.WriteImage(finer, str(folder / "LN2-B-1.nrrd"), useCompression=True)
    return folder, drawn


class Studied:
    """A study's folder, and what each reader's commands printed."""

    def __init__(self, study, printed):
        self.study, self.printed = study, dict(printed)

    def run(self, reader, day, *words):
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
            patch.setenv("RLNRESPONSE_TODAY", day)
            assert main(["study", words[0], str(self.study), *map(str, words[1:])]) == 0
        self.printed[reader] += said.getvalue()


@pytest.fixture(scope="module")
def blinded(masks, tmp_path_factory):
    """A blinded study: all of LN1 is locked, of LN2 A's first; B's is a draft that an earlier one was set aside for."""
    folder, _ = masks
    made = tmp_path_factory.mktemp("blinded")
    studied = Studied(made / "study", {"A": "", "B": "", None: ""})
    run = studied.run
    (made / "p.csv").write_text("patient\nP1\n")
    rows = "lymph_node,patient,image,site_left_mm,site_posterior_mm,site_superior_mm\n"
    (made / "n.csv").write_text(f"{rows}LN1,P1,CT1,1,2,-800\nLN2,P1,CT1,3,4,-801\n")
    run(None, DAY["A", 1], "create", "--readers", "A,B", "--repeat", "A", "--washout-days", 30)
    run(None, DAY["A", 1], "import-clinical", "--patients", made / "p.csv", "--lymph-nodes", made / "n.csv")
    run(None, DAY["A", 1], "import-ct", folder / "ct.nrrd", "--patient", "P1", "--image", "CT1")
    for lymph_node, reader, round_ in BALLS:
        key = ("--lymph-node", lymph_node, "--reader", reader, "--round", round_)
        day = DAY[reader, round_]
        if (lymph_node, reader) == ("LN2", "B"):
            run(reader, day, "import-reading", folder / "LN1-B-1.nrrd", *key)
        run(reader, day, "import-reading", folder / f"{lymph_node}-{reader}-{round_}.nrrd", *key)
        run(reader, day, "lock", *key, "--check")
        if (lymph_node, reader) != ("LN2", "B"):
            run(reader, day, "lock", *key)
    return studied


@pytest.fixture
def studied(blinded, tmp_path):
    """A copy of its own."""
    shutil.copytree(blinded.study, tmp_path / "study")
    return Studied(tmp_path / "study", blinded.printed)


def as_an_editor_shows(study):
    """Every file as text: a NRRD's header, all of what is no voxels; sealed files and voxels as the bytes they are."""
    for path in sorted(study.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".nrrd":
                content, _, packed = content.partition(b"\n\n")
                yield f"{path.name}, behind its header", packed.decode("latin-1"), False
            is_text = path.suffix != ".sealed"
            yield path.relative_to(study).as_posix(), content.decode("utf-8" if is_text else "latin-1"), is_text


def test_no_size_place_or_finding_can_be_read_before_unblinding(studied, masks):
    for words in ("separate parts", "touches the border", "another grid"):
        assert words in studied.printed["B"], "the contours are such that the checks say something"
    numbers = set().union(*map(numbers_of, masks[1].values()))
    assert len(numbers) > 100
    seen = 0
    for name, text, is_text in as_an_editor_shows(studied.study):
        if name.endswith(".csv") or name.startswith("templates/"):
            continue
        # Three signs are met by chance among packed voxels.
        words = [word for word in WORDS if is_text or len(word) > 3]
        found = [word for word in words if word in text] if name != "study.toml" else []
        if is_text:
            found += sorted(numbers & set(re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?![\w.])", text)))
        assert found == [], name
        seen += 1
    assert seen > 25


def test_what_a_blinded_reader_s_commands_print_tells_nothing_of_the_other_s_contours(studied, masks):
    for command in (
        ("status",),
        ("status", "--json"),
        ("worklist", "--reader", "B", "--round", 1),
        ("worklist", "--reader", "B", "--round", 1, "--json"),
        ("verify",),
        ("verify", "--json"),
        ("lock", "--lymph-node", "LN2", "--reader", "B", "--round", 1),
    ):
        studied.run("B", DAY["A", 2], *command)
    own = set().union(*(numbers_of(mask) for (_, reader, _), mask in masks[1].items() if reader == "B"))
    others = set().union(*(numbers_of(mask) for (_, reader, _), mask in masks[1].items() if reader == "A"))
    said = set(re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?![\w.])", studied.printed["B"]))
    assert said & own, "what is B's own is said"
    assert sorted(said & (others - own)) == []
    assert studied.printed["B"].count("separate parts") == 7, "of B's own, at three imports, two checks and two locks"


def test_the_findings_are_there_for_who_unpacks_them(studied):
    """And the search would find them where they were plain."""
    study = studied.study
    for name in ("LN1/A-1", "LN1/B-1", "LN1/A-2", "LN2/A-1"):
        content = json.loads(zlib.decompress((study / f"readings/{name}.sealed").read_bytes(), wbits=31))
        assert {"large-lymph-node", "several-components", "at-image-border"} <= {
            finding["code"] for finding in content["findings"]
        }
        assert content["source"] == "imported contour"
    notes = json.loads((study / "readings/LN2/B-1.draft.json").read_text())
    assert "resampled-contour" in zlib.decompress(base64.b64decode(notes["sealed"]), wbits=31).decode()
