import numpy as np
import pytest

from dance3d.contracts import Camera
from dance3d.synth.raycast import Solids, Tracer, bounds

CAMERA = Camera(100.0, (20.5, 20.5), (41, 41))
EYE = np.array([[0.0, 0.0, 2.0]])


def capsule(a, b, axis=(0, 1, 0), radius_a=0.3, radius_b=0.3, flat=1.0):
    rows = (np.array([v], float) for v in (a, b, axis))
    return Solids(*rows, *(np.array([v], float) for v in (radius_a, radius_b, flat)))


def points(hits, camera=CAMERA):
    row, column = np.divmod(hits.pixel % (camera.size[0] * camera.size[1]), camera.size[0])
    x, y = Tracer.rays(row, column, camera)
    return np.stack([x, y, np.ones_like(x)], -1) * hits.depth[:, None]


def test_rays_meet_a_ball_where_they_must():
    ball = capsule(EYE[0], EYE[0])
    tracer = Tracer(ball)
    hits = tracer.trace(CAMERA)
    row, column = np.divmod(np.arange(41 * 41), 41)
    d = np.stack([*Tracer.rays(row, column, CAMERA), np.ones(41 * 41)], -1).astype(float)
    near = (d @ EYE[0]) ** 2 - (d**2).sum(-1) * (4 - 0.09)
    expected = (d @ EYE[0] - np.sqrt(np.maximum(near, 0))) / (d**2).sum(-1)
    assert 0.1 < len(hits.pixel) / 41**2 < 0.9 and set(hits.pixel) <= set(np.flatnonzero(near > -1e-5))
    assert abs(len(hits.pixel) - (near > 0).sum()) < 5
    assert np.abs(hits.depth - expected[hits.pixel]).max() < 1e-3
    normal, _ = tracer.surface(hits.part, points(hits))
    away = d[hits.pixel] * expected[hits.pixel, None] - EYE[0]
    np.testing.assert_allclose(normal, away / 0.3, atol=0.02)


@pytest.mark.parametrize("flat", [1.0, 0.5])
def test_rays_meet_a_cone_at_its_surface(flat):
    """Every hit lies on the hull of the two balls, by its distance function in the stretched space."""
    a, b, axis = np.array([-0.2, -0.1, 2.0]), np.array([0.2, 0.15, 2.2]), np.array([0.0, 0.0, 1.0])
    hits = Tracer(capsule(a, b, axis, 0.14, 0.05, flat)).trace(CAMERA)
    stretch = np.eye(3) + (1 / flat - 1) * np.outer(axis, axis)
    share = np.linspace(0, 1, 2001)[:, None]
    middles = (a + share * (b - a)) @ stretch
    radii = 0.14 + share[:, 0] * (0.05 - 0.14)
    gap = (np.linalg.norm((points(hits).astype(float) @ stretch)[:, None] - middles, axis=-1) - radii).min(1)
    assert len(hits.pixel) > 80 and np.abs(gap).max() < 3e-3


@pytest.mark.parametrize("radii", [(0.1, 0.05), (0.05, 0.3)])  # the second ball of the second pair holds the first
def test_outlines_end_where_the_bounds_say(radii):
    part = capsule((-0.1, 0.05, 1.6), (0.1, -0.1, 1.7), (0.6, 0.0, 0.8), *radii, 0.6)
    camera = Camera(400.0, (150, 150), (300, 300))
    [low], [high] = bounds(part)
    seen = points(Tracer(part).trace(camera), camera)
    tangent = seen[:, :2] / seen[:, 2:]
    np.testing.assert_allclose(tangent.min(0), low, atol=2 / 400)
    np.testing.assert_allclose(tangent.max(0), high, atol=2 / 400)


def test_the_nearer_part_wins_in_its_own_layer_only():
    ends = np.array([[0, 0, 2.0], [0, 0, 1.0]])
    solids = Solids(ends, ends, np.array([[0, 1.0, 0]] * 2), np.array([0.3, 0.1]), np.array([0.3, 0.1]), np.ones(2))
    one = Tracer(solids).trace(CAMERA)
    two = Tracer(solids).trace(CAMERA, np.array([0, 1]))
    middle = 20 * 41 + 20
    assert one.part[one.pixel == middle] == [1]
    assert two.part[two.pixel == middle] == [0] and two.part[two.pixel == middle + 41**2] == [1]


def test_a_part_at_the_eye_is_not_drawn():
    assert len(Tracer(capsule((0, 0, 0.1), (0, 0, 2))).trace(CAMERA).pixel) == 0
