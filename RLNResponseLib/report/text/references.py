"""The sources of the methods: cited by key in the text, and as BibTeX beside the report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from RLNResponseLib.common.software import resources_folder

_ENTRY = re.compile(r"@(\w+)\{(\w+),\n(.*?)\n\}\n", re.DOTALL)
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},?$", re.MULTILINE)
_CITED = re.compile(r"\[(@[\w; @]+)\]")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One source.

    Attributes
    ----------
    key
        By which it is cited.
    bibtex
        Its entry.
    fields
        The entry's, without BibTeX's escapes.
    """

    key: str
    bibtex: str
    fields: Mapping[str, str]

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
    source = (resources_folder() / "report" / "references.bib").read_text(encoding="utf-8")
    found = {}
    for entry in _ENTRY.finditer(source):
        fields = {name: value.replace("\\&", "&") for name, value in _FIELD.findall(entry[3])}
        found[entry[2]] = Reference(key=entry[2], bibtex=entry[0], fields=fields)
    return found


def cite(*keys: str) -> str:
    """Sources in a sentence, as Pandoc and Quarto read them.

    Parameters
    ----------
    keys
        Of `references`.

    Returns
    -------
    str

    Examples
    --------
    >>> cite("delong1988", "obuchowski1997")
    '[@delong1988; @obuchowski1997]'
    """
    return f"[{'; '.join(f'@{key}' for key in keys)}]"


def cited(texts: Iterable[str]) -> list[Reference]:
    """The sources that texts cite, in the order in which they first do.

    Parameters
    ----------
    texts
        With `cite` in them.

    Returns
    -------
    list of Reference
    """
    every = references()
    keys = [key for words in texts for group in _CITED.findall(words) for key in re.findall(r"@(\w+)", group)]
    # What a person typed may look like a citation.
    return [every[key] for key in dict.fromkeys(keys) if key in every]


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
    return "\n".join(source.bibtex for source in sources)
