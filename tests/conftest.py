"""What several tests share."""

import gc
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

# Nets in tests are so small that threads wait for each other more than they compute; xdist has the cores already.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("DANCE3D_STORE", None)  # that of whoever runs the tests gets nothing of them


def pytest_collection_finish() -> None:
    """Leave the half million objects of all that is imported by now out of garbage collections.

    Each would take a third of a second and more, and every fork of a process that has read a video begins with one.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_wandb_service() -> Iterator[None]:
    """W&B names its process in the environment; what a later test starts must not talk to the one of this test."""
    yield
    os.environ.pop("WANDB_SERVICE", None)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the real data: where DANCE3D_DATA says, else beside the checkout."""
    folder = Path(os.environ.get("DANCE3D_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}; set DANCE3D_DATA")
    return folder


@pytest.fixture(scope="session")
def lift_protocol(data_dir: Path) -> ModuleType:
    """The dance-lift protocol's own tool, beside the data."""
    path = data_dir.parent / "tools" / "lift_protocol.py"
    if not path.exists():
        pytest.skip(f"the protocol's tool is not beside the data at {path}")
    spec = importlib.util.spec_from_file_location("lift_protocol", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
