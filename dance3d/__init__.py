"""From a dance video to 3D poses, body-part movements and dance genre, without any 3D annotation.

``run(video)`` does it all; ``lift``, ``detect``, ``movements`` and ``genre`` each do one step on arrays; ``compare``
holds two dancers beside each other. ``load`` reads a finished run from its folder; ``to_frame`` and ``to_xarray`` give
its artefacts as tables of pandas and arrays of xarray. Nothing heavy is imported before one of them is called for.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

__all__ = ["compare", "detect", "genre", "lift", "load", "movements", "run", "to_frame", "to_xarray"]
_HOME = {
    "run": "pipeline.run",
    "load": "pipeline.finished",
    "compare": "comparison.compare",
    "to_frame": "io.export_files.tables",
    "to_xarray": "io.export_files.to_netcdf",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        try:
            return version("dance3d")
        except PackageNotFoundError:  # sources that nobody installed
            return "unknown"
    if name in __all__:
        return getattr(import_module(f"dance3d.{_HOME.get(name, 'api')}"), name)
    raise AttributeError(f"module 'dance3d' has no attribute {name!r}; it offers {', '.join(__all__)}")
