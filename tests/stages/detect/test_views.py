"""Several cameras: joints in the world, also where one camera has the sides exchanged."""

import numpy as np
import pytest
from oracle_net import Oracle, crop_of, said_of

from dance3d.contracts import Camera
from dance3d.geometry import look_at
from dance3d.io.crops import Lens
from dance3d.skeleton import H36M17
from dance3d.stages.detect.views import detect_views
from dance3d.synth.choreography import choreograph

CAMERA = Camera.from_field_of_view(47.0, (160, 120))


def lenses(count):
    middle = np.array([0, 0.9, 0.0])
    matrix = np.array([[CAMERA.focal, 0, 80], [0, CAMERA.focal, 60], [0, 0, 1.0]])
    eyes = [middle + 4 * np.array([np.sin(a), 0.2, np.cos(a)]) for a in 2 * np.pi * np.arange(count) / count + 0.4]
    return [Lens(matrix, look_at(eye, middle), np.zeros(0)) for eye in eyes]


def shown(count, frames=2):
    body = choreograph("salsa", 1.0, 3).xyz[:frames].astype(float)
    body -= (body[:1, :1] - [0, 0.9, 0]) * [1, 0, 1]
    crops, said = [], []
    for lens in lenses(count):
        local = body @ lens.extrinsics[:, :3].T + lens.extrinsics[:, 3]
        crops.append([crop_of(joints, CAMERA, lens) for joints in local])
        said.append([said_of(joints, crop) for joints, crop in zip(local, crops[-1], strict=True)])
    return body, crops, np.array(said)


@pytest.mark.parametrize("count", [3, 4, 8])
def test_views_are_triangulated_whichever_of_them_have_their_sides_exchanged(count):
    body, crops, said = shown(count)
    said[1] = said[1][:, H36M17.swap]
    found = detect_views(Oracle(said.swapaxes(0, 1).reshape(-1, 17, 3), 4.0), crops)
    assert found.shape == (2, 17, 3) and np.abs(found - body).max() < 0.005


def test_one_view_alone_determines_nothing():
    _, crops, said = shown(2)
    crops[1] = [None, crops[1][1]]
    found = detect_views(Oracle(np.concatenate([said[0, 1:], said[1, 1:]]), 4.0), crops)
    assert np.isnan(found[0]).all() and np.isfinite(found[1]).all()
    with pytest.raises(ValueError, match=r"cameras have \[1, 2\] crops"):
        detect_views(Oracle(said[0], 4.0), [crops[0], crops[1][:1]])
