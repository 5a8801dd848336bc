"""P21: any length: one frame goes through every stage, a short clip is held at its edges, a long one has no seams.

Two hours at 30 frames a second (216,000 frames) of one dancer are lifted under a stated ceiling: per frame, arrays of
less than 6 kB, which is 1.3 GB, and a net that never sees more than ``CHUNK`` frames with what lies around them.
A long run that is killed, which would be an hour of detecting, goes on behind the last piece that it kept, and its
results are those of a run that was not: to the byte.

Seen to fail under the mutations of ``mutations/p21.yaml``: pieces without what lies around them, edges held at zero,
all frames at once; detectors without their state, damaged pieces as an error, no piece kept.
"""

import os
import signal
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from fake_dancers import fake_dancer
from killed_runs import PROCESSES
from told_detector import ToldDetector, dancer, film, tell

from dance3d import api
from dance3d.cli import main
from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts, pieces
from dance3d.io import weights as stored
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.run import run, run_until
from dance3d.stages.lift import load as lift_load
from dance3d.stages.lift import predict as lift

TWO_HOURS = 216_000  # frames at 30 a second


def keypoints(frames, fps=30.0):
    """One made-up dancer, seen all the time."""
    return fake_dancer(np.arange(frames) / fps).keypoints


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_frame_or_two_go_through_every_stage(tmp_path, monkeypatch, frames):
    settings = tell(monkeypatch, [[dancer(0.5, i / 30)] for i in range(frames)])
    out = tmp_path / "out"
    run(film(tmp_path / "short.mp4", np.arange(frames) / 30), out, settings=settings, cache=Cache(None))
    for name, kind in (("keypoints", Keypoints2D), ("pose3d", Pose3D), ("movements", Movements)):
        assert artefacts.load(out / f"person-1/{name}.npz", kind).frames == frames
        assert len((out / f"person-1/{name}.csv").read_text().splitlines()) == frames + 1
    assert np.isfinite(artefacts.load(out / "person-1/pose3d.npz", Pose3D).xyz).all()
    assert f"Frames: {frames}\n" in (out / "person-1/pose3d.bvh").read_text()
    assert (out / "overlay.mp4").stat().st_size and (out / "report.html").stat().st_size


def test_a_clip_shorter_than_the_net_sees_is_held_at_its_edges():
    net = lift_load.load(stored.default("lift"))
    still = torch.rand(1, 1, 3 * 17 + 1, generator=torch.manual_seed(0))
    with torch.no_grad():
        long, short = (lift.in_chunks(net, still.repeat(1, frames, 1)) for frames in (2 * sum(net.context), 3))
    torch.testing.assert_close(short, long[:, :3], atol=1e-5, rtol=0)
    assert np.isfinite(api.lift(keypoints(5).xy, fps=30, size=(640, 360)).xyz).all()


def test_pieces_have_no_seams(monkeypatch):
    track = keypoints(260)
    whole = api.predict("lift", {"keypoints": [track]})[0]
    monkeypatch.setattr(lift.in_chunks, "__defaults__", (64,))
    pieces = api.predict("lift", {"keypoints": [track]})[0]
    np.testing.assert_allclose(pieces.xyz, whole.xyz, atol=1e-5, rtol=0)
    np.testing.assert_allclose(pieces.root, whole.root, atol=1e-5, rtol=0)


def test_the_net_sees_a_piece_at_a_time():
    net, seen = lift_load.load(stored.default("lift")), []
    net.register_forward_pre_hook(lambda module, given: seen.append(given[0].shape[1]))
    features = torch.zeros(1, lift.CHUNK + 100, 3 * 17 + 1)
    with torch.no_grad():
        assert lift.in_chunks(net, features).shape == (1, lift.CHUNK + 100, 17, 3)
    assert len(seen) == 2 and max(seen) <= lift.CHUNK + sum(net.context)


def test_two_hours_fit_the_ceiling():
    """The growth from one length to twice that, times two hours."""
    peaks = []
    api.predict("lift", {"keypoints": [keypoints(30)]})  # what is loaded once
    for frames in (600, 1200):
        track = keypoints(frames)
        tracemalloc.start()
        api.predict("lift", {"keypoints": [track]})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    per_frame = (peaks[1] - peaks[0]) / 600
    assert per_frame * TWO_HOURS < 1.3e9, f"{per_frame:.0f} bytes per frame"


# ---- a long run that is killed -------------------------------------------------------------------------------------

FRAMES = 40


def _answers():
    return [[dancer(0.3 + 0.3 * j, i / 30 + j) for j in range(1 + (i % 4 > 0))] for i in range(FRAMES)]


def _keypoints(folder: Path, killed_at: int | None = None, every: float = 0.0) -> int:
    """Detect the dancers of a film into ``folder/out``, with a piece after every frame.

    Args:
        folder: holds the film and the cache.
        killed_at: the picture that this process does not survive.
        every: seconds of work from piece to piece.

    Returns:
        How many pictures the detector saw.
    """
    call = ToldDetector.__call__

    def killed(self, image):
        if self._next == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(self, image)

    with pytest.MonkeyPatch.context() as patch:
        settings = tell(patch, _answers())
        patch.setattr(pieces, "EVERY", every)
        patch.setattr(ToldDetector, "__call__", killed)
        run_until("keypoints", folder / "film.mp4", folder / "out", settings=settings, cache=Cache(folder / "cache"))
    return len(ToldDetector.shapes)


def _kill(folder: Path, at: int) -> None:
    process = PROCESSES.Process(target=_keypoints, args=(folder, at))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def _results(folder: Path):
    out = folder / "out"
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture
def places(tmp_path):
    """Two folders with one film: for a run that is killed, and for one that is not."""
    folders = tmp_path / "killed", tmp_path / "whole"
    for folder in folders:
        folder.mkdir()
        film(folder / "film.mp4", np.arange(FRAMES) / 30)
    return folders


def _pieces(folder: Path):
    return sorted((folder / "cache" / "unfinished").glob("keypoints-*/*.npz"))


def test_a_killed_run_goes_on_behind_its_last_piece_and_gives_the_same_bytes(places):
    killed, whole = places
    assert _keypoints(whole, every=60) == FRAMES
    _kill(killed, 15)
    _kill(killed, 30)
    assert len(_pieces(killed)) == 30 and not _results(killed)
    assert _keypoints(killed) == FRAMES - 30
    assert _results(killed) == _results(whole) and "person-2/keypoints.npz" in _results(whole)
    assert not _pieces(killed) and list((killed / "cache" / "unfinished").iterdir()) == []


def test_a_damaged_piece_costs_what_lies_behind_it(places, caplog):
    killed, whole = places
    _keypoints(whole, every=60)
    _kill(killed, 20)
    piece = _pieces(killed)[12]
    content = piece.read_bytes()
    piece.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    assert _keypoints(killed) == FRAMES - 12
    assert _results(killed) == _results(whole)
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "going on from frame 12" in caplog.text


def test_a_short_run_keeps_no_pieces_and_a_disk_without_room_costs_a_warning(places, caplog, monkeypatch):
    short, full = places
    _keypoints(short, every=60)
    assert not (short / "cache" / "unfinished").exists() and not caplog.records
    (full / "cache").mkdir()
    (full / "cache" / "unfinished").write_text("no room for a folder")
    assert _keypoints(full) == FRAMES
    assert _results(full) == _results(short) and len(caplog.records) == 1 and "cannot be kept" in caplog.text


def test_the_command_says_from_where_it_goes_on(places, monkeypatch, capsys):
    killed, _ = places
    _kill(killed, 22)
    tell(monkeypatch, _answers())
    words = ["run", str(killed / "film.mp4"), "-o", str(killed / "out"), "--cache", str(killed / "cache")]
    assert main([*words, "--set", "keypoints.backend=told"]) == 0
    assert "  keypoints  goes on from frame 22\n" in capsys.readouterr().out
