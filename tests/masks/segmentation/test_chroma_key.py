import numpy as np
from walking_bodies import iou

from dance3d.masks.segmentation import foreground


def test_chroma_takes_the_wall_away_and_a_given_key_too():
    picture = np.full((90, 120, 3), (30, 160, 60), np.uint8)
    picture[30:90, 50:70] = (200, 150, 130)
    truth = np.zeros((90, 120), bool)
    truth[30:90, 50:70] = True
    for settings in ({}, {"key": (30, 160, 60)}):
        (found,) = foreground("chroma", **settings).masks([picture])
        assert iou(found, truth) > 0.95
    (nobody,) = foreground("chroma").masks([np.full((90, 120, 3), 77, np.uint8)])
    assert not nobody.any()
