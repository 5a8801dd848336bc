import numpy as np
import pytest
import torch
from motion_bodies import TIME
from moving_arms import dancing

from dance3d.skeleton import PARTS
from dance3d.stages.motion.part_features import PartFrames, width


@pytest.mark.parametrize(("dims", "doubts"), [(2, 1), (3, 1), (3, 2)])
@pytest.mark.parametrize("part", ["", *PARTS])
def test_a_part_has_as_many_features_as_its_net_expects(part, dims, doubts):
    seen = PartFrames(torch.rand(2, 5, 17, dims + doubts), dims)
    assert (seen.part(part) if part else seen.whole()).shape == (2, 5, width(part, dims, doubts))


def test_features_do_not_depend_on_where_the_dancer_is_and_faces():
    steady = torch.zeros(len(TIME), 17, 1)
    body = torch.cat([torch.from_numpy(dancing()).float(), steady], -1)
    c, s = np.cos(1.3), np.sin(1.3)
    away = torch.from_numpy(dancing() @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) + [3.0, 0, 1.0]).float()
    away = torch.cat([away, steady], -1)
    for part in PARTS:
        torch.testing.assert_close(
            PartFrames(away[None]).part(part), PartFrames(body[None]).part(part), atol=2e-4, rtol=0
        )
    torch.testing.assert_close(PartFrames(away[None]).whole(), PartFrames(body[None]).whole(), atol=2e-4, rtol=0)
