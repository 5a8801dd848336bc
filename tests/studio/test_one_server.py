"""A folder has one server."""

import pytest

from dance3d.studio.one_server import SERVER, only_server


def test_a_second_server_is_refused_and_the_mark_of_a_dead_one_is_not(tmp_path):
    with only_server(tmp_path):
        with pytest.raises(ValueError, match="another studio is open"), only_server(tmp_path):
            pass
        mark = (tmp_path / SERVER).read_text()
    assert not (tmp_path / SERVER).exists()
    place, _, began = mark.split(".")
    (tmp_path / SERVER).write_text(f"{place}.{2**22 + 1}.{began}")
    with only_server(tmp_path):
        pass
