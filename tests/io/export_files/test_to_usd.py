"""USD files, played by Pixar's own library."""

import sys

import numpy as np
import pytest
from rest_bodies import body, dancing
from tumbling_bodies import pose_of

from dance3d.io.export_files.animation_joints import JOINTS, NAMES
from dance3d.io.export_files.to_usd import write_usd
from dance3d.io.world_frame import to_world
from dance3d.skeleton import H36M17

TIME = np.arange(30) / 25


def dancer():
    xyz, ends = (points * [1, -1, -1] for points in body(dancing(TIME)))
    return pose_of(xyz, TIME, extremities=ends.astype(np.float32))


def test_every_joint_is_where_the_pose_has_it_and_the_body_is_bound(tmp_path):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdSkel, UsdValidation

    write_usd(dancer(), tmp_path / "a.usd")
    stage = Usd.Stage.Open(str(tmp_path / "a.usd"))
    assert UsdGeom.GetStageUpAxis(stage) == "Y" and UsdGeom.GetStageMetersPerUnit(stage) == 1
    cache, root = UsdSkel.Cache(), UsdSkel.Root(stage.GetDefaultPrim())
    cache.Populate(root, Usd.PrimDefaultPredicate)
    query = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/Dancer/Skeleton")))
    names = [str(path).rpartition("/")[2] for path in query.GetJointOrder()]
    rows = [names.index(NAMES["mixamo"][JOINTS[joint]].replace(":", "_")) for joint in H36M17.joints]
    for frame in (0, 13, 29):
        places = np.array(query.ComputeJointSkelTransforms(float(frame)))[rows, 3, :3]
        np.testing.assert_allclose(places, to_world(dancer())[frame], atol=1e-4)
    (bound,) = cache.ComputeSkelBindings(root, Usd.PrimDefaultPredicate)
    assert [str(one.GetPrim().GetPath()) for one in bound.GetSkinningTargets()] == ["/Dancer/Body"]
    rules = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    assert not rules.Validate(stage)


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[usd\]'"):
        write_usd(dancer(), tmp_path / "a.usd")
