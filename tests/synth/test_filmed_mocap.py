import json

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io import artefacts
from dance3d.synth.filmed_mocap import write_films


def test_films_are_aligned_with_their_index(tmp_path):
    write_films(tmp_path, "synth", clips=1, seconds=1.0, cameras=2, noise_px=2.0, missing=0.1, seed=3)
    index = json.loads((tmp_path / "index.json").read_text())
    assert len(index) == 10 and {line["genre"] for line in index} == {
        "salsa",
        "indian",
        "modern",
        "martial",
        "everyday",
    }
    for number in range(len(index)):
        keypoints = artefacts.load(tmp_path / "keypoints" / f"{number:04d}.npz", Keypoints2D)
        truth = artefacts.load(tmp_path / "truth" / f"{number:04d}.npz", Pose3D)
        assert keypoints.frames == truth.frames and truth.up is not None
