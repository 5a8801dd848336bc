from dataclasses import replace

import numpy as np
import pytest

from dance3d import cli
from dance3d.contracts import Camera, MotionClip
from dance3d.contracts.camera import Lens
from dance3d.datasets.crop import cut
from dance3d.datasets.crop_folder import Crops
from dance3d.geometry.projection import look_at
from dance3d.skeleton import H36M17
from dance3d.synth.appearance import random_backdrop, random_light, random_outfit
from dance3d.synth.body import Look, dress
from dance3d.synth.choreography import choreograph
from dance3d.synth.crop_dataset import rig, scenes, write_invented, write_shots
from dance3d.synth.crop_renderer import CropScene, cast, obstruct, shoot
from dance3d.synth.random_motion import babble
from dance3d.synth.raycast import Solids, Tracer

FILES = ("image.bin", "mask.bin", "camera.bin", "truth.bin", "index.json")


def couple():
    one = choreograph("salsa", 1.0, 1)
    turned = one.xyz * np.array([-1, 1, -1]) + np.array([0.1, 0, 0.5])
    return [
        MotionClip(one.xyz, 30.0, "salsa_02", "salsa_02", "salsa"),
        MotionClip(turned, 30.0, "salsa_17", "salsa_02", "salsa"),
    ]


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    people = np.stack([clip.xyz for clip in couple()]).astype(float)
    scene = CropScene(random_light(rng), random_backdrop(rng), 0.0, 0.0, 0.0)
    return people, cast(list(people), [random_outfit(rng) for _ in people]), scene


def whole_frame(cast, frame, who, E, lens, size):
    """(H, W) of the person in front, of a picture that holds everybody."""
    parts, turn = cast.parts, E[:, :3].T
    ends = (parts.a[frame] @ turn + E[:, 3], parts.b[frame] @ turn + E[:, 3])
    tracer = Tracer(Solids(*ends, parts.axis[frame] @ turn, parts.radius_a, parts.radius_b, parts.flat))
    hits = tracer.trace(Camera(lens.matrix[0, 0], tuple(lens.matrix[:2, 2]), (size, size)))
    mask = np.zeros(size * size, bool)
    mask[hits.pixel[cast.person[hits.part] == who]] = True
    return mask.reshape(size, size)


@pytest.mark.parametrize("blocked", [False, True])
def test_a_crop_is_what_would_be_cut_out_of_the_whole_picture(pair, blocked):
    """Alone, behind the partner, behind a pillar: the same camera to 2 % of the crop's side, and the same mask."""
    people, everybody, scene = pair
    rng, overlap = np.random.default_rng(3), []
    for number, E in enumerate(rig(people, 6, rng)):
        who, frame, seen = number % 2, 4 * number, everybody
        if blocked:
            eye = -E[:, :3].T @ E[:, 3]
            seen, frame = obstruct(everybody, frame, people[who, frame, number], eye, rng), 0
        lens = Lens(np.array([[900.0, 0, 450], [0, 900, 450], [0, 0, 1]]), E, np.zeros(0))
        mask = whole_frame(seen, frame, who, E, lens, 900)
        crop = shoot(seen, frame, who, E, scene, 64, rng)
        if crop is None:
            continue
        expected = cut(np.zeros((900, 900, 3), np.uint8), mask, lens, 64)
        aside = crop.turn @ expected.turn.T @ [0, 0, 1] * crop.focal  # where one crop's middle lies in the other
        assert np.abs(aside[:2]).max() < 0.02 * 64 and crop.focal == pytest.approx(expected.focal, rel=0.02)
        assert np.allclose(crop.extrinsics, crop.turn @ E)
        overlap.append((crop.mask & expected.mask).sum() / (crop.mask | expected.mask).sum())
    assert len(overlap) >= 4 and np.mean(overlap) > 0.85


def test_the_partner_hides_and_who_is_hidden_gives_no_crop(pair):
    people, everybody, scene = pair
    alone = cast([people[0]], [random_outfit(np.random.default_rng(0))])
    root = people[:, 0, H36M17.index("pelvis")]
    way = (root[1] - root[0]) * [1, 0, 1]
    E = look_at(root[0] + 3 * way / np.linalg.norm(way), root[0])  # the partner stands between
    rng = np.random.default_rng(0)
    free, hidden = shoot(alone, 0, 0, E, scene, 64, rng), shoot(everybody, 0, 0, E, scene, 64, rng)
    assert hidden is None or hidden.mask.sum() / hidden.focal**2 < free.mask.sum() / free.focal**2
    behind = np.concatenate([people, people[:1] + 0.001 * way])  # a third one in the very same place, a little nearer
    crowd = cast(list(behind), [random_outfit(np.random.default_rng(n)) for n in (0, 1, 0)])
    assert sum(shoot(crowd, 0, who, E, scene, 64, rng) is None for who in (0, 2)) >= 1


def test_the_folder_holds_every_moment_with_its_truth(tmp_path, monkeypatch):
    monkeypatch.setattr("dance3d.synth.crop_dataset.FLAWS", 0.0)
    alone = [babble(1.0, 30), replace(babble(1.0, 40), name="05_01", group="05", split="test")]
    takes = scenes([*couple(), *alone])
    assert [[c.name for c in scene] for scene in takes] == [["05_01"], ["babble-30"], ["salsa_02", "salsa_17"]]
    write_shots(tmp_path / "a", takes, 64, 24, 4, seed=2, occlusion=0.0)
    write_shots(tmp_path / "b", takes, 64, 24, 4, seed=2, occlusion=0.0)
    write_shots(tmp_path / "c", takes, 64, 24, 4, seed=3, occlusion=0.0)
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


def test_moments_by_split_and_things_in_the_way(tmp_path):
    takes = [[babble(0.5, 10)], [babble(0.5, 20)]]
    split = {"babble-10": "train", "babble-20": "test"}
    write_shots(tmp_path, takes, 16, {"train": 5, "test": 2}, 2, splits=split, occlusion=1.0)
    crops = Crops(tmp_path)
    assert [m["split"] for m in crops.moments] == ["train"] * 5 + ["test"] * 2
    eyes = -np.einsum("nji,nj->ni", crops.extrinsics[:, :, :3], crops.extrinsics[:, :, 3])
    first, last = crops.moments[0], crops.moments[-1]
    assert np.linalg.norm(eyes[first["first"]] - eyes[last["first"]]) > 0.1


@pytest.mark.parametrize(
    ("takes", "more", "says"),
    [
        ([], {}, "no take"),
        ([[babble(0.1, 0)]], {"views": 0}, "0 views"),
        ([[babble(0.1, 0)]], {"size": 8}, "8 px"),
        ([[babble(0.1, 0)]], {"splits": {"babble-0": "training"}}, "'training' is not known; choose from train"),
    ],
)
def test_bad_orders_are_refused(tmp_path, takes, more, says):
    with pytest.raises(ValueError, match=says):
        write_shots(tmp_path, takes, moments=1, **more)


def test_cameras_stand_around():
    people = np.stack([clip.xyz for clip in couple()])
    cameras = np.concatenate([rig(people, 4, np.random.default_rng(n)) for n in range(20)])
    eye = -np.einsum("nji,nj->ni", cameras[:, :, :3], cameras[:, :, 3])
    middle = people[:, :, H36M17.index("pelvis")].mean((0, 1))
    distance = np.linalg.norm((eye - middle)[:, [0, 2]], axis=1)
    assert 0.8 <= eye[:, 1].min() and eye[:, 1].max() <= 2.2 and 2.5 < distance.min() and distance.max() < 7
    angle = np.arctan2(*(eye - middle)[:4, [0, 2]].T)
    assert np.abs(np.exp(1j * angle).mean()) < 0.6  # on all sides
    assert (cameras[:, 2, 1] > -0.5).all() and np.abs(cameras[:, 0, 1]).max() < 0.15  # not from above, hardly rolled


def test_bodies_and_clothes_differ():
    rng = np.random.default_rng(0)
    outfits = [random_outfit(rng) for _ in range(200)]
    for part in ("trunk", "arms", "legs", "head"):
        thick = np.array([getattr(outfit.look, part) for outfit in outfits])
        assert 0.8 <= thick.min() < 0.93 and 1.1 < thick.max() <= 1.35
    for cut_ in ("hat", "coat", "bun", "shorts", "long_hair", "long_sleeves"):
        assert 0.02 < np.mean([getattr(outfit.look, cut_) for outfit in outfits]) < 0.7
    xyz = choreograph("everyday", 0.1, 0).xyz
    plain = Look(*(np.full(3, 0.5) for _ in range(5)), False, False, False)
    thick = dress(xyz, replace(plain, trunk=1.3, legs=1.2))
    ratio = thick.radius_a / dress(xyz, plain).radius_a
    assert {1.0, 1.2, 1.3} == set(ratio.round(6))
    assert len(dress(xyz, replace(plain, skirt=1.2)).flat) > len(thick.flat)


def test_faulty_masks_are_faulty_but_still_the_person(pair):
    people, _, scene = pair
    everybody = cast([people[1]], [random_outfit(np.random.default_rng(1))])
    [E] = rig(people, 1, np.random.default_rng(1))
    sound = shoot(everybody, 0, 0, E, scene, 64, np.random.default_rng(0))
    for seed in range(10):
        faulty = shoot(everybody, 0, 0, E, replace(scene, flaws=1.0), 64, np.random.default_rng(seed))
        share = (faulty.mask & sound.mask).sum() / (faulty.mask | sound.mask).sum()
        assert 0.5 < share < 1


def test_invented_bodies_give_single_crops(tmp_path):
    write_invented(tmp_path, 16, 12, seed=1)
    crops = Crops(tmp_path)
    assert len(crops) == 12 and {m["views"] for m in crops.moments} == {1} and np.isfinite(crops.truth).all()
    hip, knee, ankle = (H36M17.indices(f"left_{joint}", f"right_{joint}") for joint in ("hip", "knee", "ankle"))
    thigh = np.linalg.norm(crops.truth[:, hip] - crops.truth[:, knee], axis=-1)
    shin = np.linalg.norm(crops.truth[:, knee] - crops.truth[:, ankle], axis=-1)
    np.testing.assert_allclose(thigh[:, 0], thigh[:, 1], rtol=1e-4)
    assert (thigh / shin).std() > 0.03 and crops.truth[:, ankle, 1].min() > 0


def test_the_command_writes_crops(tmp_path, capsys):
    assert cli.main(["synth", "--crops", "3", "--crop-size", "16", "-o", str(tmp_path / "out")]) == 0
    assert len(Crops(tmp_path / "out")) == 3 and capsys.readouterr().out.strip() == str(tmp_path / "out")
