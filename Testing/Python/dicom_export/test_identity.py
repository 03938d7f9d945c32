"""UIDs from content, and texts within the limits of their DICOM elements."""

import re
import unicodedata
import uuid

from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import UID

from RLNResponseLib.dicom_export.identity import TextLimits, content_uid


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=4))
def test_a_content_uid_is_a_uuid_that_the_content_decides(parts):
    uid = content_uid(*parts)
    assert uid == content_uid(*parts)
    assert uid != content_uid(*parts, "more")
    assert UID(uid).is_valid
    made = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert (made.version, made.variant) == (8, uuid.RFC_4122)


def test_the_borders_between_parts_count():
    assert content_uid("ab", "c") != content_uid("a", "bc")


@given(st.text(), st.integers(3, 80))
def test_fitted_text_is_written_and_read_back_as_one_value(text, limit):
    fitted = TextLimits().fit(text, limit, "The text")
    assert len(fitted.encode()) <= limit
    assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in fitted)
    dataset = Dataset()
    dataset.SeriesDescription = TextLimits().fit(text, 64, "The text")
    assert dataset["SeriesDescription"].VM <= 1
    assert fitted == TextLimits().fit(fitted, limit, "The text")


def test_what_is_cut_is_said_once():
    limits = TextLimits()
    assert limits.fit("Rad-score", 64, "The title") == "Rad-score"
    assert limits.notices == []
    long = "نتيجة " * 20
    for _ in range(2):
        cut = limits.fit(long, 64, "The title of score model 'x'")
    assert cut.endswith("...")
    assert long.startswith(cut[:-3])
    assert limits.notices == [
        "The title of score model 'x' has 119 characters, too many for its DICOM element, and is cut to 64 bytes there."
    ]


def test_separators_and_control_characters_do_not_pass():
    assert TextLimits().fit("a\\b\n\x1b[31mred\t\x00c", 64, "") == "a/b [31mred c"
    assert re.fullmatch(r"<script>alert\(1\)</script>", TextLimits().fit("<script>alert(1)</script>", 64, ""))
