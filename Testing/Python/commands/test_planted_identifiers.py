"""Identifiers in six scripts, dates and numbers, planted wherever a hospital's files have room for one: a study is made
of them, read, analysed, exported, reported and scored, and not one is found in what comes out."""

import base64
import gzip
import html
import json
import re
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.datadict import DicomDictionary, keyword_dict
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from RLNResponseLib.cli import main
from RLNResponseLib.demo.phantom import SPACING_MM, make_phantom
from RLNResponseLib.imaging.quiet import silenced_itk

pytestmark = pytest.mark.long

# By script: the name, and the encodings beside UTF-8 and UTF-16 that a file of it may have been in.
NAMES = {
    "Zqkowalska": ("latin-1",),
    "欧阳锋铭": ("gb18030", "big5"),
    "Достоевский": ("iso8859-5", "koi8-r", "cp1251"),
    "عبدالرحمن": ("iso8859-6", "cp1256"),
    "Παπαδόπουλος": ("iso8859-7", "cp1253"),
    "さくら山田": ("shift_jis", "euc_jp", "iso2022_jp"),
}
DATE, TIME, NUMBER, AGE, PHONE = "19570417", "134217.531", "48151623", "069Y", "601223344"
OTHER_FORMS = ("1957-04-17", "17.04.1957", "19570417.0", "48151623.0", "48,151,623", "601 223 344")
ASCII, *_ = NAMES
SCRIPTS = tuple(NAMES)
# The standard's own texts of a CT, without which it would be none.
KEPT = {"Modality", "SOPClassUID", "PhotometricInterpretation", "SpecificCharacterSet", "PatientPosition"}
# Where the voxels lie, and what they are.
GEOMETRY = {"ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"} | {
    "GantryDetectorTilt"
}
WORDS = {
    "ConvolutionKernel": "STANDARD",
    "Manufacturer": "GE MEDICAL SYSTEMS",
    "ManufacturerModelName": "LightSpeed VCT",
    "ContrastBolusAgent": "Omnipaque 350",
    "ContrastBolusRoute": "IV",
}
SIZE = (128, 128, 40)
# What differs from slice to slice: six signs of an identifier, and the place.
PLACEHOLDER = "7777.7"


def planted(vr, place):
    """What is planted in the place of this number: a name of one script after the other, or what the VR takes."""
    name = SCRIPTS[place % len(SCRIPTS)]
    return {
        "PN": f"{name}^{name}",
        "SH": name, "LO": f"{name} {DATE}", "ST": f"{name} {PHONE}", "LT": f"{name} {NUMBER}", "UT": name, "UC": name,
        "AE": ASCII, "CS": ASCII.upper(), "DA": DATE, "TM": TIME, "DT": DATE + "134217", "AS": AGE, "IS": NUMBER,
        "DS": NUMBER,
    }.get(vr)  # fmt: skip


def is_of_a_ct(tag):
    """Whether an element is of the groups that say who, when, where, how and why."""
    return tag >> 16 in (0x08, 0x10, 0x20, 0x32, 0x38, 0x40) or 0x00180000 <= tag < 0x00182000


def fill(item, skipped=frozenset()):
    """Plant into every string element that the standard knows, and say how many it took."""
    places = 0
    for keyword, tag in keyword_dict.items():
        vr, vm, _, retired, _ = DicomDictionary[tag]
        if retired or not vm.startswith("1") or keyword in skipped or not is_of_a_ct(tag):
            continue
        if (value := planted(vr, places)) is not None:
            setattr(item, keyword, value)
            places += 1
    return places


def new_file(kind):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, kind
    meta.MediaStorageSOPInstanceUID = generate_uid()
    file = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID, file.SpecificCharacterSet = (
        kind,
        meta.MediaStorageSOPInstanceUID,
        "ISO_IR 192",
    )
    return file


def write_series(folder, image):
    """The CT as a hospital's series whose every text is planted; how many places it has."""
    folder.mkdir(parents=True)
    series, study, frame = generate_uid(), generate_uid(), generate_uid()
    file = new_file(CTImageStorage)
    places = fill(file, KEPT | GEOMETRY)
    for number, (keyword, word) in enumerate(WORDS.items()):
        setattr(file, keyword, f"{word} {SCRIPTS[number % len(SCRIPTS)]}")
    nested, inner = Dataset(), Dataset()
    fill(nested, KEPT | GEOMETRY)
    inner.PatientID, inner.PatientName, inner.PatientComments = NUMBER, SCRIPTS[1], SCRIPTS[2]
    nested.OtherPatientIDsSequence = Sequence([inner])
    file.RequestAttributesSequence = Sequence([nested])
    for number, name in enumerate(SCRIPTS):
        file.add_new((0x0009, 0x0010 + number), "LO", f"{ASCII} {number}")
        file.add_new((0x0009, 0x1001 + (number << 8)), "LO", name)
    file.SeriesInstanceUID, file.StudyInstanceUID, file.FrameOfReferenceUID = series, study, frame
    file.Modality, file.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    file.PatientID, file.PatientName = NUMBER, f"{SCRIPTS[1]}^{SCRIPTS[5]}"
    file.XRayTubeCurrent, file.KVP = DATE, "120"
    file.SliceThickness, file.SpacingBetweenSlices = "2.5", "2.5"
    file.BurnedInAnnotation = "NO"
    file.ImageOrientationPatient, file.PixelSpacing = [1, 0, 0, 0, 1, 0], [SPACING_MM[1], SPACING_MM[0]]
    file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, 16, 15, 1
    file.PhotometricInterpretation, file.RescaleSlope, file.RescaleIntercept = "MONOCHROME2", 1, 0
    file.SamplesPerPixel, file.RescaleType = 1, SCRIPTS[1]
    planes = sitk.GetArrayFromImage(image).astype("<i2")
    file.Rows, file.Columns = planes.shape[1:]
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = f"{series[:40]}.{PLACEHOLDER}"
    file.ImagePositionPatient, file.PixelData = ["0", "0", PLACEHOLDER], planes[0].tobytes()
    file.save_as(folder / "once.dcm", enforce_file_format=True)
    # Written once: a thousand elements in six scripts take a quarter of a second.
    head = (folder / "once.dcm").read_bytes()[: -planes[0].nbytes]
    (folder / "once.dcm").unlink()
    for k, plane in enumerate(planes):
        name = f"{SCRIPTS[k % len(SCRIPTS)]}-{DATE}-{k:03}.dcm"
        own = f"{1000 + 2.5 * k:06.1f}".encode()
        (folder / name).write_bytes(head.replace(PLACEHOLDER.encode(), own) + plane.tobytes())
    return places + 20, frame, [series, study, frame]


def write_rtstruct(path, contour, frame):
    """The box around a contour as an RTSTRUCT whose every text is planted."""
    file = new_file(RTStructureSetStorage)
    places = fill(file, KEPT)
    file.Modality, file.FrameOfReferenceUID = "RTSTRUCT", frame
    roi, outline = Dataset(), Dataset()
    places += fill(roi, KEPT)
    roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = "1", f"{SCRIPTS[1]} {DATE}", frame
    k, j, i = contour.box
    (x0, x1), (y0, y1) = ((axis.start * mm, (axis.stop - 1) * mm) for axis, mm in zip((i, j), SPACING_MM, strict=False))
    outlines = []
    for level in range(k.start, k.stop):
        plane = Dataset()
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        plane.ContourGeometricType, plane.NumberOfContourPoints = "CLOSED_PLANAR", 4
        plane.ContourData = [f"{value:.4f}" for x, y in corners for value in (x, y, 1000 + level * SPACING_MM[2])]
        outlines.append(plane)
    outline.ReferencedROINumber, outline.ContourSequence = "1", Sequence(outlines)
    file.StructureSetROISequence, file.ROIContourSequence = Sequence([roi]), Sequence([outline])
    file.save_as(path, enforce_file_format=True)
    return places


def write_nifti(path, image):
    """A NIfTI whose header's free texts are planted, in the bytes of old programs."""
    sitk.WriteImage(image, path)
    unpack = gzip.decompress if path.suffix == ".gz" else bytes
    content = bytearray(unpack(path.read_bytes()))
    texts = ((14, 18, SCRIPTS[1], "gb18030"), (148, 80, SCRIPTS[2], "koi8-r"), (228, 24, SCRIPTS[4], "iso8859-7"))
    for offset, length, name, encoding in (*texts, (328, 16, DATE, "ascii")):
        content[offset : offset + length] = f"{name} ".encode(encoding)[:length].ljust(length, b"\0")
    if path.suffix == ".gz":
        with gzip.GzipFile(f"{ASCII}-{DATE}.nii", "wb", 1, path.open("wb")) as file:
            file.write(content)
        return 5
    path.write_bytes(content)
    return 4


def write_nrrd(path, image):
    """A NRRD whose comments, fields and keys are planted."""
    sitk.WriteImage(image, path)
    first, _, rest = path.read_bytes().partition(b"\n")
    lines = [f"# {name} {DATE}" for name in SCRIPTS] + [f"content: {SCRIPTS[5]}"]
    lines += [f"Key_{number}:={name} {NUMBER}" for number, name in enumerate(SCRIPTS)]
    path.write_bytes(b"\n".join([first, "\n".join(lines).encode(), rest]))
    return len(lines)


def write_tables(patients, lymph_nodes):
    """Exports of a database with columns that are not imported."""
    extra = ("last_name", "first_name", "birth_date", "phone", "mrn", "note", "address", "physician")
    cells = [*SCRIPTS[:2], DATE, PHONE, NUMBER, *SCRIPTS[2:5]]
    rows = [["record_id", "gender", "age_years", "dose_gy", "died", "follow_up_months", *extra]]
    rows += [[patient, "female", age, 60, "no", 30, *cells] for patient, age in (("P1", 61), ("P2", 93), ("P3", 70))]
    patients.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    rows = [["record_id", "lymph_node", "image", "recist", "local_control_months", "local_recurrence", *extra]]
    rows += [["P1", "LN1", "CT1", "PR", 26, "no", *cells], ["P1", "LN2", "CT1", "SD", 9, "yes", *cells]]
    rows += [["P2", "LN3", "CT2", "CR", 30, "no", *cells], ["P3", "LN4", "CT3", "PD", 4, "yes", *cells]]
    lymph_nodes.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    return 5 * len(extra)


@pytest.fixture(scope="module")
def planted_files(tmp_path_factory):
    """Two patients' CT, contours and tables: how many `places` were planted, and where the files are."""
    with silenced_itk():  # pydicom warns of what is longer than its element may be
        return plant(tmp_path_factory.mktemp("planted"))


def plant(base):
    folder, out = base / f"{SCRIPTS[0]} {SCRIPTS[1]} {DATE}", base / "out"
    out.mkdir()
    phantom = make_phantom(1, size=SIZE)
    shape = SIZE[::-1]

    image = sitk.Image(phantom.ct.image)
    image.SetOrigin((0, 0, 1000))

    def mask(number):
        drawn = sitk.GetImageFromArray(phantom.truth[number].full_grid(shape))
        drawn.CopyInformation(image)
        return drawn

    def segment(number, name):
        drawn = mask(number)
        keys = {"ID": f"{name} {NUMBER}", "Name": f"{name} {DATE}", "LabelValue": "1", "Layer": "0", "Tags": f"{name}|"}
        for key, value in keys.items():
            drawn.SetMetaData(f"Segment0_{key}", value)
        return drawn

    places, frame, uids = write_series(folder / f"{SCRIPTS[2]}^{SCRIPTS[4]}" / DATE, image)
    places += write_nifti(folder / f"{SCRIPTS[3]}.nii", image)
    places += write_nrrd(folder / f"{SCRIPTS[5]}.nrrd", image)
    masks = {}
    for number, lymph_node in enumerate(("LN1", "LN2", "LN3", "LN4")):
        masks[lymph_node, "A", 1] = folder / f"{SCRIPTS[number]}-a.seg.nrrd"
        drawn = segment(number, SCRIPTS[number + 1])
        if lymph_node == "LN2":  # on a finer grid, which leaves a finding that names the segment
            finer = sitk.Expand(drawn, (2, 1, 1), sitk.sitkNearestNeighbor)
            for entry in drawn.GetMetaDataKeys():
                finer.SetMetaData(entry, drawn.GetMetaData(entry))
            drawn = finer
        places += 3 + write_nrrd(masks[lymph_node, "A", 1], drawn)
        masks[lymph_node, "A", 2] = folder / f"{SCRIPTS[number]}-{NUMBER}.nii.gz"
        places += write_nifti(masks[lymph_node, "A", 2], mask(number))
        masks[lymph_node, "B", 1] = folder / f"{SCRIPTS[number]}-b.nrrd"
        places += write_nrrd(masks[lymph_node, "B", 1], mask(number))
    masks["LN2", "B", 1] = folder / f"{SCRIPTS[4]}.dcm"
    places += write_rtstruct(masks["LN2", "B", 1], phantom.truth[1], frame)
    tables = (folder / f"{SCRIPTS[1]}.csv", folder / f"{SCRIPTS[5]}.csv")
    places += write_tables(*tables)
    places += sum(1 for path in folder.rglob("*") if any(name in path.name for name in SCRIPTS))
    return SimpleNamespace(
        places=places, folder=folder, masks=masks, tables=tables, out=out, uids=uids, base=base, ct=image
    )


def bytes_of(folder):
    """Every file's name and what it holds: as it lies there, unpacked, and as the text that a page or table shows."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield name, name.encode()
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield name, content
        start = content.find(b"\n\n") + 2
        if path.suffix == ".nrrd" and b"encoding: gzip" in content[:start]:
            yield f"{name}, unpacked", zlib.decompressobj(wbits=31).decompress(content[start:])
        if path.suffix == ".sealed":
            content = zlib.decompress(content, wbits=31)
        if path.suffix in (".html", ".svg", ".json", ".jsonl", ".sealed"):
            text = content.decode()
            yield f"{name}, as shown", html.unescape(text).encode()
            yield (
                f"{name}, as read",
                re.sub(r"\\u([0-9a-f]{4})", lambda sign: chr(int(sign[1], 16)), text).encode("utf-8", "surrogatepass"),
            )
            for found in re.findall(r"base64,([A-Za-z0-9+/=]+)", text):
                yield f"{name}, a picture in it", base64.b64decode(found)
        if path.suffix == ".parquet":
            import pyarrow.parquet as parquet

            yield f"{name}, as read", str(parquet.read_table(path).to_pydict()).encode()


def secrets(uids):
    """Every planted text in every encoding, small letters too."""
    for name, encodings in NAMES.items():
        for form in {name, name.lower(), name.upper()}:
            for encoding in ("utf-8", "utf-16-le", "utf-16-be", *encodings):
                try:
                    yield f"{form} in {encoding}", form.encode(encoding)
                except UnicodeEncodeError:
                    continue
    for text in (DATE, TIME, NUMBER, AGE, PHONE, *OTHER_FORMS, *uids):
        yield text, text.encode()
        yield f"{text} in utf-16", text.encode("utf-16-le")


def found_in(content, sought):
    return [what for what, secret in sought if secret in content]


def test_no_planted_identifier_comes_out(planted_files, capfd, monkeypatch):
    assert planted_files.places > 300
    study, key = planted_files.out / "study", planted_files.base / "key.csv"
    ct_folder = planted_files.folder / f"{SCRIPTS[2]}^{SCRIPTS[4]}"

    def run(*words, code=0):
        assert main(list(map(str, words))) == code, capfd.readouterr().err

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-01-10")
    run("study", "create", study, "--readers", "A,B", "--repeat", "A")
    run(
        "study",
        "import-clinical",
        study,
        "--patients",
        planted_files.tables[0],
        "--lymph-nodes",
        planted_files.tables[1],
    )
    run("study", "import-ct", study, ct_folder, "--patient", "P1", "--image", "CT1", "--key-file", key)
    run("study", "import-ct", study, planted_files.folder / f"{SCRIPTS[3]}.nii", "--patient", "P2", "--image", "CT2")
    run("study", "import-ct", study, planted_files.folder / f"{SCRIPTS[5]}.nrrd", "--patient", "P3", "--image", "CT3")
    # A name or number of the patient's own is no pseudonym, and the refusal does not repeat it.
    run("study", "import-ct", study, ct_folder, "--patient", NUMBER, "--image", "CT4", code=1)
    for (lymph_node, reader, reading_round), mask in sorted(planted_files.masks.items(), key=lambda item: item[0][2]):
        monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-01-10" if reading_round == 1 else "2026-03-10")
        reading = ("--lymph-node", lymph_node, "--reader", reader, "--round", reading_round)
        run("study", "import-reading", study, mask, *reading)
        run("study", "lock", study, *reading)
    run("study", "status", study)
    run("study", "worklist", study, "--reader", "A", "--round", 1)
    run("study", "unblind", study)
    run("extract", study)
    run("study", "verify", study)
    one = ("--lymph-node", "LN2", "--reader", "A", "--round", 1)
    run("export", study, "--dicom", planted_files.out / "dicom", *one)
    run("report", study, "--output", planted_files.out / "report.html", "--resamples", 10)
    run("score", ct_folder, planted_files.masks["LN1", "A", 2])
    run("score", ct_folder, planted_files.masks["LN1", "A", 2], "--json")
    run("features", ct_folder, planted_files.masks["LN1", "A", 2], "--output", planted_files.out / "features.csv")

    printed = capfd.readouterr()
    assert "The contour 'LN2' is on another grid" in printed.out
    sought = list(secrets(planted_files.uids))
    assert found_in((printed.out + printed.err).encode(), sought) == []
    looked_at = 0
    for name, content in bytes_of(planted_files.out):
        assert found_in(content, sought) == [], name
        looked_at += 1
    assert looked_at > 60
    # What is known of the scan is kept, and the images are the same.
    kept = json.loads((study / "images" / "CT1.json").read_text())["acquisition"]
    assert (kept["kernel"], kept["model_name"], kept["tube_current_ma"]) == ("STANDARD", "LightSpeed VCT", None)
    for image in ("CT1", "CT2", "CT3"):
        stored = sitk.GetArrayFromImage(sitk.ReadImage(study / "images" / f"{image}.nrrd"))
        assert np.array_equal(stored, sitk.GetArrayFromImage(planted_files.ct))
    # The key file, outside, is where the pair belongs.
    assert NUMBER in key.read_text()
    assert ",90.0," in (study / "patients.csv").read_text(encoding="utf-8")


def test_the_search_would_find_them(planted_files):
    sought = list(secrets(planted_files.uids))
    found = {what for _, content in bytes_of(planted_files.folder) for what in found_in(content, sought)}
    old = {f"{name} in {NAMES[name][0]}" for name in (SCRIPTS[1], SCRIPTS[4])} | {f"{SCRIPTS[2]} in koi8-r"}
    assert {f"{name} in utf-8" for name in NAMES} | {DATE, TIME, NUMBER, AGE, PHONE, *planted_files.uids} | old <= found
