import pytest
from weights_server import RIGHT, make_row, make_server, serve

from dance3d.cli import main
from dance3d.io import fetch


@pytest.fixture
def server():
    yield from make_server()


@pytest.fixture
def row(tmp_path, monkeypatch):
    return make_row(tmp_path, monkeypatch)


def test_the_command(server, row, capsys):
    row["mirrors"] = [serve(server, "/net.onnx", RIGHT)]
    assert main(["weights", "fetch"]) == 3 and "choose from net" in capsys.readouterr().err
    assert main(["weights", "list"]) == 0
    said = capsys.readouterr().out
    assert "lift" in said and "unclear; not fetched" in said
    assert main(["weights", "list", "--commercial"]) == 0 and "net " not in capsys.readouterr().out
    assert main(["weights", "fetch", "net"]) == 0 and "net.onnx" in capsys.readouterr().out
    assert main(["weights", "verify"]) == 0 and "sound at" in capsys.readouterr().out
    fetch.target("net").write_bytes(b"")
    assert main(["weights", "verify", "net"]) == 3 and "has 0 bytes" in capsys.readouterr().out
    assert main(["weights", "verify", "nobody"]) == 3
