"""The same table from a Dask cluster of two worker processes, one of which is killed in the middle."""

import os
import signal
import sys

import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.cohort import work
from RLNResponseLib.features.cohort.run import extract_study

distributed = pytest.importorskip("distributed")
ALL, PER_CT = 12, 2


def test_a_cluster_gives_the_same_table_and_loses_nothing_with_a_worker(cohort_study):
    alone = [file.read_bytes() for file in extract_study(cohort_study).files]
    for file in (cohort_study.folder / "features").iterdir():
        file.unlink()
    killed = []
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:

        def kill_one(done, total):
            if done >= PER_CT and not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        made = extract_study(cohort_study, kill_one, dask=cluster.scheduler_address)
    assert len(killed) == 1
    assert (made.rows, made.extracted, made.failures) == (ALL, ALL, {})
    assert [file.read_bytes() for file in made.files] == alone


def test_no_scheduler_and_no_dask_are_said(cohort_study, monkeypatch):
    monkeypatch.setattr(work, "_PATIENCE", "500ms")
    with pytest.raises(DataRefusedError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1; check the address"):
        extract_study(cohort_study, dask="tcp://127.0.0.1:1")
    with pytest.raises(DataRefusedError, match="No Dask scheduler answers at nonsense://x"):
        extract_study(cohort_study, dask="nonsense://x")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        DataRefusedError,
        match="Extraction on a Dask cluster needs distributed, which is not installed here; install it",
    ):
        extract_study(cohort_study, dask="tcp://127.0.0.1:1")
