"""Sessions of onnxruntime: the nets that ship can be run."""

import numpy as np

from dance3d.io.fetch import located
from dance3d.io.onnx_session import open_session


def test_a_net_that_ships_can_be_run():
    session = open_session(located("movenet-lightning"))
    (joints,) = session.run(None, {session.get_inputs()[0].name: np.zeros((1, 192, 192, 3), np.int32)})
    assert joints.shape == (1, 1, 17, 3) and np.isfinite(joints).all()
