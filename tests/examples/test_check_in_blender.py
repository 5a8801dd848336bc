"""The script that opens a run's files in Blender, where the package bpy is installed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.pipeline.export_run import export_again
from dance3d.pipeline.exporters import export

SCRIPT = Path(__file__).parents[2] / "examples/check_in_blender.py"


@pytest.mark.slow
@pytest.mark.skipif(find_spec("bpy") is None, reason="pip install bpy")
@pytest.mark.parametrize("names", ["mixamo", "cmu"])
def test_joints_in_blender_are_within_a_millimetre(tmp_path, names):
    clip = fake_clip(1.2, size=(320, 180))
    (tmp_path / "out").mkdir()
    export(None, clip, [fake_dancer(clip.time, clip.size)], tmp_path / "out", {})
    export_again(tmp_path / "out", ["glb"] if names == "mixamo" else ["glb", "bvh"], names)
    told = subprocess.run([sys.executable, SCRIPT, tmp_path / "out"], capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "person-1/pose3d.glb: joints within 0.0" in told.stdout and "pose3d.bvh: joints within 0." in told.stdout
