"""The sources of the methods: cited by key in the text, and as BibTeX beside the report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.software import resources_folder

_NEXT = ",\n"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One source.

    Attributes
    ----------
    key
        By which it is cited.
    type
        BibTeX's: "article", "misc".
    fields
        BibTeX's, without its escapes.
    """

    key: str
    type: str
    fields: Mapping[str, str]

    @property
    def bibtex(self) -> str:
        """Its entry."""
        lines = (f"  {name} = {{{value if name == 'doi' else _escaped(value)}}}" for name, value in self.fields.items())
        return f"@{self.type}{{{self.key},\n{_NEXT.join(lines)}\n}}\n"

    @property
    def words(self) -> str:
        """The source as a list of references has it."""
        names = self.fields["author"].split(" and ")
        authors = ", ".join("et al." if name == "others" else name.replace(", ", " ") for name in names)
        number = f"({self.fields['number']})" if "number" in self.fields else ""
        pages = f":{self.fields['pages'].replace('--', '–')}" if "pages" in self.fields else ""
        volume = f";{self.fields['volume']}{number}{pages}" if "volume" in self.fields else ""
        where = f"{self.fields['journal']} " if "journal" in self.fields else ""
        doi = f" doi {self.fields['doi']}" if "doi" in self.fields else ""
        what = f"{authors.removesuffix('.')}. {self.fields['title']}."
        return f"{self.key}: {what} {where}{self.fields['year']}{volume}.{doi}"


def references() -> dict[str, Reference]:
    """Every source that a method has, by key.

    Returns
    -------
    dict[str, Reference]

    Examples
    --------
    >>> references()["delong1988"].fields["journal"]
    'Biometrics'
    """
    file = resources_folder() / "report" / "references.json"
    content: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return {
        key: Reference(
            key=key, type=entry["type"], fields={name: value for name, value in entry.items() if name != "type"}
        )
        for key, entry in content.items()
    }


class Citations:
    """Cites sources in sentences, as Pandoc and Quarto read them, and remembers which.

    Examples
    --------
    >>> cite = Citations()
    >>> f"Limits by DeLong {cite('delong1988', 'obuchowski1997')}."
    'Limits by DeLong [@delong1988; @obuchowski1997].'
    >>> [source.key for source in cite.sources]
    ['delong1988', 'obuchowski1997']
    """

    def __init__(self) -> None:
        self._every = references()
        self._cited: dict[str, Reference] = {}

    def __call__(self, *keys: str) -> str:
        """The citation of some sources, by their keys in `references`."""
        self._cited |= {key: self._every[key] for key in keys}
        return f"[{'; '.join(f'@{key}' for key in keys)}]"

    @property
    def sources(self) -> tuple[Reference, ...]:
        """What was cited, in the order in which it first was."""
        return tuple(self._cited.values())


def bibtex(sources: Iterable[Reference]) -> str:
    """The text of references.bib.

    Parameters
    ----------
    sources
        What is cited.

    Returns
    -------
    str
    """
    return "\n".join([f"% {RESEARCH_USE_ONLY}\n", *(source.bibtex for source in sources)])


def _escaped(value: str) -> str:
    return value.replace("&", "\\&")
