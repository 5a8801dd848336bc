import numpy as np
import pytest
import torch
from genre_tracks import track

from dance3d.stages.genre.features import make
from dance3d.stages.genre.laban_features import describe, names, rows_of
from dance3d.stages.genre.nearness import deviation, distances, statistics_of


def test_statistics_are_those_of_the_window():
    pose, moves = track("salsa", 1, seconds=8.0)
    features = make(pose, moves)
    found = statistics_of(features, [(10, 60), (0, 5)])
    rows, path, _ = rows_of(pose)
    assert np.allclose(found[0], describe(rows[30:180], path[30:180]), atol=1e-4)
    assert not found[1].any(), "too short"
    assert statistics_of(features._replace(pose=None), [(0, 50)]).shape == (1, len(names()))


def test_the_distance_is_to_the_third_nearest_of_the_likeliest_class_and_bounded_in_each_statistic():
    kept, genre = torch.tensor([[0.0], [1.0], [2.0], [9.0], [50.0]]), torch.tensor([0.0, 0, 0, 1, 1])
    scale = torch.tensor([2.0])
    found = distances(torch.tensor([[0.0], [0.0]]), torch.tensor([0, 1]), kept, genre, scale)
    assert found.tolist() == [1.0, 6.0], "of two windows the farther one, bounded"
    assert distances(torch.zeros(1, 1), torch.tensor([2]), kept, genre, scale).tolist() == [6.0], (
        "a class without windows"
    )


def test_the_deviation_is_inside_classes():
    values, genre = torch.tensor([[0.0], [2.0], [10.0], [12.0]]), torch.tensor([0, 0, 1, 1])
    assert deviation(values, genre).tolist() == [pytest.approx(1.0, abs=1e-4)]
