import numpy as np
from pose_errors import p_mpjpe

from dance3d.stages.lift.optimisation import depth_signs as seed_signs
from dance3d.stages.lift.optimisation import joint_limits as seed_limits
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


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
    view = seed_signs.SignSearch(rays.astype(np.float64), one.truth.root[:, 2].astype(np.float64), lengths)
    options = seed_signs.candidates(view)
    ends = seed_limits.ENDS[: len(seed_signs.SIGNED)]
    true = xyz[:, ends[:, 1]] - xyz[:, ends[:, 0]]
    signs = np.linalg.norm(options - true[:, :, None], axis=-1).argmin(-1)
    made = seed_signs.pose_of_signs(view, options, signs)
    assert p_mpjpe(made - made[:, :1], xyz) < 35
