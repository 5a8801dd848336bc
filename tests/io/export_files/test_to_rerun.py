"""Rerun recordings, verified and printed by Rerun itself."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.io.export_files.to_rerun import write_rerun
from dance3d.visualization.overlay import write_overlay

NEEDED = pytest.mark.skipif(find_spec("rerun") is None, reason="pip install 'dance3d[rerun]'")


def told(*words):
    """What the command ``rerun`` prints."""
    quiet = os.environ | {"RERUN_ANALYTICS": "off", "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        [sys.executable, "-m", "rerun", *words], capture_output=True, text=True, env=quiet, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def write(dancer, path, overlay=None):
    write_rerun(dancer.keypoints, path, dancer.pose, dancer.movements, np.array([0.0, 1.0, 2.0]), overlay)


@NEEDED
def test_all_that_a_dancer_has_is_on_the_timeline(tmp_path):
    clip = fake_clip(0.8, size=(320, 180))
    dancer = fake_dancer(clip.time, clip.size, missing=[2, 3])
    write_overlay(None, clip, [dancer], tmp_path / "overlay.mp4")
    write(dancer, tmp_path / "a.rrd", tmp_path / "overlay.mp4")
    assert "without error" in told("rrd", "verify", str(tmp_path / "a.rrd"))
    printed = told("rrd", "print", str(tmp_path / "a.rrd"))
    for entity in ("video/person-1", "world/person-1/joints", "world/person-1/bones", "probability/person-1/l_arm"):
        assert any(f"with {clip.frames} rows" in line and f"/{entity} " in line for line in printed.splitlines()), (
            entity
        )
    assert "/movements/person-1 " in printed and "AssetVideo" in printed


@NEEDED
def test_dancers_of_one_run_share_a_recording(tmp_path):
    found = []
    for person in (1, 2):
        write(fake_dancer(np.arange(5) / 25, person=person), tmp_path / "a.rrd")
        printed = told("rrd", "print", str(tmp_path / "a.rrd")).splitlines()
        rows = [i for i, line in enumerate(printed) if line.strip() == "Recording,"]
        found.append({printed[i + 2].strip() for i in rows})
    assert found[0] == found[1] and len(found[0]) == 1


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rerun", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[rerun\]'"):
        write(fake_dancer(np.arange(5) / 25), tmp_path / "a.rrd")
