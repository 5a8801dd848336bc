"""Body frames of tensors are those of arrays."""

import numpy as np
import pytest
import torch
from unlevel_vectors import vectors

from dance3d.geometry import body_frame, body_frame_torch
from dance3d.geometry.body_frame import LEFT, heading_frame

Y = np.array([0.0, 1.0, 0.0])


@pytest.mark.parametrize("name", ["part_frame", "heading_frame"])
def test_numpy_and_torch_have_the_same_rule(name):
    up = vectors(3) if name == "part_frame" else Y
    ours = getattr(body_frame, name)(vectors(2), up)
    theirs = getattr(body_frame_torch, name)(torch.from_numpy(vectors(2)), torch.from_numpy(up))
    np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(body_frame_torch.LEFT.numpy(), LEFT)


def test_tensors_may_have_an_up_of_their_own_in_every_frame():
    right, up = torch.from_numpy(vectors(4)), body_frame_torch.unit(torch.from_numpy(vectors(5)))
    each = [heading_frame(r[None], u)[0] for r, u in zip(right.numpy(), up.numpy(), strict=True)]
    np.testing.assert_allclose(body_frame_torch.heading_frame(right, up).numpy(), np.stack(each), atol=1e-12)
