import numpy as np
import torch

from dance3d.metrics import ErrorBy
from dance3d.skeleton import H36M17
from dance3d.stages.lift.validation_pictures import ORDER, error_pictures


def test_every_joint_has_its_bar():
    assert sorted(ORDER) == sorted(H36M17.joints)


def test_plots_are_made_of_what_there_is():
    true = torch.randn(3, 5, 17, 3) * 0.3
    errors = ErrorBy()
    errors.update(true + 0.05 * torch.randn_like(true), true, torch.tensor([0, 1, 1]))
    plots = error_pictures(errors.compute(), ["salsa", ""], "test takes")
    assert set(plots) == {"error_by_joint", "error_by_frame", "error_by_depth", "error_by_genre"}
    assert all(image.dtype == np.uint8 and image.shape[-1] == 3 for image in plots.values())
    one = ErrorBy()
    one.update(true[:, :1], true[:, :1])  # sequences of one frame, no genres
    assert set(error_pictures(one.compute(), [], "one frame")) == {"error_by_joint", "error_by_frame", "error_by_depth"}
