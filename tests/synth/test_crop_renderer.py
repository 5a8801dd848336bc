from dataclasses import replace

import numpy as np
import pytest
from dancing_couple import couple

from dance3d.contracts import Camera
from dance3d.contracts.camera import Lens
from dance3d.datasets.crop import cut
from dance3d.geometry.projection import look_at
from dance3d.skeleton import H36M17
from dance3d.synth.appearance import random_backdrop, random_light, random_outfit
from dance3d.synth.crop_dataset import camera_ring
from dance3d.synth.crop_renderer import CropScene, add_occluder, render_crop, scene_bodies
from dance3d.synth.raycast import Solids, Tracer


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    people = np.stack([clip.xyz for clip in couple()]).astype(float)
    scene = CropScene(random_light(rng), random_backdrop(rng), 0.0, 0.0, 0.0)
    return people, scene_bodies(list(people), [random_outfit(rng) for _ in people]), scene


def whole_frame(scene_bodies, frame, who, E, lens, size):
    """(H, W) of the person in front, of a picture that holds everybody."""
    parts, turn = scene_bodies.parts, E[:, :3].T
    ends = (parts.a[frame] @ turn + E[:, 3], parts.b[frame] @ turn + E[:, 3])
    tracer = Tracer(Solids(*ends, parts.axis[frame] @ turn, parts.radius_a, parts.radius_b, parts.flat))
    hits = tracer.trace(Camera(lens.matrix[0, 0], tuple(lens.matrix[:2, 2]), (size, size)))
    mask = np.zeros(size * size, bool)
    mask[hits.pixel[scene_bodies.person[hits.part] == who]] = True
    return mask.reshape(size, size)


@pytest.mark.parametrize("blocked", [False, True])
def test_a_crop_is_what_would_be_cut_out_of_the_whole_picture(pair, blocked):
    """Alone, behind the partner, behind a pillar: the same camera to 2 % of the crop's side, and the same mask."""
    people, everybody, scene = pair
    rng, overlap = np.random.default_rng(3), []
    for number, E in enumerate(camera_ring(people, 6, rng)):
        who, frame, seen = number % 2, 4 * number, everybody
        if blocked:
            eye = -E[:, :3].T @ E[:, 3]
            seen, frame = add_occluder(everybody, frame, people[who, frame, number], eye, rng), 0
        lens = Lens(np.array([[900.0, 0, 450], [0, 900, 450], [0, 0, 1]]), E, np.zeros(0))
        mask = whole_frame(seen, frame, who, E, lens, 900)
        crop = render_crop(seen, frame, who, E, scene, 64, rng)
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
    alone = scene_bodies([people[0]], [random_outfit(np.random.default_rng(0))])
    root = people[:, 0, H36M17.index("pelvis")]
    way = (root[1] - root[0]) * [1, 0, 1]
    E = look_at(root[0] + 3 * way / np.linalg.norm(way), root[0])  # the partner stands between
    rng = np.random.default_rng(0)
    free, hidden = render_crop(alone, 0, 0, E, scene, 64, rng), render_crop(everybody, 0, 0, E, scene, 64, rng)
    assert hidden is None or hidden.mask.sum() / hidden.focal**2 < free.mask.sum() / free.focal**2
    behind = np.concatenate([people, people[:1] + 0.001 * way])  # a third one in the very same place, a little nearer
    crowd = scene_bodies(list(behind), [random_outfit(np.random.default_rng(n)) for n in (0, 1, 0)])
    assert sum(render_crop(crowd, 0, who, E, scene, 64, rng) is None for who in (0, 2)) >= 1


def test_faulty_masks_are_faulty_but_still_the_person(pair):
    people, _, scene = pair
    everybody = scene_bodies([people[1]], [random_outfit(np.random.default_rng(1))])
    [E] = camera_ring(people, 1, np.random.default_rng(1))
    sound = render_crop(everybody, 0, 0, E, scene, 64, np.random.default_rng(0))
    for seed in range(10):
        faulty = render_crop(everybody, 0, 0, E, replace(scene, flaws=1.0), 64, np.random.default_rng(seed))
        share = (faulty.mask & sound.mask).sum() / (faulty.mask | sound.mask).sum()
        assert 0.5 < share < 1
