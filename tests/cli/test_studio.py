"""``dance3d studio``: where it listens, what it says, how it ends."""

import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from studio_pages import served

from dance3d.cli import main
from dance3d.cli.studio import is_loopback, listening


def test_it_listens_on_this_machine_alone_tells_its_address_and_ends_with_ctrl_c(tmp_path):
    process, address = served(tmp_path / "studio")
    try:
        assert address.startswith("http://127.0.0.1:") and len(address.partition("token=")[2]) > 40
        port = int(address.partition("127.0.0.1:")[2].partition("/")[0])
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        places = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
        assert places == [f"0100007F:{port:04X}"], "127.0.0.1 and nothing else"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address.partition("?")[0])
        assert main(["studio", str(tmp_path / "studio"), "--port", "0"]) == 3, "one studio for a folder"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert not (tmp_path / "studio" / ".server").exists()


def test_an_address_that_is_taken_or_none_is_one_error(tmp_path, capsys):
    with listening("127.0.0.1", 0) as place:
        port = place.getsockname()[1]
        assert main(["studio", str(tmp_path), "--port", str(port)]) == 3
    assert "choose with --host and --port" in capsys.readouterr().err
    for host, port in (("256.1.1.1", 0), ("127.0.0.1", 70_000), ("no such host.", 0)):
        with pytest.raises(OSError, match="cannot listen there"):
            listening(host, port)


def test_what_is_missing_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "starlette", None)
    assert main(["studio", str(tmp_path)]) == 3
    assert "pip install 'dance3d[studio]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("0.0.0.0", False)]
)
def test_only_loopback_is_this_machine_alone(host, local):
    assert is_loopback(host) == local
