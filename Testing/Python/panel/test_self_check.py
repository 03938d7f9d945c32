"""The module's own self-test, which any Slicer runs (make slicer-test), passes in the host too."""


def test_the_self_test_passes(host):
    host.open_module()
    said = []
    test = host.module.RLNResponseTest()
    test.delayDisplay = said.append
    test.runTest()
    assert said[-1] == "RLNResponse's self-test passed."


def test_the_sample_is_registered_and_needs_no_download(host, monkeypatch):
    import sys
    import types

    registered = []

    class SampleDataLogic:
        @staticmethod
        def registerCustomSampleDataSource(**named):  # noqa: N802
            registered.append(named)

    monkeypatch.setitem(sys.modules, "SampleData", types.SimpleNamespace(SampleDataLogic=SampleDataLogic))
    host.open_module()
    host.slicer.app.startupCompleted()
    (sample,) = registered
    assert sample["uris"] == []
    volume, segmentation = sample["customDownloader"](None)
    assert "simulated" in volume.GetName()
    assert segmentation.GetSegmentation().GetNumberOfSegments() > 1
