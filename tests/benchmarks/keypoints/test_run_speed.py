"""The bench of whole runs gives every figure that it names; how fast they are is no test."""

from pathlib import Path

import pytest

from dance3d.benchmarks.keypoints import run_speed as module
from dance3d.benchmarks.keypoints.run_speed import QUALITIES, run_speed, timed_run
from dance3d.io.video.reader import probe
from dance3d.synth.crowd import film, gathering


def test_figures_are_without_start_up(monkeypatch):
    runs = []

    def timed(video: Path, quality: str, out: Path) -> tuple[float, float]:
        frames = probe(video).expected
        runs.append((quality, frames))
        return 0.8, 2.5 + frames / 50

    monkeypatch.setattr(module, "timed_run", timed)
    monkeypatch.setattr(module, "_decoding", lambda video: probe(video).expected / 500)
    monkeypatch.setattr(module, "SECONDS", (0.1, 0.3))
    monkeypatch.setattr(module, "SIZE", (160, 90))
    monkeypatch.setattr(module, "PEOPLE", (1,))
    figures = {name: value for piece in run_speed(1) for name, value in piece.items()}
    assert runs == [(quality, frames) for quality in QUALITIES for frames in (3, 9)]
    assert figures["speed.run.start"] == 0.8
    assert figures["speed.run.fast.1"] == pytest.approx(50)
    assert figures["speed.run.best.1.decodings"] == pytest.approx(10)


@pytest.mark.slow
def test_a_run_says_when_its_first_frame_and_its_end_were(tmp_path):
    video, _ = film(gathering((), 0.1, 1, (160, 90)), tmp_path / "film")
    first, whole = timed_run(video, "fast", tmp_path / "out")
    assert 0 < first < whole and (tmp_path / "out" / "result.json").is_file()
