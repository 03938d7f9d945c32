"""A study's feature table: the same whoever computes it, resumed where it was stopped, whole where one case is bad."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import SimpleITK as sitk
from pyarrow import parquet

from RLNResponseLib.commands.options import TimedProgress, duration, progress_bar
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features import extraction
from RLNResponseLib.features.cohort import table, work
from RLNResponseLib.features.cohort.plan import plan_cohort_extraction
from RLNResponseLib.features.cohort.run import extract_study
from RLNResponseLib.features.cohort.table import CONTENTS, is_noted
from RLNResponseLib.features.cohort.work import run_cts
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.extraction import extract_features
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.study import Study

pytestmark = pytest.mark.long

CTS, PER_CT = 6, 2
ALL = CTS * PER_CT


class StoppedError(Exception):
    """What a report raises to stop the run, as Ctrl-C would."""


def rows_of(made):
    return {row["lymph_node"]: row for row in parquet.read_table(made.files[1]).to_pylist()}


def content(made):
    return [file.read_bytes() for file in made.files]


def forget(study):
    for path in (study.folder / "features").rglob("*.*"):
        path.unlink()


def parts(study):
    return sorted((study.folder / "features" / "parts").glob("*.jsonl"))


def stop_after(readings):
    def report(done, total):
        if done >= readings:
            raise StoppedError

    return report


def image(study, number):
    return study.folder / "images" / f"CT{number}.nrrd"


def test_two_processes_write_the_bytes_of_one(cohort_study):
    one = extract_study(cohort_study)
    assert (one.rows, one.extracted, one.failures) == (ALL, ALL, {})
    before = content(one)
    forget(cohort_study)
    two = extract_study(cohort_study, workers=2)
    assert two.extracted == ALL
    assert content(two) == before
    assert not (cohort_study.folder / "features" / "parts").exists()


def test_without_pyarrow_the_csv_is_the_same_and_an_older_parquet_goes(cohort_study, monkeypatch):
    with_parquet = extract_study(cohort_study)
    assert [file.name for file in with_parquet.files] == ["readings.csv", "readings.parquet"]
    csv_bytes, parquet_bytes = content(with_parquet)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pyarrow", None)
        # Nothing has changed: both stay.
        assert content(extract_study(cohort_study)) == [csv_bytes, parquet_bytes]
        (cohort_study.folder / "features" / CONTENTS).unlink()
        without = extract_study(cohort_study)
        assert (without.extracted, [file.name for file in without.files]) == (0, ["readings.csv"])
        assert content(without) == [csv_bytes]
        assert not with_parquet.files[1].exists()
        assert extract_study(cohort_study).files == without.files
    # Where pyarrow is there again, the Parquet file is made from the CSV's rows, and nothing is computed.
    monkeypatch.setattr(extraction, "extract_features", lambda *a: pytest.fail("computed again"))
    assert content(extract_study(cohort_study)) == [csv_bytes, parquet_bytes]


def test_without_loky_one_process_does_it_and_several_are_refused(cohort_study, monkeypatch):
    monkeypatch.setitem(sys.modules, "loky", None)
    with pytest.raises(DataRefusedError) as refused:
        extract_study(cohort_study, workers=2)
    assert refused.value.code == "missing-package"
    assert "Extraction in several processes needs loky, which is not installed here" in str(refused.value)
    assert str(refused.value).endswith("or leave out --workers.")
    assert extract_study(cohort_study, workers=None).extracted == ALL


def test_every_value_is_that_of_the_whole_ct_and_the_general_readers(cohort_study):
    """Slices and contours are read by short ways; the long ones are `study_ct` and `read_contour`."""
    rows = rows_of(extract_study(cohort_study))
    for reading in cohort_study.current_readings():
        ct = study_ct(cohort_study, reading.image)
        expected = extract_features(ct, locked_contour(cohort_study, reading, ct), None, FEATURES).values
        assert {name: rows[reading.key.lymph_node][name] for name in FEATURES} == expected


def test_the_ct_is_raw_and_only_its_slices_are_read(cohort_study, monkeypatch):
    assert b"encoding: raw" in image(cohort_study, 0).read_bytes()[:1000]
    monkeypatch.setattr(work, "read_ct", lambda path: pytest.fail("the whole CT was read"))
    assert extract_study(cohort_study).failures == {}


def test_a_study_whose_ct_are_gzip_still_reads(cohort_study, monkeypatch):
    """As earlier versions stored them; the record's hash is made that of the other file."""
    before = rows_of(extract_study(cohort_study))
    old = image(cohort_study, 0).read_bytes()
    sitk.WriteImage(sitk.ReadImage(str(image(cohort_study, 0))), str(image(cohort_study, 0)), useCompression=True)
    assert image(cohort_study, 0).read_bytes() != old
    forget(cohort_study)
    monkeypatch.setattr(work, "_digest", lambda planned: planned.sha256)
    assert rows_of(extract_study(cohort_study)) == before


def test_an_unchanged_study_is_not_computed_again(cohort_study, monkeypatch):
    before = content(extract_study(cohort_study))
    monkeypatch.setattr(extraction, "extract_features", lambda *a: pytest.fail("computed again"))
    again = extract_study(cohort_study)
    assert (again.rows, again.extracted) == (ALL, 0)
    assert content(again) == before


def test_an_unchanged_study_loads_nothing_that_computes(cohort_study):
    made = extract_study(cohort_study)
    before = content(made)
    code = (
        "import sys; from RLNResponseLib.cli import main; code = main(['extract', sys.argv[1]]); print(code, "
        "sorted({'numpy', 'SimpleITK', 'radiomics', 'pyarrow', 'loky'} & sys.modules.keys()))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(cohort_study.folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{ALL} readings, 0 extracted now, 0 unreadable." in done.stdout
    assert done.stdout.endswith("0 []\n")
    assert content(made) == before


@pytest.mark.parametrize("what", ["table", "note", "libraries", "settings", "a reading", "unknown libraries", "ours"])
def test_whatever_changed_is_seen(cohort_study, monkeypatch, what):
    made = extract_study(cohort_study)
    before = content(made)
    assert is_noted(table.table_contents(cohort_study, cohort_study.current_readings()), made.files)
    if what == "table":
        made.files[1].write_bytes(before[1] + b"\n")
    elif what == "note":
        made.files[0].with_name(CONTENTS).write_text("{")
    elif what == "libraries":
        monkeypatch.setattr(table, "installed_versions", lambda: {"numpy": "0"})
    elif what == "ours":
        monkeypatch.setattr(table, "__version__", "0")
    elif what == "unknown libraries":
        monkeypatch.setattr(table, "installed_versions", lambda: None)
    elif what == "settings":
        protocol = replace(cohort_study.protocol, extraction={"bin_width": 10.0})
        monkeypatch.setattr(Study, "protocol", property(lambda self: protocol))
    else:
        fewer = cohort_study.current_readings()[1:]
        monkeypatch.setattr(Study, "current_readings", lambda self: fewer)
    assert not is_noted(table.table_contents(cohort_study, cohort_study.current_readings()), made.files)
    again = extract_study(cohort_study)
    assert again.extracted == (ALL if what == "settings" else 0)
    assert again.rows == (ALL - 1 if what == "a reading" else ALL)
    assert (content(again) == before) == (what not in ("settings", "a reading"))


def test_a_stopped_run_goes_on_where_it_was(cohort_study):
    with pytest.raises(StoppedError):
        extract_study(cohort_study, stop_after(3 * PER_CT))
    assert len(parts(cohort_study)) == 3
    parts(cohort_study)[0].write_bytes(b'{"lymph_node": "LN00", "cut off')
    told = []
    made = extract_study(cohort_study, lambda done, total: told.append((done, total)))
    assert (made.rows, made.extracted, made.failures) == (ALL, 4 * PER_CT, {})
    assert told == [(done, ALL) for done in range(2 * PER_CT, ALL + 1, PER_CT)]
    assert parts(cohort_study) == []
    resumed = content(made)
    forget(cohort_study)
    assert content(extract_study(cohort_study)) == resumed


def test_a_bad_case_is_a_row_with_its_reason(cohort_study):
    good = rows_of(extract_study(cohort_study))
    forget(cohort_study)
    with image(cohort_study, 1).open("r+b") as file:
        file.truncate(20_000)
    image(cohort_study, 2).unlink()
    (cohort_study.folder / "readings" / "LN30" / "A-1.seg.nrrd").write_bytes(b"NRRD0004\n")
    made = extract_study(cohort_study)
    assert made.failures == {
        **{
            f"LN{ct}{which}/A-1": f"The image 'CT{ct}' is not the one that was read; run study verify, and restore it "
            f"from a backup."
            for ct in (1, 2)
            for which in range(PER_CT)
        },
        "LN30/A-1": "The contour of reading A-1 of 'LN30' is not the one that was locked; run study verify, and "
        "restore it from a backup.",
    }
    rows = rows_of(made)
    assert all(rows["LN30"][name] is None for name in FEATURES)
    assert {name: row for name, row in rows.items() if row["failure"] is None} == {
        name: row for name, row in good.items() if f"{name}/A-1" not in made.failures
    }


def test_what_no_process_can_be_is_refused(cohort_study):
    with pytest.raises(DataRefusedError, match="0 workers cannot do anything; name 1 or more"):
        extract_study(cohort_study, workers=0)


def test_a_killed_worker_costs_nothing(cohort_study):
    good = rows_of(extract_study(cohort_study))
    forget(cohort_study)

    def kill_one(done, total):
        if done == 2 * PER_CT:
            os.kill(_loky_workers()[0], signal.SIGKILL)

    made = extract_study(cohort_study, kill_one, workers=2)
    assert rows_of(made) == good
    assert (made.extracted, made.failures) == (ALL, {})


def test_a_ct_that_kills_its_process_is_rows_with_the_reason(cohort_study):
    plan = plan_cohort_extraction(cohort_study, cohort_study.current_readings(), {})
    deadly = [replace(ct, extractions=_Deadly(ct.extractions)) if ct.image == "CT1" else ct for ct in plan.cts]
    done = {ct.image: rows for ct, rows in run_cts(deadly, 2)}
    assert done.keys() == {ct.image for ct in plan.cts}
    assert {image for image, rows in done.items() for row in rows if row["failure"]} == {"CT1"}
    assert [row["lymph_node"] for row in done["CT1"]] == ["LN10", "LN11"]
    assert all("'CT1' was killed, and killed again alone" in row["failure"] for row in done["CT1"])


class _Deadly(tuple):
    """Ends the process that unpacks it."""

    def __reduce__(self):
        return os._exit, (9,)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_cleanly_and_goes_on(cohort_study, sign):
    command = [sys.executable, "-m", "RLNResponseLib", "extract", str(cohort_study.folder), "--workers", "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RLNRESPONSE_PROGRESS": "lines"}
    # A session of its own, and the signal to all of it, as a terminal sends Ctrl-C.
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True, start_new_session=True)
    assert process.stderr.readline() == f"progress: 0 of {ALL}\n"
    process.stderr.readline()
    os.killpg(process.pid, sign) if sign == signal.SIGINT else process.send_signal(sign)
    said = process.stderr.read()
    process.wait(timeout=20)
    process.stderr.close()
    assert "Traceback" not in said
    if process.returncode:  # it may have been at its end
        assert said.splitlines()[-1] == "Stopped; nothing was left half-written."
    deadline = time.monotonic() + 10
    while _is_group_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_group_alive(process.pid)
    made = extract_study(Study.open(cohort_study.folder))
    assert (made.rows, made.failures) == (ALL, {})
    assert made.extracted < ALL


def test_the_bar_tells_rate_and_time_left(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    now = iter([100.0, 110.0, 120.0])
    bar = TimedProgress("extracting", lambda: next(now))
    for done in (40, 60, 80):
        bar(done, 80)
    first, second, third = capsys.readouterr().err.split("\r")[1:]
    assert first == "extracting [" + "#" * 20 + " " * 20 + "] 40 of 80\x1b[K"
    assert second.endswith("] 60 of 80, 2 a second, 10 s left\x1b[K")
    assert third.endswith("] 80 of 80, 2 a second\x1b[K\n")
    progress_bar(1, 2)
    assert "a second" not in capsys.readouterr().err
    assert [duration(seconds) for seconds in (0.4, 59, 61, 3661)] == ["0 s", "59 s", "1 min 1 s", "1 h 1 min"]


def _loky_workers():
    import psutil

    children = psutil.Process().children(recursive=True)
    return [child.pid for child in children if any("popen_loky" in word for word in child.cmdline())]


def _is_group_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
