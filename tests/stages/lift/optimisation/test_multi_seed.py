import numpy as np
import pytest
import torch

from dance3d.benchmarks.lift import multi_seed as seed_bench
from dance3d.contracts import Camera
from dance3d.geometry.projection import project
from dance3d.metrics import similarity
from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation import depth_signs as seed_signs
from dance3d.stages.lift.optimisation import joint_limits as seed_limits
from dance3d.stages.lift.optimisation import lbfgs as seed_descent
from dance3d.stages.lift.optimisation.energy import Energy, Terms
from dance3d.stages.lift.optimisation.lbfgs import Scaling, descend
from dance3d.stages.lift.optimisation.multi_seed import lift_seeds
from dance3d.stages.lift.optimisation.problem import problem
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film

JOINTS = len(H36M17.joints)


@pytest.fixture(scope="module")
def dance():
    """Three seconds of the synthetic dancer from two sides."""
    return film([choreograph("salsa", 3.0, 0)])[:2]


def p_mpjpe(pose, true):
    pose, true = (torch.as_tensor(np.array(a), dtype=torch.float64) for a in (pose, true))
    return 1000 * float((similarity(pose, true) - true).norm(dim=-1).mean())


def some_energy(terms, rows=3, frames=9):
    """An energy of random keypoints, some of them missing, and a random place in it, in double precision."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    precision = 50 * draw(1, JOINTS, frames).abs()
    precision[:, 3] = 0
    energy = Energy(
        0.1 * draw(1, 2, JOINTS, frames),
        precision,
        5 + 0.1 * draw(1, frames),
        0.01 + 0.01 * draw(1, JOINTS).abs(),
        terms=terms,
        start=0.3 * draw(1, 3, JOINTS, frames),
    )
    x = 0.2 * draw(rows, 3, JOINTS, frames)
    x[:, 2] += 5
    return energy, x


@pytest.mark.parametrize(
    "terms", [Terms(), Terms(start=0.05, limits=3.0), Terms(limits=0.0)], ids=["all", "start", "free"]
)
def test_energy_is_that_of_the_plain_form_and_the_gradient_autograds(terms):
    energy, x = some_energy(terms)
    value, gradient = energy(x)
    x.requires_grad_()
    plain = seed_bench.plain_energy(energy, energy.joints(x))
    (expected,) = torch.autograd.grad(plain.sum(), x)
    torch.testing.assert_close(value, plain.detach())
    torch.testing.assert_close(gradient, expected)


def test_variables_are_the_inverse_of_joints():
    energy, x = some_energy(Terms())
    torch.testing.assert_close(energy.variables(energy.joints(x)), x)


def test_the_exact_search_finds_the_cheapest_signs():
    """Costs that are sums over segments are minimised by fourteen small searches too."""
    rng = np.random.default_rng(0)
    frames, bits = 6, len(seed_signs.SIGNED)
    own, change = rng.random((frames, bits, 2)), rng.random((frames - 1, bits, 2, 2))
    costs = [np.zeros((frames, 16, 4), np.float32) for _ in range(5)]
    for bit in range(bits):
        for state in range(16):
            for limb in range(4):
                if bit < 4:
                    costs[0][:, state, limb] += own[:, bit, (state >> (3 - bit)) & 1]
                else:
                    costs[(bit - 4) // 2][:, state, limb] += own[:, bit, (limb >> ((bit + 1) % 2)) & 1]
    path = seed_signs._viterbi(costs, change.astype(np.float32))
    found = (path[:, None] >> np.arange(bits)[::-1]) & 1
    for bit in range(bits):
        best = {}
        for number in range(2**frames):
            signs = [(number >> t) & 1 for t in range(frames)]
            steps = sum(change[t, bit, signs[t + 1], signs[t]] for t in range(frames - 1))
            best[tuple(signs)] = steps + sum(own[t, bit, s] for t, s in enumerate(signs))
        assert tuple(found[:, bit]) == min(best, key=best.__getitem__)


def test_true_signs_rebuild_the_body(dance):
    """With true lengths and distance one of the candidates of every segment is nearly the true one."""
    one = dance[0]
    xyz = one.truth.xyz.astype(np.float64)
    rays = (one.keypoints.xy - np.array(PROTOCOL_CAMERA.centre)) / PROTOCOL_CAMERA.focal
    lengths = np.linalg.norm(xyz[:, seed_limits.BONES[:, 1]] - xyz[:, seed_limits.BONES[:, 0]], axis=-1).mean(0)
    view = seed_signs.View(rays.astype(np.float64), one.truth.root[:, 2].astype(np.float64), lengths)
    options = seed_signs.candidates(view)
    ends = seed_limits.ENDS[: len(seed_signs.SIGNED)]
    true = xyz[:, ends[:, 1]] - xyz[:, ends[:, 0]]
    signs = np.linalg.norm(options - true[:, :, None], axis=-1).argmin(-1)
    made = seed_signs.build(view, options, signs)
    assert p_mpjpe(made - made[:, :1], xyz) < 35


def test_seeds_beat_the_flat_pose_and_the_best_is_the_cheapest(dance):
    for one in dance:
        k = one.keypoints
        flat = np.concatenate([k.xy - k.xy[:, :1], np.zeros((*k.xy.shape[:2], 1))], -1) / 250
        seeds = lift_seeds(k.xy, k.score, PROTOCOL_CAMERA, k.fps, count=4)
        assert seeds.xyz.shape == (4, k.frames, JOINTS, 3) and seeds.best == seeds.energy.argmin()
        assert seeds.ambiguity.shape == (k.frames,)
        assert p_mpjpe(seeds.xyz[seeds.best], one.truth.xyz) < 0.7 * p_mpjpe(flat, one.truth.xyz)
        again = project(seeds.xyz[0] + seeds.root[0][:, None], PROTOCOL_CAMERA.focal, np.array(PROTOCOL_CAMERA.centre))
        assert np.abs(again - k.xy).mean() < 2  # pixels


def test_a_mirrored_clip_gives_the_mirrored_body(dance):
    """Anatomy knows no side."""
    k = dance[0].keypoints
    flipped = (k.xy * [-1, 1] + [k.size[0], 0])[:, H36M17.swap]
    one = lift_seeds(k.xy, k.score, PROTOCOL_CAMERA, count=1, steps=0)
    other = lift_seeds(flipped, k.score, PROTOCOL_CAMERA, count=1, steps=0)
    off = np.abs(other.xyz[0][:, H36M17.swap] * [-1, 1, 1] - one.xyz[0]).max((1, 2))
    assert (off > 1e-3).mean() < 0.05  # a tie now and then where a bone crosses the picture's plane


def test_descent_only_goes_down_and_a_row_does_not_see_the_others(dance):
    k = dance[0].keypoints
    given = problem(k.xy[:40], k.score[:40], PROTOCOL_CAMERA, 30.0, count=3)
    before = given.energy(given.x)[0].sum(1)
    scaling = Scaling(given.energy, given.x)
    x, each = descend(given.energy, given.x, scaling, 8, 0.0)
    assert (each.sum(1) < before).all()
    alone, _ = descend(given.energy, given.x[1:2], scaling, 8, 0.0)
    torch.testing.assert_close(alone, x[1:2], atol=2e-3, rtol=0)


def test_scaling_is_the_same_by_both_transforms(dance, monkeypatch):
    k = dance[0].keypoints
    given = problem(k.xy, k.score, PROTOCOL_CAMERA, 30.0, count=2)
    _, gradient = given.energy(given.x)
    short = Scaling(given.energy, given.x)(gradient)
    monkeypatch.setattr(seed_descent, "_LONG", 10)
    long = Scaling(given.energy, given.x)(gradient)
    torch.testing.assert_close(long, short, rtol=1e-3, atol=1e-4 * float(short.abs().max()))


def test_a_start_decides_signs(dance):
    """The mirror image in depth of the truth is kept where a start says so."""
    one = dance[0]
    k = one.keypoints
    start = one.truth.xyz * np.array([1, 1, -1], np.float32)
    seeds = lift_seeds(k.xy, k.score, PROTOCOL_CAMERA, count=1, start=start, terms=Terms(start=0.05, limits=0.1))
    assert p_mpjpe(seeds.xyz[0], start) < p_mpjpe(seeds.xyz[0], one.truth.xyz)


def test_missing_joints_frames_and_single_frames(dance):
    k = dance[0].keypoints
    xy, score = k.xy[:30].copy(), k.score[:30].copy()
    xy[:, 3], xy[5:9, 10] = np.nan, np.nan  # never seen, and for a while
    xy[20] = np.nan
    score[~np.isfinite(xy).all(-1)] = 0
    seeds = lift_seeds(xy, score, PROTOCOL_CAMERA, count=2, steps=10)
    assert np.isnan(seeds.xyz[:, 20]).all() and not seeds.ambiguity[20]
    assert np.isfinite(np.delete(seeds.xyz, 20, axis=1)).all() and np.isfinite(seeds.energy).all()
    for frames in (1, 2, 3):
        few = lift_seeds(k.xy[:frames], k.score[:frames], PROTOCOL_CAMERA, count=3, steps=5)
        assert few.xyz.shape == (3, frames, JOINTS, 3) and np.isfinite(few.xyz).all()


def test_a_body_of_one_point_gives_finite_joints():
    xy = np.full((10, JOINTS, 2), 400.0)
    seeds = lift_seeds(xy, np.ones((10, JOINTS)), PROTOCOL_CAMERA, count=2, steps=5)
    assert np.isfinite(seeds.xyz).all() and np.isfinite(seeds.energy).all()


def test_refusals(dance):
    k = dance[0].keypoints
    xy, score = k.xy[:5], k.score[:5]
    with pytest.raises(ValueError, match="count of seeds is 0"):
        lift_seeds(xy, score, PROTOCOL_CAMERA, count=0)
    with pytest.raises(ValueError, match="no keypoint"):
        lift_seeds(np.full_like(xy, np.nan), np.zeros_like(score), PROTOCOL_CAMERA)
    with pytest.raises(ValueError, match=r"expected \(T, 17, 2\)"):
        lift_seeds(xy[:, :16], score[:, :16], PROTOCOL_CAMERA)
    with pytest.raises(ValueError, match="infinite"):
        lift_seeds(np.full_like(xy, np.inf), score, PROTOCOL_CAMERA)
    with pytest.raises(ValueError, match="start has shape"):
        lift_seeds(xy, score, PROTOCOL_CAMERA, start=np.zeros((4, JOINTS, 3)))
    with pytest.raises(ValueError, match=r"Terms.bone is 0"):
        Terms(bone=0.0)


def test_an_assumed_camera_does(dance):
    """A guessed field of view changes the distance, hardly the pose."""
    k = dance[0].keypoints
    known, guessed = (
        lift_seeds(k.xy, k.score, camera, count=1, steps=20).xyz[0]
        for camera in (PROTOCOL_CAMERA, Camera.from_field_of_view(55, k.size))
    )
    assert p_mpjpe(guessed, known) < 40


def test_bench_reports_both_ways():
    figures = seed_bench.bench_seeds(count=2, frames=20, steps=3)
    assert set(figures) == {
        f"speed.seeds.{name}" for name in ("s", "reference_s", "ratio", "energy", "reference_energy", "left")
    }
    assert figures["speed.seeds.energy"] < figures["speed.seeds.reference_energy"]
