"""The module SampleData, as far as samples of one's own go: registered, asked for by name, made by their button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_sources: dict[str, Source] = {}


@dataclass(frozen=True)
class Source:
    """One sample."""

    sampleName: str
    uris: list[str]
    customDownloader: Callable[[Any], Any] | None


class SampleDataLogic:
    """What Slicer's logic of that name does with a sample."""

    @staticmethod
    def registerCustomSampleDataSource(
        *,
        category: str,
        sampleName: str,
        uris: Any,
        customDownloader: Any = None,
        **_other: Any,
    ) -> None:
        _sources[sampleName] = Source(sampleName, [uris] if isinstance(uris, str) else list(uris), customDownloader)

    def downloadSamples(self, name: str) -> list[Any]:
        """A node for each address: a maker of one's own is not asked."""
        return list(_sources[name].uris)

    def downloadSample(self, name: str) -> Any:
        return self.downloadSamples(name)[0]


def press(name: str) -> None:
    """The sample's button."""
    source = _sources[name]
    assert source.customDownloader is not None, "the host downloads nothing"
    source.customDownloader(source)


def make() -> ModuleType:
    """The module, with nothing registered."""
    _sources.clear()
    module = ModuleType("SampleData")
    module.SampleDataLogic = SampleDataLogic  # type: ignore[attr-defined]
    return module
