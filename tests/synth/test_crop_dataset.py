from dataclasses import replace

import numpy as np
import pytest
from dancing_couple import couple

from dance3d.datasets.crop_folder import Crops
from dance3d.skeleton import H36M17
from dance3d.synth.crop_dataset import camera_ring, scenes, write_invented, write_multiview_crops
from dance3d.synth.random_motion import random_motion

FILES = ("image.bin", "mask.bin", "camera.bin", "truth.bin", "index.json")


def test_the_folder_holds_every_moment_with_its_truth(tmp_path, monkeypatch):
    monkeypatch.setattr("dance3d.synth.crop_dataset.FLAWS", 0.0)
    alone = [random_motion(1.0, 30), replace(random_motion(1.0, 40), name="05_01", group="05", split="test")]
    takes = scenes([*couple(), *alone])
    assert [[c.name for c in scene] for scene in takes] == [["05_01"], ["babble-30"], ["salsa_02", "salsa_17"]]
    write_multiview_crops(tmp_path / "a", takes, 64, 24, 4, seed=2, occlusion=0.0)
    write_multiview_crops(tmp_path / "b", takes, 64, 24, 4, seed=2, occlusion=0.0)
    write_multiview_crops(tmp_path / "c", takes, 64, 24, 4, seed=3, occlusion=0.0)
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in FILES)
    assert (tmp_path / "a" / "camera.bin").read_bytes() != (tmp_path / "c" / "camera.bin").read_bytes()
    crops, clips = Crops(tmp_path / "a"), {c.name: c for scene in takes for c in scene}
    assert len(crops) == 24 and {m["name"] for m in crops.moments} == set(clips)
    assert all((m["split"] == "test") == (m["name"] == "05_01") for m in crops.moments)
    inside = []
    for moment, truth in zip(crops.moments, crops.truth, strict=True):
        assert np.array_equal(truth, clips[moment["name"]].xyz[moment["frame"]].astype(float))
        for n in range(moment["first"], moment["first"] + moment["views"]):
            E = crops.extrinsics[n]
            assert np.allclose(E[:, :3] @ E[:, :3].T, np.eye(3), atol=1e-9)
            at = truth @ E[:, :3].T + E[:, 3]
            x, y = (at[:, :2] / at[:, 2:] * crops.focal[n] + 32).astype(int).T.clip(0, 63)
            inside.append(crops.mask[n][y, x].mean())
            rows, columns = np.nonzero(crops.mask[n])
            longer = max(np.ptp(rows), np.ptp(columns)) + 1
            assert 0.75 < longer / 64 < 0.9  # the box fills 1 / 1.2 of the crop
    assert np.mean(inside) > 0.85 and np.median(inside) > 0.95


def test_other_processes_write_the_same(tmp_path):
    for name, workers in (("one", 1), ("two", 2)):
        write_invented(tmp_path / name, 16, 4, workers=workers)
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in FILES)


def test_moments_by_split_and_things_in_the_way(tmp_path):
    takes = [[random_motion(0.5, 10)], [random_motion(0.5, 20)]]
    split = {"babble-10": "train", "babble-20": "test"}
    write_multiview_crops(tmp_path, takes, 16, {"train": 5, "test": 2}, 2, splits=split, occlusion=1.0)
    crops = Crops(tmp_path)
    assert [m["split"] for m in crops.moments] == ["train"] * 5 + ["test"] * 2
    eyes = -np.einsum("nji,nj->ni", crops.extrinsics[:, :, :3], crops.extrinsics[:, :, 3])
    first, last = crops.moments[0], crops.moments[-1]
    assert np.linalg.norm(eyes[first["first"]] - eyes[last["first"]]) > 0.1


@pytest.mark.parametrize(
    ("takes", "more", "says"),
    [
        ([], {}, "no take"),
        ([[random_motion(0.1, 0)]], {"views": 0}, "0 views"),
        ([[random_motion(0.1, 0)]], {"size": 8}, "8 px"),
        ([[random_motion(0.1, 0)]], {"splits": {"babble-0": "training"}}, "'training' is not known; choose from train"),
    ],
)
def test_bad_orders_are_refused(tmp_path, takes, more, says):
    with pytest.raises(ValueError, match=says):
        write_multiview_crops(tmp_path, takes, moments=1, **more)


def test_cameras_stand_around():
    people = np.stack([clip.xyz for clip in couple()])
    cameras = np.concatenate([camera_ring(people, 4, np.random.default_rng(n)) for n in range(20)])
    eye = -np.einsum("nji,nj->ni", cameras[:, :, :3], cameras[:, :, 3])
    middle = people[:, :, H36M17.index("pelvis")].mean((0, 1))
    distance = np.linalg.norm((eye - middle)[:, [0, 2]], axis=1)
    assert 0.8 <= eye[:, 1].min() and eye[:, 1].max() <= 2.2 and 2.5 < distance.min() and distance.max() < 7
    angle = np.arctan2(*(eye - middle)[:4, [0, 2]].T)
    assert np.abs(np.exp(1j * angle).mean()) < 0.6  # on all sides
    assert (cameras[:, 2, 1] > -0.5).all() and np.abs(cameras[:, 0, 1]).max() < 0.15  # not from above, hardly rolled


def test_invented_bodies_give_single_crops(tmp_path):
    write_invented(tmp_path, 16, 12, seed=1)
    crops = Crops(tmp_path)
    assert len(crops) == 12 and {m["views"] for m in crops.moments} == {1} and np.isfinite(crops.truth).all()
    hip, knee, ankle = (H36M17.indices(f"left_{joint}", f"right_{joint}") for joint in ("hip", "knee", "ankle"))
    thigh = np.linalg.norm(crops.truth[:, hip] - crops.truth[:, knee], axis=-1)
    shin = np.linalg.norm(crops.truth[:, knee] - crops.truth[:, ankle], axis=-1)
    np.testing.assert_allclose(thigh[:, 0], thigh[:, 1], rtol=1e-4)
    assert (thigh / shin).std() > 0.03 and crops.truth[:, ankle, 1].min() > 0
