import numpy as np
import pytest
import torch
from crop_sets import shots

from dance3d.stages.detect import fitted_bodies
from dance3d.stages.detect.body_fit import FittedBodies
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.fitted_bodies import CHECK, FITTED, _parts


@pytest.fixture
def moments(tmp_path):
    return MomentDataset(shots(tmp_path / "shots", moments=5, views=2))


@pytest.fixture
def fits(monkeypatch):
    """Moments that were fitted, call by call."""
    calls = []

    def fit(scenes, clip):
        calls.append(len(clip))
        return FittedBodies(scenes.truth + 1, torch.arange(len(clip)).float())

    monkeypatch.setattr(fitted_bodies, "fit_bodies", fit)
    return calls


def test_bodies_are_fitted_once_and_read_with_the_moments(moments, fits):
    folder = moments.maps
    assert moments.scenes([0]).misfit.isinf().all()
    moments.fit(folder)
    scenes = moments.scenes([1, 4])
    torch.testing.assert_close(scenes.fitted, scenes.truth + 1)
    again = MomentDataset(folder)
    again.fit(folder)
    assert fits == [5] and torch.equal(again.scenes([1, 4]).fitted, scenes.fitted)


def test_what_is_missing_is_fitted_and_other_masks_begin_anew(moments, fits):
    folder = moments.maps
    moments.fit(folder)
    stored = np.memmap(folder / FITTED, np.float32, "r+").reshape(5, -1)
    stored[2] = np.nan
    stored.flush()
    moments.fit(folder)
    assert fits == [5, 1] and np.isfinite(stored[2]).all()
    mask = np.memmap(folder / "mask.bin", np.uint8, "r+")
    mask[:50] = 1 - mask[:50]
    mask.flush()
    moments.fit(folder)
    assert fits == [5, 1, 5] and (folder / CHECK).is_file()


def test_parts_keep_clips_together_and_split_only_long_ones(monkeypatch):
    monkeypatch.setattr(fitted_bodies, "MOST", 4)
    assert _parts(["b", "a", "b", "a", "b"]) == [[1, 3], [0, 2, 4]]
    assert _parts(["a"] * 6 + ["b"]) == [[0, 1, 2, 3], [4, 5, 6]]
    assert _parts([]) == []
