"""Where a cache writes: what fails once is left alone, and what is temporary goes with its owner."""

import pytest

from dance3d.pipeline import live
from dance3d.pipeline.cache_places import Places, names_in, new_folder


def test_what_fails_is_done_once_more_elsewhere_and_said_once(tmp_path, caplog):
    places = Places(tmp_path)
    assert places.somewhere(lambda root: root) == tmp_path and places.lasting and places.readable() == (tmp_path,)

    def work(root):
        if root == tmp_path:
            raise OSError(28, "No space left on device")
        return root

    assert places.somewhere(work) == places.spare() == places.writing and not places.lasting
    assert places.give_up(tmp_path, OSError()) == places.spare() and caplog.text.count("going on without it") == 1
    assert places.readable() == (tmp_path, places.spare())


def test_where_nothing_can_be_written_the_error_is_raised(tmp_path):
    places = Places(tmp_path)

    def work(root):
        raise OSError(28, "No space left on device")

    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            places.somewhere(work)


def test_a_temporary_folder_is_renewed_and_goes_with_its_cache(tmp_path):
    places = Places(None)
    folder = places.root
    assert folder in live._process.folders and not places.lasting
    with new_folder(folder) as place:
        assert place.is_dir()
    assert not place.exists()
    del places
    assert not folder.exists()
    live._process.renew()
    assert folder not in live._process.folders


def test_names_are_in_order_and_a_folder_that_is_none_has_none(tmp_path):
    for name in "ba":
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["a", "b"] and names_in(tmp_path / "none") == names_in(tmp_path / "a") == []
