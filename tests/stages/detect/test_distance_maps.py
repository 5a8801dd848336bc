from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dance3d.datasets.crop import Crop
from dance3d.datasets.crop_folder import Crops, CropWriter
from dance3d.masks.geodesic import distance_map
from dance3d.stages.detect import distance_maps
from dance3d.stages.detect.distance_maps import ensure_distances


def write(folder, count=7, seed=0):
    rng = np.random.default_rng(seed)
    with CropWriter(folder, 16) as writer:
        for frame in range(count):
            mask = np.zeros((16, 16), bool)
            top, left = rng.integers(0, 8, 2)
            mask[top : top + 7, left : left + 4] = frame > 0  # the first is empty
            crop = Crop(np.zeros((16, 16, 3), np.uint8), mask, 20.0, np.eye(3, 4), np.eye(3))
            writer.write([crop], "take", "take", "train", frame)
    return Crops(folder)


def maps_of(folder):
    return np.array(ensure_distances(folder, Crops(folder)))


def direct(crops):
    return np.stack([distance_map(mask.astype(bool)) for mask in crops.mask])


def test_cached_equals_direct_and_is_computed_once(tmp_path, monkeypatch):
    crops = write(tmp_path)
    want = direct(crops)
    got = ensure_distances(tmp_path, crops)
    assert got.shape == (7, 16, 16) and np.array_equal(got, want)
    monkeypatch.setattr(distance_maps, "distance_map", None)  # a second computation would fail
    assert np.array_equal(ensure_distances(tmp_path, crops), want)
    assert {path.name for path in tmp_path.glob("distance*")} == {"distance.bin", "distance.json"}


def test_other_masks_or_a_torn_file_are_computed_again(tmp_path):
    ensure_distances(tmp_path, write(tmp_path))
    crops = write(tmp_path, seed=1)
    assert np.array_equal(ensure_distances(tmp_path, crops), direct(crops))
    with (tmp_path / "distance.bin").open("r+b") as file:
        file.truncate(100)
    assert np.array_equal(ensure_distances(tmp_path, crops), direct(crops))


def test_an_interrupted_computation_goes_on(tmp_path, monkeypatch):
    crops = write(tmp_path)
    monkeypatch.setattr(distance_maps, "CHUNK", 2)
    calls = []

    def stopping(mask):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return distance_map(mask)

    monkeypatch.setattr(distance_maps, "distance_map", stopping)
    with pytest.raises(KeyboardInterrupt):
        ensure_distances(tmp_path, crops)
    assert not (tmp_path / "distance.bin").exists()
    calls.clear()
    calls.extend([1] * 6)
    assert np.array_equal(ensure_distances(tmp_path, crops), direct(crops))
    assert len(calls) == 6 + 3  # two pieces of two were done


def test_a_folder_without_crops_has_no_maps(tmp_path):
    assert ensure_distances(tmp_path, write(tmp_path, 0)).shape == (0, 16, 16)


def test_two_at_once_compute_them_once(tmp_path):
    crops = write(tmp_path, 400)
    with ThreadPoolExecutor(2) as pool:  # each opens the folder itself, as processes do
        found = list(pool.map(maps_of, [tmp_path] * 2))
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], direct(crops))
    assert {path.name for path in tmp_path.glob("distance*")} == {"distance.bin", "distance.json"}
