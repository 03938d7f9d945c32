"""What mkdocs needs to know of this project: the screenshots that the pages show lie in Resources, which GitHub
shows too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

RESOURCES = Path(__file__).resolve().parents[1] / "Resources"


def on_files(files: Any, config: Any) -> Any:
    """Take the screenshots into the site."""
    from mkdocs.structure.files import File

    for picture in sorted((RESOURCES / "Screenshots").glob("*.png")):
        name = f"Resources/Screenshots/{picture.name}"
        files.append(File.generated(config, name, abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, **_others: Any) -> str:
    """Point the pages to where the site has the screenshots."""
    return markdown.replace("](../Resources/Screenshots/", "](Resources/Screenshots/")
