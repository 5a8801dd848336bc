"""PCK, OKS and average precision of keypoints, against cases worked out by hand."""

import math

import pytest
import torch

from dance3d.metrics.keypoints2d import LIMBS, OKSAP, MeanOKS, PCKTorso, average_precision, oks, torso
from dance3d.skeleton import H36M17, SIGMAS

NAN = float("nan")


def body(x=0.0):
    """A standing person 10 wide and 40 from shoulders to feet; everything else at the pelvis."""
    joints = torch.full((17, 2), 0.0)
    for side, at in (("left", 5.0), ("right", -5.0)):
        for joint, down in (("shoulder", -20.0), ("hip", 0.0), ("knee", 10.0), ("ankle", 20.0)):
            joints[H36M17.index(f"{side}_{joint}")] = torch.tensor([at, down])
    return joints + torch.tensor([x, 0.0])


def test_the_torso_is_the_longer_diagonal():
    one = body()
    assert torso(one) == pytest.approx(math.hypot(10, 20))
    one[H36M17.index("left_hip"), 0] = -5.0  # the body turns away: this side's diagonal is foreshortened
    assert torso(one) == pytest.approx(math.hypot(10, 20))
    one[H36M17.index("right_hip")] = NAN
    assert torso(one) == pytest.approx(20.0)
    one[H36M17.index("left_hip")] = NAN
    assert torch.isnan(torso(one))


def test_pck_counts_labelled_joints_within_a_fifth_of_the_torso():
    true, limit = body(), 0.2 * math.hypot(10, 20)
    found = true.clone()
    found[H36M17.index("left_knee"), 1] += limit * 0.99
    found[H36M17.index("left_ankle"), 1] += limit * 1.01
    found[H36M17.index("right_ankle")] = NAN
    true[H36M17.index("nose")] = NAN
    metric = PCKTorso()
    metric.update(found[None], true[None])
    assert metric.compute() == pytest.approx(14 / 16)
    unknown = torch.full((17, 2), NAN)
    metric.update(found[None], unknown[None])
    assert metric.compute() == pytest.approx(14 / 16), "nobody can tell how large that one is"


def test_a_joint_off_by_its_own_spread_times_the_size_has_the_similarity_of_one_deviation():
    true, area = torch.full((1, 17, 2), NAN), torch.tensor([400.0])
    knee, wrist = H36M17.indices("left_knee", "left_wrist")
    true[0, knee], true[0, wrist] = torch.tensor([3.0, 4.0]), torch.tensor([0.0, 0.0])
    found = torch.zeros(1, 17, 2)
    found[0, knee] = true[0, knee] + torch.tensor([2 * SIGMAS["left_knee"] * 20, 0])
    assert oks(found, true, area)[0] == pytest.approx((math.exp(-0.5) + 1) / 2)
    found[0, wrist] = NAN
    assert oks(found, true, area)[0] == pytest.approx(math.exp(-0.5) / 2)
    metric = MeanOKS()
    metric.update(found.repeat(2, 1, 1), torch.cat([true, torch.full((1, 17, 2), NAN)]), area.repeat(2))
    assert metric.compute() == pytest.approx(math.exp(-0.5) / 2)


def test_precision_is_read_at_101_recalls():
    # right, wrong, right of 4 people: recall 1/4 at precision 1, then 2/4 at precision 2/3, and never more
    hits = torch.tensor([True, False, True])
    assert average_precision(hits, 4) == pytest.approx((26 * 1 + 25 * 2 / 3) / 101)
    assert average_precision(torch.ones(4, dtype=torch.bool), 4) == pytest.approx(1)
    assert average_precision(torch.zeros(0, dtype=torch.bool), 4) == 0


def picture(metric, answers, people, area=400.0):
    predicted = torch.stack([body(x) for x, _ in answers]) if answers else torch.zeros(0, 17, 2)
    metric.update(
        predicted,
        torch.tensor([score for _, score in answers]),
        torch.stack([body(x) for x in people]) if people else torch.zeros(0, 17, 2),
        torch.full((len(people),), area),
    )
    return metric


def test_average_precision_of_two_pictures_worked_by_hand():
    metric = OKSAP()
    picture(metric, [(0.0, 0.9), (300.0, 0.8)], [0.0, 100.0])  # one found, one missed, one ghost
    picture(metric, [(0.0, 0.7)], [0.0])
    # ranked: right, wrong, right of three people: recall 1/3 at precision 1, 2/3 at 2/3
    assert metric.compute() == pytest.approx((34 * 1 + 33 * 2 / 3) / 101)


def test_the_second_answer_for_one_person_is_wrong_even_where_it_is_nearer():
    metric = picture(OKSAP(), [(0.05, 0.9), (0.0, 0.8)], [0.0, 500.0])
    assert metric.compute() == pytest.approx(51 / 101)
    metric = picture(OKSAP(), [(0.0, 0.8), (0.05, 0.9)], [0.0, 500.0])
    assert metric.compute() == pytest.approx(51 / 101), "the order in which answers are given does not matter"


def test_an_answer_takes_the_nearest_person_that_is_free():
    metric = picture(OKSAP(), [(1.0, 0.9), (1.0, 0.8)], [0.0, 1.0], area=4e5)
    assert metric.compute() == pytest.approx(1)


def test_thresholds_count_one_by_one():
    # every joint off such that OKS is between 0.7 and 0.75: right at 0.5 .. 0.7 only
    sigma, area = SIGMAS["left_hip"], 400.0
    hips = H36M17.indices("left_hip", "right_hip")
    off = math.sqrt(-2 * math.log(0.72)) * 2 * sigma * 20
    metric = OKSAP(joints=tuple(hips))
    picture(metric, [(off, 0.9)], [0.0], area)
    assert metric.compute() == pytest.approx(0.5)


def test_people_without_a_label_are_neither_found_nor_missed():
    metric = OKSAP(joints=LIMBS)
    true = torch.stack([body(), torch.full((17, 2), NAN)])
    true[0, H36M17.index("nose")] = 1e3  # is not asked for
    metric.update(body()[None], torch.tensor([0.9]), true, torch.tensor([400.0, 400.0]))
    assert metric.compute() == pytest.approx(1)
    assert torch.isnan(OKSAP().compute())


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"people have shapes \(17, 2\) and \(17, 2\), expected \(N, 17, 2\) twice"):
        PCKTorso().update(body(), body())
    with pytest.raises(ValueError, match=r"expected \(N, 17, 2\), \(N,\), \(M, 17, 2\) and \(M,\)"):
        OKSAP().update(body()[None], torch.zeros(2), body()[None], torch.ones(1))
