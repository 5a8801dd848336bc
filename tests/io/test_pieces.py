"""Pieces of unfinished work: in order, whole, and never an error."""

import numpy as np
import pytest

from dance3d.io import pieces
from dance3d.io.pieces import Pieces, pieces_in


@pytest.fixture(autouse=True)
def always_due(monkeypatch):
    monkeypatch.setattr(pieces, "EVERY", 0)


def work(folder, stops, unchanged=lambda: True):
    """Work that hands over a piece at each of these places."""
    with pieces_in(folder, unchanged):
        doing = Pieces()
        for stop in stops:
            doing.write({"upto": np.arange(stop)}, stop)


def used(folder, most=10**9):
    """What a later process gets: where it goes on, and the pieces, up to one that it cannot use."""
    found = []

    def use(arrays, start, stop):
        if stop > most:
            raise ValueError("it is of something else")
        assert arrays["upto"].tolist() == list(range(stop))
        found.append((start, stop))

    with pieces_in(folder):
        return Pieces().resume(use), found


def test_work_goes_on_behind_the_last_piece(tmp_path):
    folder = tmp_path / "a" / "b"
    assert used(folder) == (0, []) and not folder.exists()
    work(folder, [3, 7, 8])
    assert used(folder) == (8, [(0, 3), (3, 7), (7, 8)])
    with pieces_in(folder):
        doing = Pieces()
        assert doing.resume(lambda *piece: None) == 8
        doing.write({"upto": np.arange(20)}, 20)
    assert used(folder) == (20, [(0, 3), (3, 7), (7, 8), (8, 20)])
    assert {path.suffix for path in folder.iterdir()} == {".npz"}


def test_pieces_of_two_who_worked_at_once_are_taken_as_they_fit(tmp_path):
    work(tmp_path, [3, 7])
    work(tmp_path, [4, 6, 9])
    goes_on, found = used(tmp_path)
    assert (goes_on, found) in ((7, [(0, 3), (3, 7)]), (9, [(0, 4), (4, 6), (6, 9)]))


@pytest.mark.parametrize("damage", ["cut", "empty", "a bit", "a folder", "gone", "renamed"])
def test_damage_costs_what_lies_behind_it_and_one_warning(tmp_path, caplog, damage):
    work(tmp_path, [3, 7, 8])
    piece = next(tmp_path.glob(f"{3:09d}-*"))
    content = piece.read_bytes()
    piece.unlink()
    if damage == "a folder":
        piece.mkdir()
    elif damage == "renamed":
        (tmp_path / f"{3:09d}-{'0' * 64}.npz").write_bytes(content)
    elif damage != "gone":
        bit = content[:99] + bytes([content[99] ^ 4]) + content[100:]
        piece.write_bytes({"cut": content[:-1], "empty": b"", "a bit": bit}[damage])
    assert used(tmp_path) == (3, [(0, 3)])
    assert caplog.text.count("unfinished work is damaged") == (damage != "gone")
    work(tmp_path, [3, 7, 8])
    assert used(tmp_path)[0] == (3 if damage == "a folder" else 8)


def test_a_piece_that_its_worker_refuses_is_damaged(tmp_path, caplog):
    work(tmp_path, [3, 7, 8])
    assert used(tmp_path, most=7) == (7, [(0, 3), (3, 7)])
    assert "it is of something else" in caplog.text


@pytest.mark.parametrize("stop", [np.array(3), np.array(-1), np.array([9]), np.array(9.0), None])
def test_a_piece_that_does_not_say_where_it_ends_is_damaged(tmp_path, caplog, stop):
    import hashlib

    work(tmp_path, [3])
    np.savez(tmp_path / "x.npz", **({} if stop is None else {"stop": stop}))
    digest = hashlib.sha256((tmp_path / "x.npz").read_bytes()).hexdigest()
    (tmp_path / "x.npz").rename(tmp_path / f"{3:09d}-{digest}.npz")
    assert used(tmp_path) == (3, [(0, 3)]) and "does not say where it ends" in caplog.text


def test_an_error_of_the_disk_is_one_warning_and_no_more_pieces(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    work(tmp_path / "file" / "a", [3, 7, 8])
    assert caplog.text.count("cannot be kept") == 1
    assert used(tmp_path / "file" / "a") == (0, [])


def test_a_full_disk_leaves_whole_pieces_only(tmp_path, caplog, monkeypatch):
    work(tmp_path, [3])

    def full(self, content):
        self.open("wb").write(content[:20])
        raise OSError(28, "No space left on device")

    with pieces_in(tmp_path):
        doing = Pieces()
        doing.resume(lambda *piece: None)
        with monkeypatch.context() as patch:
            patch.setattr("pathlib.Path.write_bytes", full)
            doing.write({"upto": np.arange(7)}, 7)
        assert not doing.due()
        doing.write({"upto": np.arange(8)}, 8)  # what lies between is not there
    assert used(tmp_path) == (3, [(0, 3)]) and "No space left" in caplog.text
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_nothing_is_kept_once_the_input_looks_changed(tmp_path):
    looks = iter([True, False, True])
    work(tmp_path, [3, 7, 8], lambda: next(looks))
    assert used(tmp_path) == (3, [(0, 3)])


def test_without_a_folder_nothing_is_due(monkeypatch, tmp_path):
    assert Pieces().resume(None) == 0 and not Pieces().due()
    with pieces_in(tmp_path):
        assert Pieces().due()
        monkeypatch.setattr(pieces, "EVERY", 60)
        assert not Pieces().due()
    assert not Pieces().due()
