"""The figures of the keypoint net: a reader that knows the truth has full marks, and one that errs has not."""

import numpy as np
import pytest
import torch

from dance3d.benchmarks.keypoints import keypoint_net
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.inference import load
from dance3d.stages.keypoints.module import KeypointModule
from dance3d.synth.choreography import choreograph


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Three moments of the synthetic dancer, two views each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keypoint_net, "bench_takes", lambda data: [choreograph("salsa", 4.0, 1)])
        patch.setattr(keypoint_net, "FILMED", 3)
        patch.setattr(keypoint_net, "SIZE", 128)
        return keypoint_net.held_out(tmp_path_factory.mktemp("held"))


def truth(people, change=lambda joints: joints):
    """Answers for the people in turn, by their true joints."""
    given = iter(people)

    def reader(image, box):
        return change(next(given).joints[0]), np.ones(17)

    return reader


def test_people_fill_their_boxes(people):
    assert len(people) == 6
    for picture in people:
        left, top, right, bottom = picture.boxes[0]
        joints = picture.joints[0]
        assert (joints > [left - 4, top - 4]).all() and (joints < [right + 4, bottom + 4]).all()
        assert 0.05 < picture.area[0] / ((right - left) * (bottom - top)) < 0.8


def test_the_truth_has_full_marks_and_sides_exchanged_have_not(people):
    assert keypoint_net._in_boxes(people, truth(people)) == pytest.approx({"pck": 1, "oks": 1, "ap": 1})
    exchanged = keypoint_net._in_boxes(people, truth(people, lambda joints: joints[H36M17.swap]))
    assert exchanged["pck"] < 0.9 and exchanged["ap"] < 0.7
    nobody = keypoint_net._in_boxes(people, truth(people, lambda joints: np.full_like(joints, np.nan)))
    assert nobody == {"pck": 0, "oks": 0, "ap": 0}


def test_only_the_limbs_count(people):
    def moved(joints):
        out = joints.copy()
        out[H36M17.index("nose")] += 50
        return out

    assert keypoint_net._in_boxes(people, truth(people, moved))["ap"] == pytest.approx(1)


def test_our_net_is_read_in_the_picture_s_pixels(people, tmp_path):
    torch.manual_seed(0)
    KeypointModule(64, 8).export(tmp_path / "w.safetensors")
    xy, sure = keypoint_net._ours(load(tmp_path / "w.safetensors"))(people[0].image, people[0].boxes[0])
    assert xy.shape == (17, 2) and sure.shape == (17,)
    left, top, right, bottom = people[0].boxes[0]
    side = 1.2 * max(right - left, bottom - top)
    middle = np.array([left + right, top + bottom]) / 2
    assert (np.abs(xy - middle) <= side / 2).all()


def test_the_four_coco_pictures_have_twelve_labelled_people(data_dir):
    pictures = keypoint_net.coco(data_dir / keypoint_net.COCO / "test_coco.json")
    assert len(pictures) == 4 and sum(len(p.boxes) for p in pictures) == 12
    for picture in pictures:
        for box, joints in zip(picture.boxes, picture.joints, strict=True):
            some = joints[np.isfinite(joints).all(1)][:, None]
            assert (some >= box[:2] - 12).all() and (some <= box[2:] + 12).all()
    given = iter([joints for p in pictures for joints in np.nan_to_num(p.joints)])
    assert keypoint_net._in_boxes(pictures, lambda image, box: (next(given), np.ones(17)))["ap"] == pytest.approx(1)
