import numpy as np

from dance3d.io import weights


def test_equal_weights_give_equal_bytes_that_are_read_back(tmp_path):
    arrays = {"b": np.arange(3, dtype=np.float16), "a": np.ones((2, 5), np.float32)}
    found = set()
    for number in range(20):  # the library's order of metadata is drawn for every file
        weights.save(tmp_path / str(number), arrays, "lift", {"width": 8, "note": "größe"})
        found.add((tmp_path / str(number)).read_bytes())
    assert len(found) == 1
    again, config = weights.load(tmp_path / "0", "lift")
    assert config == {"width": 8, "note": "größe"} and set(again) == set(arrays)
    assert all(np.array_equal(again[name], arrays[name]) and again[name].dtype == arrays[name].dtype for name in arrays)
