import io
import zipfile

import numpy as np
import pytest

from dance3d.io import safe_npz
from dance3d.io.safe_npz import read_npz


def test_arrays_come_back_in_their_order_of_memory(tmp_path):
    given = {"a": np.arange(6.0).reshape(2, 3), "f": np.asfortranarray(np.eye(3)[:2]), "none": np.zeros((0, 4))}
    np.savez_compressed(tmp_path / "a.npz", **given, word=np.array("h36m17"))
    found = read_npz(tmp_path / "a.npz")
    assert list(found) == [*given, "word"] and str(found["word"]) == "h36m17"
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)


def test_objects_are_read_only_where_asked_and_only_as_data(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"S1": 1}], object))
    with pytest.raises(ValueError, match="pickled objects, which can run code"):
        read_npz(tmp_path / "a.npz")
    assert read_npz(tmp_path / "a.npz", objects=True)["x"][0] == {"S1": 1}


def test_a_header_that_declares_more_than_there_is_is_refused(tmp_path, little):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"shape": (10**9,), "fortran_order": False, "descr": "<f8"})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", stream.getvalue())
    with pytest.raises(ValueError, match=r"declares shape \(1000000000,\), 8000000000 bytes, and holds at most 128"):
        read_npz(tmp_path / "a.npz")


def test_what_is_no_archive_or_too_large_is_said(tmp_path, monkeypatch):
    np.save(tmp_path / "bare.npy", np.eye(2))
    (tmp_path / "text.npz").write_text("text")
    for name, message in (("bare.npy", "one bare array"), ("text.npz", "is not an .npz"), ("no.npz", "no such file")):
        with pytest.raises(ValueError, match=message):
            read_npz(tmp_path / name)
    np.savez(tmp_path / "a.npz", x=np.eye(9))
    monkeypatch.setattr(safe_npz, "MOST_BYTES", 100)
    with pytest.raises(ValueError, match="inflates to 776 bytes, more than the 100"):
        read_npz(tmp_path / "a.npz")
