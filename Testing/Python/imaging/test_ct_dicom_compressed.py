"""Compressed DICOM: the values are exact, what a picture says of itself is compared with the header, and no library's
words reach the terminal."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, RLELossless

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.codestream import PictureSize, picture_size
from RLNResponseLib.imaging.load import read_ct
from RLNResponseLib.imaging.quiet import silenced_itk


def pixels(k):
    return np.random.default_rng(k).integers(0, 2000, (20, 24)).astype(np.uint16)


@pytest.fixture
def write_frames(tmp_path, write_slice):
    """Write three slices whose compressed frame `frame(k)` gives."""

    def write(syntax, frame, **tags):
        for k in range(3):
            path = tmp_path / f"{k}.dcm"
            file = write_slice(path, k, pixels=pixels(k), **tags)
            file.PixelData = encapsulate([frame(k)])
            file["PixelData"].VR, file["PixelData"].is_undefined_length = "OB", True
            file.file_meta.TransferSyntaxUID = syntax
            file.save_as(path)
        return tmp_path

    return write


@pytest.fixture
def by_itk(tmp_path_factory):
    """The frame of a slice as SimpleITK compresses it."""

    def frame(k, compressor):
        path = tmp_path_factory.mktemp("itk") / "one.dcm"
        writer = sitk.ImageFileWriter()
        writer.SetFileName(str(path))
        writer.SetImageIO("GDCMImageIO")
        writer.SetUseCompression(True)
        writer.SetCompressor(compressor)
        writer.Execute(sitk.GetImageFromArray(pixels(k)))
        return next(generate_frames(pydicom.dcmread(path).PixelData, number_of_frames=1))

    return frame


@pytest.mark.parametrize(("syntax", "compressor"), [(JPEGLosslessSV1, "JPEG"), (JPEG2000Lossless, "JPEG2000")])
@pytest.mark.parametrize("shown", ["MONOCHROME1", "MONOCHROME2"])
def test_lossless_pictures_give_their_hu(write_frames, by_itk, syntax, compressor, shown):
    folder = write_frames(syntax, lambda k: by_itk(k, compressor), PhotometricInterpretation=shown)
    expected = np.array([pixels(k).astype(int) - 1024 for k in range(3)])
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(folder).image), expected)


def test_a_picture_of_more_bits_than_the_header_says(write_frames, by_itk):
    """GDCM turns MONOCHROME1 over within the picture's bits, not the header's."""
    tags = {"PhotometricInterpretation": "MONOCHROME1", "BitsStored": 12, "HighBit": 11}
    folder = write_frames(JPEG2000Lossless, lambda k: by_itk(k, "JPEG2000"), **tags)
    with pytest.raises(DataRefusedError, match="do not fit the 12 bits"):
        read_ct(folder)


def changed(frame, place, value):
    return frame[:place] + bytes([value]) + frame[place + 1 :]


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [
        # 72 bits a pixel: GDCM writes beyond its memory.
        (JPEGLosslessSV1, lambda own: changed(own("JPEG"), 6, 72)),
        # Other rows, more components.
        (JPEGLosslessSV1, lambda own: changed(own("JPEG"), 7, 99)),
        (JPEGLosslessSV1, lambda own: changed(own("JPEG"), 11, 3)),
        (JPEG2000Lossless, lambda own: changed(own("JPEG2000"), 9, 99)),
        (JPEGLosslessSV1, lambda own: own("JPEG")[:40]),
        (JPEG2000Lossless, lambda own: own("JPEG2000")[:90]),
        # No segment: GDCM divides by their number.
        (RLELossless, lambda _: bytes(64) + b"\3" * 20),
        (RLELossless, lambda _: bytes([2, 0, 0, 0, 64, 0, 0, 0, 70]) + bytes(55) + b"\x7f" * 20),
    ],
)
def test_damaged_pictures_are_refused_in_silence(write_frames, by_itk, syntax, frame, capfd):
    folder = write_frames(syntax, lambda k: frame(lambda compressor: by_itk(k, compressor)))
    capfd.readouterr()
    with pytest.raises(DataRefusedError, match="cannot be read") as caught:
        read_ct(folder)
    assert caught.value.code == "unreadable-pixels"
    assert capfd.readouterr() == ("", "")


def test_sizes_that_pictures_state():
    jpeg = bytes.fromhex("ffd8 ffe0 0004 0000 ffff c3 000b 0c 0200 0100 01 011100")
    assert picture_size(jpeg) == PictureSize(rows=512, columns=256, components=1, bits=12)
    assert picture_size(jpeg[:14]) is None
    assert picture_size(b"\xff\xd8\xff\xda" + bytes(20)) is None
    assert picture_size(b"BM" + bytes(60)) is None


def test_words_of_c_are_kept_away_and_those_after_are_not(capfd):
    with silenced_itk():
        os.write(1, b"within")
        with silenced_itk():
            os.write(2, b"deep within")
        os.write(2, b"still within")
    os.write(1, b"out")
    os.write(2, b"err")
    assert capfd.readouterr() == ("out", "err")


def test_silence_of_overlapping_threads_ends_with_the_last(capfd):
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def first():
        with silenced_itk():
            first_is_in.set()
            second_is_in.wait(10)
        os.write(2, b"first")

    thread = threading.Thread(target=first)
    thread.start()
    first_is_in.wait(10)
    with silenced_itk():
        second_is_in.set()
        thread.join(10)
    os.write(2, b"second")
    assert capfd.readouterr().err == "second"


def test_a_program_without_a_terminal_reads_too():
    """Slicer on Windows has neither stdout nor stderr."""
    code = (
        "import os, sys; from RLNResponseLib.imaging.quiet import silenced_itk\n"
        "os.close(1); os.close(2)\n"
        "with silenced_itk(): pass\n"
        "os._exit(7)\n"
    )
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 7
