"""Weights that others made, fetched from a server that lies, breaks off and is not there."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from weights_server import RIGHT, make_row, make_server, serve

from dance3d.io import fetch, weights


def packed(**members):
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return into.getvalue()


@pytest.fixture
def server():
    yield from make_server()


@pytest.fixture
def row(tmp_path, monkeypatch):
    return make_row(tmp_path, monkeypatch)


def left_over():
    return sorted(path.name for path in fetch.target("net").parent.iterdir())


def test_right_bytes_are_put_in_place_once(server, row):
    row["mirrors"] = [serve(server, "/net.onnx", RIGHT)]
    path = fetch.fetch("net")
    assert path.read_bytes() == RIGHT and fetch.located("net") == path and left_over() == ["net.onnx"]
    assert fetch.fetch("net") == path and len(server.asked) == 1


@pytest.mark.parametrize("wrong", [RIGHT[:-1] + b"x", RIGHT + b"x", RIGHT * 20, b"<html>sign in</html>"])
def test_wrong_bytes_are_never_put_in_place(server, row, wrong):
    row["mirrors"] = [serve(server, "/net.onnx", wrong)]
    with pytest.raises(ValueError, match=r"bytes|sha256|larger"):
        fetch.fetch("net")
    assert left_over() == []


def test_the_next_mirror_is_tried(server, row):
    row["mirrors"] = [
        server.url + "/gone",
        serve(server, "/wrong", b"no"),
        serve(server, "/net.onnx", RIGHT),
        serve(server, "/never", RIGHT),
    ]
    assert fetch.fetch("net").read_bytes() == RIGHT
    assert [path for path, _ in server.asked] == ["/gone", "/wrong", "/net.onnx"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_connection_is_taken_up_or_begun_again(server, row, ranges):
    row["mirrors"] = [serve(server, "/net.onnx", RIGHT, cut=100_000, ranges=ranges)]
    assert fetch.fetch("net").read_bytes() == RIGHT
    assert server.asked == [("/net.onnx", None), ("/net.onnx", "bytes=100000-")]


def test_a_file_comes_out_of_a_zip(server, row):
    row["mirrors"] = [serve(server, "/sdk.zip", packed(**{"sdk/end2end.onnx": RIGHT, "sdk/detail.json": "{}"}))]
    assert fetch.fetch("net").read_bytes() == RIGHT and left_over() == ["net.onnx"]


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"../net.onnx": RIGHT}, "leads out"),
        ({"/etc/net.onnx": RIGHT}, "leads out"),
        ({"..\\net.onnx": RIGHT}, "leads out"),
        ({"net.onnx": RIGHT, "../other.txt": b"x"}, "leads out"),
        ({"net.onnx": bytes(50_000_000)}, "larger"),
        ({"one.onnx": RIGHT, "two.onnx": RIGHT}, "expected one"),
        ({"net.txt": RIGHT}, "expected one"),
        ({"net.onnx": RIGHT[::-1]}, "sha256"),
    ],
)
def test_hostile_zips_are_refused_and_leave_nothing(server, row, tmp_path, members, why):
    row["mirrors"] = [serve(server, "/sdk.zip", packed(**members))]
    with pytest.raises(ValueError, match=why):
        fetch.fetch("net")
    assert left_over() == [] and not list(tmp_path.glob("*.onnx"))


def test_a_damaged_zip_is_refused(server, row):
    whole = bytearray(packed(**{"net.onnx": RIGHT}))
    whole[5000:5100] = bytes(100)
    row["mirrors"] = [serve(server, "/sdk.zip", bytes(whole))]
    with pytest.raises(ValueError, match="unpacked"):
        fetch.fetch("net")
    assert left_over() == []


def test_from_a_file_a_folder_or_a_url(server, row, tmp_path):
    row["mirrors"] = ["http://127.0.0.1:9/sdk.zip"]
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "sdk.zip").write_bytes(packed(**{"a.onnx": RIGHT}))
    (tmp_path / "anything").write_bytes(RIGHT)
    serve(server, "/mirror/net.onnx", RIGHT)
    for place in (str(stick), str(stick / "sdk.zip"), str(tmp_path / "anything"), server.url + "/mirror/"):
        assert fetch.fetch("net", place).read_bytes() == RIGHT
        fetch.target("net").unlink()
    with pytest.raises(ValueError, match=r"nowhere.*No such file"):
        fetch.fetch("net", str(tmp_path / "nowhere"))


def test_offline_the_error_says_what_to_put_where(row):
    row["mirrors"] = ["http://127.0.0.1:9/net.onnx"]
    with pytest.raises(ValueError) as error:
        fetch.fetch("net")
    for said in (row["mirrors"][0], row["sha256"], str(row["bytes"]), str(fetch.target("net")), "--from"):
        assert said in str(error.value)


def test_weights_that_are_not_here_say_how_to_get_them(row):
    with pytest.raises(ValueError, match=r"dance3d weights fetch net.*Apache-2.0, commercial use unclear"):
        fetch.located("net")
    fetch.target("net").parent.mkdir()
    fetch.target("net").write_bytes(RIGHT[:-1] + b"x")
    with pytest.raises(ValueError, match="sha256"):
        fetch.located("net")


def test_two_processes_fetch_the_same_file(server, row, tmp_path):
    row["mirrors"] = [serve(server, "/net.onnx", RIGHT)]
    (tmp_path / "list.json").write_text(json.dumps({"net": row}))
    code = (
        "import sys, pathlib; from dance3d.io import fetch; "
        "fetch.THIRD_PARTY = pathlib.Path(sys.argv[1]); print(fetch.fetch('net'))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, tmp_path / "list.json"]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert fetch.located("net").read_bytes() == RIGHT and left_over() == ["net.onnx"]


def test_names_that_cannot_be_fetched(monkeypatch):
    with pytest.raises(ValueError, match="ship with dance3d"):
        fetch.entry("lift")
    with pytest.raises(ValueError, match="choose from movenet-lightning"):
        fetch.entry("rtmpose")


def test_the_list_is_complete():
    rows = fetch.third_party()
    assert not set(rows) & set(weights.manifest())
    for row in rows.values():
        assert len(row["sha256"]) == 64 and int(row["sha256"], 16) and row["bytes"] > 1e5
        assert Path(row["file"]).name == row["file"] and row["commercial_ok"] in (True, "unclear")
        assert all(url.startswith("https://") for url in row["mirrors"])
        assert bool(row["mirrors"]) != bool(row.get("ships"))
        assert row["license"] and row["trained_on"] and row["source"] and row["used_by"]


def test_those_that_ship_are_whole_and_have_a_notice(monkeypatch, tmp_path):
    names = [name for name, row in fetch.third_party().items() if row.get("ships")]
    notice = (fetch.SHIPPED / "NOTICE").read_text()
    for name in names:
        path = fetch.located(name)
        assert path == fetch.fetch(name) == fetch.target(name) and path.name in notice
    nets = {path.name for path in fetch.SHIPPED.glob("*.onnx")}
    assert nets == {fetch.entry(name)["file"] for name in names}
    monkeypatch.setattr(fetch, "SHIPPED", tmp_path)
    with pytest.raises(ValueError, match="install dance3d again"):
        fetch.located(names[0])
    with pytest.raises(ValueError, match="install dance3d again"):
        fetch.fetch(names[0])
