"""A text of a header is written anew from known words: no name in any script, no date and no number comes through."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.imaging import known_words
from RLNResponseLib.imaging.checks.protocol import is_enhanced
from RLNResponseLib.imaging.known_words import known_acquisition, known_text
from RLNResponseLib.imaging.records import Acquisition

FIELDS = ("modality", "kernel", "contrast_agent", "contrast_route", "manufacturer", "model_name")
KNOWN = {
    "modality": "CT",
    "kernel": "STANDARD",
    "contrast_agent": "Omnipaque",
    "contrast_route": "IV",
    "manufacturer": "SIEMENS",
    "model_name": "LightSpeed VCT",
}
# Names, dates, telephone and record numbers as they are typed beside a word; full-width and other scripts' digits too.
PLANTED = (
    "Kowalski",
    "Müller",
    "王小明",
    "山田太郎",
    "やまだ",
    "Иванов",
    "محمد علي",
    "Παπαδόπουλος",
    "Li",
    "A. K.",
    "1957",
    "12.04.57",
    "19570412",
    "57/4/12",
    "+48 601 22 33 44",
    "0171 2345",
    "MRN 48151623",
    "69Y",
    "１９５７",
    "١٩٥٧",
)


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("kernel", "B30f", "B30f"),
        ("kernel", "B30f\\3", "B30f\\3"),
        ("kernel", "Br40d", "Br40d"),
        ("kernel", "FC08", "FC08"),
        ("kernel", "STANDARD", "STANDARD"),
        ("kernel", "B", "B"),
        ("kernel", "A. B.", "other"),
        ("kernel", "Kowalski", "other"),
        ("kernel", "B30f Kowalski 1958", "B30f"),
        ("model_name", "SOMATOM Definition AS+", "SOMATOM Definition AS+"),
        ("model_name", "Sensation 64", "Sensation 64"),
        ("model_name", "LightSpeed16", "LightSpeed16"),
        ("model_name", "Discovery CT750 HD", "Discovery CT750 HD"),
        ("model_name", "Sensation 19580112", "Sensation"),
        ("model_name", "Sensation 16.10.64", "Sensation"),
        ("manufacturer", "GE MEDICAL SYSTEMS", "GE MEDICAL SYSTEMS"),
        ("manufacturer", "SIEMENS " + "x" * 60, "other"),
        ("contrast_agent", "Omnipaque 350 ml", "Omnipaque 350 ml"),
        ("contrast_agent", "100ml Ultravist 370", "100ml Ultravist 370"),
        ("contrast_agent", "GASTRO & OMNI", "GASTRO & OMNI"),
        ("modality", "MR", "MR"),
        ("modality", "", "other"),
    ],
)
def test_a_text_keeps_its_known_words(field, text, kept):
    assert known_text(field, text) == kept


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("field", FIELDS)
def test_beside_a_known_word_nothing_else_stays(field, planted):
    for text in (f"{planted} {KNOWN[field]}", f"{KNOWN[field]} {planted}", f"{KNOWN[field]}{planted}"):
        assert known_text(field, text) in (KNOWN[field], "LightSpeed", "other")


@given(st.sampled_from(FIELDS), st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9 .\\/+-]{0,40}", fullmatch=True))
def test_only_words_of_the_list_come_out_and_once_is_enough(field, text):
    kept = known_text(field, text)
    assert known_text(field, kept) == kept
    vocabulary = known_words._VOCABULARIES[field]
    rest = re.sub(known_words._KERNEL_CODE, " ", kept) if field == "kernel" else kept
    words, numbers = re.findall(r"[A-Za-z]+\+?", rest), re.findall(r"[0-9]+", rest)
    assert kept == "other" or {word.lower() for word in words} <= set(vocabulary.spellings)
    assert all(int(number) in vocabulary.numbers or int(number) <= 200 for number in numbers)
    assert re.fullmatch(r"[A-Za-z0-9+\\ _/.,&()-]*", kept)


@pytest.mark.parametrize(
    ("agent", "enhanced"),
    [
        ("W/O CONTRAST", False),
        ("w/o Kowalski contrast", False),
        ("NO 王小明 CONTRAST", False),
        ("ohne Kontrastmittel", False),
        ("Non-contrast", False),
        ("I.V. CONTRAST", True),
        ("OMNIPAQUE 300, NON-IONIC", True),
        ("100", None),
    ],
)
def test_what_negates_is_not_lost(agent, enhanced):
    assert is_enhanced(known_acquisition(Acquisition(contrast_agent=agent))) is enhanced


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("tube_current_ma", 19_570_417.0, None),
        ("tube_current_ma", 320.0, 320.0),
        ("kilovoltage_kv", 120.0, 120.0),
        ("kilovoltage_kv", 1957.0, None),
        ("exposure_mas", 5100.0, 5100.0),
        ("exposure_mas", 48_151_623.0, None),
        ("slice_thickness_mm", 0.6, 0.6),
        ("slice_thickness_mm", 195.7, None),
        ("scan_delay_s", 25.0, 25.0),
        ("scan_delay_s", -3.0, None),
        ("scan_delay_s", float("nan"), None),
    ],
)
def test_a_number_that_no_scanner_states_is_none(field, value, kept):
    assert getattr(known_acquisition(Acquisition(**{field: value})), field) == kept
