"""CSV that a spreadsheet, R and this library read alike: text comes back, nothing is a formula, a figure is a
figure."""

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.cells import MISSING, is_missing
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.tables import csv_text, numeric_columns

# Without what ends a line, and without space around, which reading strips.
CELLS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20).map(str.strip)


@given(st.lists(CELLS, min_size=1, max_size=5))
def test_text_comes_back(cells):
    written = csv_text(("name", "cell"), [{"name": "x", "cell": cell} for cell in cells])
    assert [row["cell"] for row in parse_csv(written.encode(), "t.csv").rows] == cells


@given(CELLS)
def test_no_cell_begins_like_a_formula_unless_it_is_a_figure(cell):
    written = next(csv.reader(io.StringIO(csv_text(("cell",), [{"cell": cell}], figures=True).partition("\n")[2])))[0]
    if written[:1] in ("=", "+", "@"):
        raise AssertionError(written)
    if written.startswith("-"):
        assert set(written) <= set("-0123456789.e+ ()to±")


@pytest.mark.parametrize("figure", ["-0.958", "-1", "-0.5 (-0.9 to -0.1)", "-0.5 to 0.25", "-1.2 ± 0.3", "-1e-05"])
def test_a_negative_figure_stays_a_figure(figure):
    assert csv_text(("cell",), [{"cell": figure}], figures=True) == f'"cell"\n"{figure}"\n'
    assert csv_text(("cell",), [{"cell": figure}]) == f'"cell"\n"\'{figure}"\n'


@pytest.mark.parametrize("formula", ["-1+2", "-A1", "-1 (A1 to B2)", "-SUM(A1)", "=1", "+1", "@x", "-"])
def test_a_formula_becomes_text(formula):
    assert csv_text(("cell",), [{"cell": formula}], figures=True) == f'"cell"\n"\'{formula}"\n'


@pytest.mark.parametrize("cell", sorted(MISSING | {cell.upper() for cell in MISSING}))
def test_every_reader_takes_the_same_cells_for_missing(cell):
    """Table 1 knew "n/a" and not "null", a table of readings the other way round."""
    from RLNResponseLib.agreement.readings import reading_table
    from RLNResponseLib.analysis.table1 import table1

    assert is_missing(cell)
    rows = "".join(f"P{n},L{n},A,1,{cell if n == 1 else n},{'a' if n % 2 else 'b'},{cell}\n" for n in range(1, 9))
    table = parse_csv(f"patient,lymph_node,reader,round,volume,group,unknown\n{rows}".encode(), "t.csv")
    assert math.isnan(reading_table(table, ["volume"]).values[0, 0])
    (volume,) = [variable for variable in table1(table, "group").variables if variable.name == "volume"]
    assert sum(volume.missing) == 1
    assert numeric_columns(table, ()) == ("round", "volume")


def test_none_may_be_a_level():
    assert not is_missing("none")
