"""P24: any place: names with blanks and in any script, long ones, folders that nobody may write to, no display, no GPU.

A GPU that is asked for by name and is not there is an error; ``auto`` takes the CPU, and says so where there is a GPU
that it cannot use.

Seen to fail under the mutations of ``mutations/p24.yaml``: names turned to ASCII, a file written beside the input, a
home that is needed, a GPU that is missed in silence.
"""

import html
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_runs
from detector_files import write_simcc

from dance3d.cli.main import main
from dance3d.io import onnx_net

NAMES = ["two words", "춤 ção Ω", "💃", "-o", "a'b\"c", "n" * 240]


def take(path):
    """A file of keypoints of one dancer."""
    rng = np.random.default_rng(1)
    x = 200 + np.linspace(0, 60, 17) + rng.normal(0, 2, (5, 17))
    y = 100 + np.linspace(0, 300, 17) + rng.normal(0, 2, (5, 17))
    np.savez(path, xy=np.stack([x, y], -1), skeleton="coco17", size=[640, 480], fps=30.0)
    return path


def run(video, out, cache):
    words = ["run", "--keypoints", f"--out={out}", "--cache", str(cache), "-q"]
    return main([*words, "--", str(video)] if video.name.startswith("-") else [*words, str(video)])


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A run at an ordinary place: its tables, and the cache with its outputs."""
    folder = tmp_path_factory.mktemp("plain")
    take(folder / "a.npz")
    assert run(folder / "a.npz", folder / "out", folder / "cache") == 0
    return folder


def tables(out):
    return {path.name: path.read_bytes() for path in sorted((out / "person-1").iterdir())}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_changes_nothing(tmp_path, plain, name, monkeypatch):
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    video = Path(f"{name}.npz")
    video.write_bytes((plain / "a.npz").read_bytes())
    assert run(video, f"out of {name}"[:250], plain / "cache") == 0
    out = Path(f"out of {name}"[:250])
    assert tables(out) == tables(plain / "out")
    assert html.escape(video.name) in (out / "report.html").read_text(encoding="utf-8")
    found = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert (out / found["video"]["path"]).samefile(video)
    assert main(["tracks", "rename", str(out), "1", "김 Ω", "--cache", str(plain / "cache"), "-q"]) == 0
    assert "김 Ω" in (out / "report.html").read_text(encoding="utf-8")


def test_a_path_of_a_thousand_letters(tmp_path, plain):
    deep = tmp_path.joinpath(*["folder" * 8] * 20)
    deep.mkdir(parents=True)
    (deep / "a.npz").write_bytes((plain / "a.npz").read_bytes())
    assert run(deep / "a.npz", deep / "out", deep / "cache") == 0
    assert tables(deep / "out") == tables(plain / "out")


def test_nothing_is_written_beside_the_input(tmp_path, plain):
    (tmp_path / "in").mkdir()
    video = take(tmp_path / "in" / "a.npz")
    (tmp_path / "in").chmod(0o555)
    before = (tmp_path / "in").stat().st_mtime_ns, video.stat().st_mtime_ns
    try:
        assert run(video, tmp_path / "out", tmp_path / "cache") == 0
    finally:
        (tmp_path / "in").chmod(0o755)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["a.npz"]
    assert ((tmp_path / "in").stat().st_mtime_ns, video.stat().st_mtime_ns) == before, "something was there for a while"


def test_no_display_and_an_almost_empty_environment(tmp_path, plain):
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "OMP_NUM_THREADS") if name in os.environ}
    code = "import sys\nfrom dance3d.cli.main import main\nsys.exit(main(sys.argv[1:]))"
    words = [
        "run",
        "--keypoints",
        str(plain / "a.npz"),
        "-o",
        str(tmp_path / "out"),
        "--cache",
        str(tmp_path / "cache"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**kept, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path / "out") == tables(plain / "out")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_gpu_that_is_asked_for_and_not_there_is_an_error(tmp_path, monkeypatch):
    toy_runs.make_toy(monkeypatch)
    with pytest.raises(ValueError, match=r"trainer\.accelerator 'gpu' does not work here"):
        toy_runs.fit(tmp_path / "run", **{"trainer.accelerator": "gpu"})
    with pytest.raises(ValueError, match="'cuda' was asked for"):
        onnx_net.OnnxNet(write_simcc(tmp_path / "pose.onnx"), "cuda")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_gpu_that_cannot_be_used_is_missed_aloud(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(onnx_net.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    onnx_net._warn_of_gpu.cache_clear()
    with caplog.at_level(logging.WARNING):
        onnx_net.OnnxNet(write_simcc(tmp_path / "pose.onnx"))
    assert "cannot use the GPU" in caplog.text
