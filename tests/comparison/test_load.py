import json

import dance_pairs as make
import numpy as np
import pytest
from compared_dances import make_xyz, results

from dance3d.cli import main
from dance3d.comparison.compare import compare
from dance3d.comparison.load import read_dance
from dance3d.io.export_files.to_bvh import write_bvh
from dance3d.movement_types import PARTS


@pytest.fixture(scope="module")
def xyz():
    return make_xyz()


def test_motion_files_and_artefacts_are_read(tmp_path, xyz, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = results(tmp_path / "run", xyz)
    write_bvh(make.posed(xyz), tmp_path / "same.bvh", np.zeros(3))
    assert main(["compare", str(run), "same.bvh", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["similarity"] > 95 and (tmp_path / "run-vs-same" / "compare.html").is_file()
    found = compare(run / "person-1" / "pose3d.npz", str(run))
    assert found.degrees[PARTS.index("body")] == 0 and found.a.movements is not None


def test_a_file_that_is_no_motion_is_told_what_is(tmp_path):
    (tmp_path / "clip.mp4").write_text("no motion")
    with pytest.raises(
        ValueError, match=r"clip.mp4 is no motion .* folder of a finished run, pose3d.npz, or one of bvh"
    ):
        read_dance(tmp_path / "clip.mp4")
