"""The script that makes the nets of 8-bit integers: again the ones that ship, and near the nets they are made from."""

import importlib.util
import json
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent.parent / "tools"


@pytest.fixture(scope="module")
def script():
    pytest.importorskip("onnx")
    spec = importlib.util.spec_from_file_location("quantise_nets", TOOLS / "quantise_nets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_nets_that_ship_are_made_again(script, tmp_path, capsys):
    assert script.main(["--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("; as it ships") == len(script.MADE) == 2


def test_a_range_that_is_missing_is_named(script):
    net = script._plain(script._source("movenet-thunder-int8", json.loads(script.LIST.read_text())))
    ranges = json.loads(script.RANGES.read_text())["movenet-thunder-int8"]
    name = sorted(ranges)[0]
    with pytest.raises(ValueError, match=f"no ranges of {name}"):
        script.quantised(net, {key: value for key, value in ranges.items() if key != name})


def test_a_name_that_is_not_known(script, capsys):
    with pytest.raises(SystemExit):
        script.main(["movenet-lightning-int8"])
    assert "choose from movenet-thunder-int8" in capsys.readouterr().err
