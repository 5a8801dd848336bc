import numpy as np
import torch

from dance3d.stages.lift.optimisation.invented_bodies import LIMBS, facing_every_way, frame, invented_bodies


def test_samples_are_directions_and_come_in_mirrored_pairs():
    bodies = invented_bodies()
    assert bodies.torsos.shape == (300, 4, 3) and [len(limb) for limb in bodies.limbs] == [1500] * len(LIMBS)
    for part in (bodies.torsos, *bodies.limbs):
        torch.testing.assert_close(part.norm(dim=-1), torch.ones(part.shape[:2]))
    left, right = (bodies.limbs[i] for i, limb in enumerate(LIMBS) if limb.upper.endswith("_arm"))
    torch.testing.assert_close(left[::2], right[1::2] * torch.tensor([-1.0, 1.0, 1.0]), atol=1e-5, rtol=0)


def test_invented_legs_hang_and_heads_are_up():
    bodies = invented_bodies()
    height = {limb.upper: float(samples[:, 0, 1].mean()) for limb, samples in zip(LIMBS, bodies.limbs, strict=True)}
    assert height["left_thigh"] < -0.5 and height["neck"] > 0.5


def test_bodies_that_face_the_camera_have_their_left_on_its_right():
    torso = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    seen = facing_every_way(torso, torch.eye(3))
    torch.testing.assert_close(seen[0], torch.tensor([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]]))
    assert seen.shape == (36, 3, 3)
    torch.testing.assert_close(torch.linalg.det(seen), torch.ones(36))
    rows = frame(np.array([1.0, 0.3, 0.0]), np.array([0.0, 2.0, 0.0]))
    np.testing.assert_allclose(rows, np.eye(3), atol=1e-12)
