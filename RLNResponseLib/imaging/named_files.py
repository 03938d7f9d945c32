"""The files that a volume's header names for its voxels, told before anything is read of them."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.metaimage import METAIMAGE
from RLNResponseLib.imaging.nifti import NIFTI
from RLNResponseLib.imaging.nrrd import NRRD


def named_voxel_files(path: Path) -> tuple[Path, ...]:
    r"""Where the voxels of a volume lie, beside its header or elsewhere.

    Parameters
    ----------
    path
        Any file or folder.

    Returns
    -------
    tuple of Path
        None of `path` itself; empty where it holds its voxels, is no volume, or will be refused as one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     header = Path(folder) / "ct.mhd"
    ...     _ = header.write_text(
    ...         "ObjectType = Image\nNDims = 3\nDimSize = 4 4 4\nElementType = MET_SHORT\nElementSpacing = 1 1 2\n"
    ...         "ElementDataFile = voxels.raw\n"
    ...     )
    ...     [file.name for file in named_voxel_files(header)]
    ['voxels.raw']

    """
    try:
        if not path.is_file():
            return ()
        kind = next((kind for kind in (NRRD, NIFTI, METAIMAGE) if kind.recognises(path)), None)
        files = () if kind is None else kind.parse(path).voxels.files
    except (DataRefusedError, OSError, ValueError):
        return ()
    return tuple(file for file in files if file != path)
