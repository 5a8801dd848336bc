import numpy as np
from walkers import clip, hidden, line, outfit

from dance3d.stages.keypoints.tracking.crossings import find_crossings
from dance3d.stages.keypoints.tracking.kalman_online import link


def found(detections, truth):
    return find_crossings(detections, link(detections), truth)


def test_two_who_pass_each_other_cross_once_where_they_overlap():
    paths = np.array([line(300, 700), line(700, 300)])
    detections, truth = clip(paths, hidden(*paths))
    [crossing] = found(detections, truth)
    assert (crossing.first, crossing.second) == (1, 2)
    assert 30 < crossing.start < 45 < crossing.stop < 60
    assert 0.9 < crossing.sure < 1  # their clothes differ


def test_clothes_of_one_colour_make_it_less_sure():
    there = np.concatenate([line(300, 500, 45), line(500, 300, 45)])
    paths = np.array([there, 1000 - there])  # both turn back
    sure = []
    for colours in (None, [outfit(0)] * 2):
        detections, truth = clip(paths, hidden(*paths, 40), colours)
        sure.append(min(crossing.sure for crossing in found(detections, truth)))
    assert sure[1] < sure[0]


def test_who_stays_apart_and_who_is_alone_never_cross():
    detections, truth = clip([line(300, 400), line(900, 800)])
    assert found(detections, truth) == ()
    detections, truth = clip([line(300, 400)])
    assert found(detections, truth) == ()
