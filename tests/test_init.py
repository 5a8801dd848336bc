import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import dance3d


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, dance3d; print(sorted({'torch','numpy','cv2','av','lightning'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_version_is_that_of_the_project(monkeypatch):
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    assert dance3d.__version__ == project["version"]

    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(dance3d, "version", missing)
    assert dance3d.__version__ == "unknown"
