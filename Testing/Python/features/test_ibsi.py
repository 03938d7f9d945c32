"""The 106 features and the filters against IBSI's consensus, and the page of the docs that shows it."""

import importlib
from pathlib import Path

import pytest

from RLNResponseLib.features.definitions import FEATURES

SCRIPTS = Path(__file__).resolve().parents[2] / "ibsi"


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPTS)
        yield importlib.import_module("digital_phantom")


@pytest.fixture(scope="module")
def filters(script):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPTS)
        yield importlib.import_module("filters")


@pytest.fixture(scope="module")
def maps(filters, shared_data):
    return filters.response_maps(shared_data / "ibsi2-phantoms")


@pytest.fixture(scope="module")
def values(filters, shared_data):
    return filters.feature_values(shared_data / "ibsi2-phantoms", shared_data / "ibsi1-pat1")


def test_every_feature_is_compared_or_said_to_be_outside_ibsi(script):
    assert set(script.IBSI_TAGS) | set(script.NOT_IN_IBSI) == set(FEATURES)
    assert not set(script.IBSI_TAGS) & set(script.NOT_IN_IBSI)


def test_every_feature_is_within_the_consensus_tolerance(script, shared_data):
    comparisons = script.compare(shared_data / "ibsi1-digital")
    assert len(comparisons) == 101
    assert [c for c in comparisons if not c.agrees] == []
    # The reasons given for the four that differ are true: without the conversion the kurtosis and two axes do not
    # agree.
    assert {c.feature for c in comparisons if c.value != c.in_ibsis_definition} == set(script.DIFFERENT_DEFINITION)


def test_the_page_of_the_docs_is_this_comparison(script, filters, maps, values, shared_data):
    features = script.page(script.compare(shared_data / "ibsi1-digital"))
    assert script.PAGE.read_text(encoding="utf-8") == f"{features}\n{filters.section(maps, values)}"


def test_response_maps_are_within_one_percent_but_for_the_centre_of_an_impulse(maps):
    """IBSI-2's own criterion. What differs is pinned too, so that it does not change unseen."""
    found = {each.test: each for each in maps}
    assert [test for test, each in found.items() if each.agrees] == ["2.B", "6.A.1", "6.A.2"]
    assert found["2.A"].beyond == 1
    assert found["2.A"].largest == pytest.approx(0.013657, abs=1e-5)
    assert found["2.B"].largest == pytest.approx(0.008553, abs=1e-5)
    # The wavelet is IBSI's to the digits of its map.
    assert max(found["6.A.1"].largest, found["6.A.2"].largest) < 1e-6


def test_values_of_a_filtered_ct_are_within_the_consensus_tolerance_but_for_the_three_that_are_named(filters, values):
    assert len(values) == 3 * len(filters.STATISTICS)
    assert {(each.test, each.feature) for each in values if not each.agrees} == filters.DIFFERENT_VALUES


def test_the_reasons_given_for_the_three_are_true(filters, values):
    """With IBSI's grid, mask and convolution instead of pyradiomics' they agree."""
    different = [each for each in values if (each.test, each.feature) in filters.DIFFERENT_VALUES]
    assert len(different) == 3
    assert all(abs(each.in_ibsis_way - each.reference) <= each.tolerance for each in different)
