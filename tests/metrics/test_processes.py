"""Every metric adds up over processes: each gives all that it holds, and the sums make one score."""

import pytest
import torch

from dance3d import metrics

POSES = [torch.randn(2, 8, 17, 3, generator=torch.Generator().manual_seed(seed)) for seed in range(4)]
PAIRS = [(POSES[0], POSES[1]), (POSES[2], POSES[3])]
GIVEN = {
    name: PAIRS
    for name in (
        "MPJPE",
        "PMPJPE",
        "NMPJPE",
        "MPJVE",
        "AccelerationError",
        "PCK",
        "AUC",
        "LeftRightFlips",
        "DepthFlips",
        "AmbiguityRatio",
        "FlipAllowedMPJPE",
        "PairsSwappedMPJPE",
    )
}
GIVEN |= {"ErrorBy": PAIRS, "WMPJPE": [tuple(pose[:, :, 3] for pose in pair) for pair in PAIRS]}
GIVEN |= {"MSE2D": [tuple(pose[..., :2] for pose in pair) for pair in PAIRS]}
GIVEN |= {"MaskIoU": [tuple(pose[..., 0] for pose in pair) for pair in PAIRS]}
GIVEN |= {"FootSkate": [(pair[0], torch.ones(2, 8, 2)) for pair in PAIRS]}


@pytest.mark.parametrize("name", GIVEN)
def test_two_processes_make_one_score(name):
    there, alone = getattr(metrics, name)(), getattr(metrics, name)()
    states = iter([])
    here = getattr(metrics, name)(
        dist_sync_fn=lambda own, group=None: [own, next(states)], distributed_available_fn=lambda: True
    )
    for number, metric in ((0, here), (1, there), (0, alone), (1, alone)):
        metric.update(*GIVEN[name][number])
    states = iter([getattr(there, state) for state in there._defaults])
    found, expected = here.compute(), alone.compute()
    torch.testing.assert_close(found, expected, equal_nan=True)
    assert float(expected.joint[1] if name == "ErrorBy" else expected) > 0
