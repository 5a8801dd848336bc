"""P11: a fetched file is whole and the right one or it is not there; what a place gives is bounded, wherever it lies.

Seen to fail under the mutations of ``mutations/p11.yaml``: no check of the bytes, no bound on a local place, names of a
zip that decide where files go, parts of killed processes that stay, an offline error that does not say what is missing.
"""

import io
import os
import signal
import subprocess
import sys
import zipfile

import pytest
from weights_server import RIGHT, ROW, make_row, make_server, serve

from dance3d.io import fetch


@pytest.fixture
def server():
    yield from make_server()


@pytest.fixture
def row(tmp_path, monkeypatch):
    return make_row(tmp_path, monkeypatch)


def folder():
    return sorted(path.name for path in fetch.target("net").parent.iterdir())


def packed(name, data):
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return into.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wrong bytes", RIGHT[:-1] + b"x"),
        ("too few", RIGHT[:-1]),
        ("a page", b"<html>sign in</html>"),
        ("too many", RIGHT * 9),
        ("a name that leads out", packed("../../net.onnx", RIGHT)),
        ("a bomb", packed("net.onnx", bytes(50_000_000))),
        ("wrong bytes in a zip", packed("net.onnx", RIGHT[::-1])),
        ("half a zip", packed("net.onnx", RIGHT)[:5000]),
    ],
)
@pytest.mark.parametrize("local", [False, True], ids=["server", "file"])
def test_what_is_not_the_right_file_is_never_put_in_place(server, row, tmp_path, name, content, local):
    if local:
        (tmp_path / "net.zip").write_bytes(content)
        place = str(tmp_path / "net.zip")
    else:
        place = serve(server, "/net.zip", content)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    row["mirrors"] = [place]
    with pytest.raises(ValueError, match="could not be fetched"):
        fetch.fetch("net")
    assert folder() == [] and {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_cut_connection_and_a_wrong_mirror_are_got_over(server, row):
    row["mirrors"] = [serve(server, "/wrong", b"no"), serve(server, "/net.onnx", RIGHT, cut=100_000, ranges=True)]
    assert fetch.fetch("net").read_bytes() == RIGHT and folder() == ["net.onnx"]


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no endless file on this system")  # noqa: PTH110
def test_an_endless_place_is_left_after_the_size_of_the_file(row, monkeypatch):
    works, bounds = fetch._copy, []

    def copied(source, into, most):
        bounds.append(most)
        return works(source, into, min(most, 2**24))

    monkeypatch.setattr(fetch, "_copy", copied)
    with pytest.raises(ValueError, match="is larger than the file it should be"):
        fetch.fetch("net", "/dev/zero")
    assert folder() == [] and max(bounds) <= 2 * len(RIGHT) + fetch.CHUNK


def test_offline_the_error_names_url_hash_and_path(row):
    row["mirrors"] = ["http://127.0.0.1:9/net.onnx"]
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:9/net\.onnx") as error:
        fetch.fetch("net")
    assert ROW["sha256"] in str(error.value) and str(fetch.target("net")) in str(error.value)


HANGS = """
import sys, time
from pathlib import Path
from dance3d.io import fetch
with fetch._beside(Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    print("here", flush=True)
    time.sleep(60)
"""


def test_the_part_of_a_killed_process_goes_and_that_of_another_stays(server, row):
    target = fetch.target("net")
    target.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", HANGS, str(target)]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        assert all(one.stdout.readline() == b"here\n" for one in both) and len(folder()) == 2
        both[0].send_signal(signal.SIGKILL)
        both[0].wait()
        row["mirrors"] = [serve(server, "/net.onnx", RIGHT)]
        fetch.fetch("net")
        assert "net.onnx" in folder() and len(folder()) == 2  # and the part of the one that works
    finally:
        for one in both:
            one.kill()
            one.wait()
            one.stdout.close()
