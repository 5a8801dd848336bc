"""What the tests of the scripts share."""

import importlib.util
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent.parent / "tools"


@pytest.fixture(scope="module")
def script(request):
    """The script that a test file is named after, as a module."""
    pytest.importorskip("onnx")
    name = request.module.__name__.rpartition(".")[2].removeprefix("test_")
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses ask for it
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]
