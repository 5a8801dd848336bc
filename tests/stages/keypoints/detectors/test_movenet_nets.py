"""MoveNet's nets: where their joints lie in the picture, and how regions are cut."""

import numpy as np
import pytest

from dance3d.io.fetch import located
from dance3d.stages.keypoints.detectors.movenet_nets import PeopleFinder, PoseReader, cut
from dance3d.stages.keypoints.detectors.regions import Region
from dance3d.stages.keypoints.detectors.tiles import square_tiles
from dance3d.stages.keypoints.detectors.tracked_body import LIMBS, region_of


def test_finder_and_readers_agree_on_a_dancer(kitasen):
    image = kitasen[270]
    found = PeopleFinder(located("movenet-multipose"), 256)(image, square_tiles(image.shape)[0], 0.2)
    assert len(found) == 3
    for _, body in found:
        size = np.ptp(body[:, 1])
        for name in ("movenet-lightning", "movenet-thunder"):
            read = PoseReader(located(name))(image, region_of(body))
            assert np.median(np.linalg.norm(read[LIMBS, :2] - body[LIMBS, :2], axis=1)) < 0.1 * size


def test_joints_move_with_the_picture(kitasen):
    """A dancer moved by some pixels in the picture, region and all, has joints moved by as many."""
    image, moved = kitasen[270], np.roll(kitasen[270], (7, 12), (0, 1))
    reader = PoseReader(located("movenet-thunder"))
    found = PeopleFinder(located("movenet-multipose"), 256)(image, square_tiles(image.shape)[0], 0.2)
    region = region_of(found[0][1])
    one = reader(image, region)
    other = reader(moved, Region(region.x + 12, region.y + 7, region.side, region.turn))
    assert np.median(np.abs(other[:, :2] - one[:, :2] - [12, 7])) < 1.5


@pytest.mark.parametrize("turn", [0.0, np.pi / 2])
@pytest.mark.parametrize("place", [(50, 40), (0, 0), (99, 79), (-60, 200)])
def test_a_cut_knows_its_place(turn, place):
    rows, columns = np.mgrid[:80, :100]
    image = np.stack([columns, rows, 0 * rows + 200], -1).astype(np.uint8)
    square, matrix = cut(image, Region(*map(float, place), 40.0, turn), 40)
    assert square.shape == (40, 40, 3)
    at = np.argwhere(square[..., 2] > 150)  # inside the picture
    if turn == 0:
        xy = (at[:, ::-1] + 0.5) @ matrix[:, :2].T + matrix[:, 2]
        inside = ((xy > 0) & (xy < [100, 80])).all(1)
        np.testing.assert_allclose(square[at[inside, 0], at[inside, 1], :2], xy[inside] - 0.5, atol=1)
        assert inside.all()
    np.testing.assert_allclose(matrix @ [20, 20, 1], place, atol=0.51)


def test_areas_are_averaged_where_a_region_becomes_smaller():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, ::2] = 200
    square, _ = cut(image, Region(32, 32, 64, 0), 16)
    assert (square == 100).all()
