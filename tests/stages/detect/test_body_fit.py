import numpy as np
import pytest
import torch

from dance3d.geometry.projection import look_at
from dance3d.masks import Lines, lines, skeleton_mask
from dance3d.masks.geodesic import distance_map
from dance3d.metrics import PMPJPE
from dance3d.skeleton import H36M17
from dance3d.stages.detect import body_fit
from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.body_fit import fit_bodies
from dance3d.stages.detect.jointed_body import BONE, TOES, Directions, joints, lengths, upright
from dance3d.stages.detect.model import net_targets

HALF, SIZE = 0.3, 64


def bodies(turn):
    """Two moments of one body that steps and lifts its arms, (2, 19, 3) metres, facing ``turn`` radians."""
    c, s = np.cos(turn), np.sin(turn)
    frame = torch.tensor([[[c, 0, -s], [0, 1, 0], [-s, 0, -c]]] * 2, dtype=torch.float32)  # right, up, forward
    bones = upright(frame)
    ahead, up = frame[:, 2], frame[:, 1]
    bones[:, BONE["right_knee"]] = 0.6 * ahead - 0.8 * up
    bones[:, BONE["right_ankle"]] = -0.3 * ahead - 0.95 * up
    for side in ("left", "right"):
        bones[1, BONE[f"{side}_elbow"]] = bones[1, BONE[f"{side}_wrist"]] = (0.2 * ahead + up)[1]
    return joints(Directions(torch.tensor([[0.1, 0.9, 0.0]] * 2), bones), lengths(torch.full((2,), 1.75)))


def scenes(world, views=4):
    """Masks of bodies, drawn, as cameras around see them."""
    eyes = [np.array([4 * np.cos(a), 1.3, 4 * np.sin(a)]) for a in np.arange(views) * 2 * np.pi / views + 0.3]
    cameras = torch.tensor(np.stack([look_at(eye, np.array([0, 0.9, 0])) for eye in eyes]), dtype=torch.float32)
    cameras = cameras.expand(len(world), -1, -1, -1)
    half = torch.full(cameras.shape[:2], HALF)
    flat = net_targets(world[:, None], cameras, half)[..., :2]
    feet = tuple((H36M17.index(ankle), toe) for ankle, toe in TOES.items())
    drawn = Lines((*lines().pairs, *feet), (*lines().sigma, *[min(lines().sigma)] * 2))
    mask = skeleton_mask(flat, SIZE, drawn) > 0.3
    distance = torch.tensor(np.stack([[distance_map(one.numpy()) for one in row] for row in mask]))
    count = len(world)
    nothing = torch.full((count, 17, 3), torch.nan)
    image = torch.zeros(*mask.shape, 3, dtype=torch.uint8)
    valid = torch.ones(count, views, dtype=torch.bool)
    return Scenes(image, mask.byte(), distance, half, cameras, valid, nothing, nothing, torch.zeros(count))


@pytest.mark.parametrize("turn", [0.4, 2.6])
def test_a_body_is_found_from_its_masks_alone(turn):
    world = bodies(turn)
    found = fit_bodies(scenes(world), torch.tensor([0, 0]))
    error = PMPJPE()
    error.update(found.world[:, None], world[:, None, :17])
    assert found.misfit.max() < 0.02 and error.compute() < 70
    side = found.world[:, H36M17.index("right_hip")] - found.world[:, H36M17.index("left_hip")]
    true = world[:, H36M17.index("right_hip")] - world[:, H36M17.index("left_hip")]
    assert ((side * true).sum(-1) > 0).all(), "left and right are those of the body that steps forward"


def test_a_clip_shares_its_bones_and_other_clips_do_not(monkeypatch):
    monkeypatch.setattr(body_fit, "_STEPS", (2, 2, 2, 4))
    seen = scenes(bodies(0.4))
    lengths_of = lambda body: (body[:, 1:] - body[:, :-1]).norm(dim=-1)[:, :3]  # noqa: E731  (hip, knee, ankle)
    one, two = (lengths_of(fit_bodies(seen, torch.tensor(clip)).world)[:, 1] for clip in ([5, 5], [5, 9]))
    assert one[0] == pytest.approx(float(one[1]), abs=1e-4) and abs(two[0] - two[1]) > 1e-4


def test_views_without_a_mask_do_not_count_and_none_is_an_infinite_misfit(monkeypatch):
    monkeypatch.setattr(body_fit, "_STEPS", (2, 2, 2, 2))
    seen = scenes(bodies(0.4))
    empty = seen.mask.clone()
    empty[0], empty[1, 0] = 0, 0
    found = fit_bodies(seen._replace(mask=empty), torch.tensor([0, 1]))
    assert found.world.isfinite().all() and found.misfit[0] == torch.inf and found.misfit[1].isfinite()


def test_neither_pictures_nor_truth_are_looked_at(monkeypatch):
    monkeypatch.setattr(body_fit, "_STEPS", (2, 2, 2, 2))
    seen = scenes(bodies(0.4))
    other = seen._replace(image=seen.image + 9, truth=torch.zeros_like(seen.truth))
    assert torch.equal(*(fit_bodies(one, torch.tensor([0, 1])).world for one in (seen, other)))
