import multiprocessing
import os

import pytest

from dance3d.io import kept_nets
from dance3d.io.kept_nets import KeptNets


class Net:
    pass


def test_a_net_is_loaded_once_for_the_same_bytes_and_way(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"one")
    kept, made = KeptNets[Net](), []

    def load():
        made.append(Net())
        return made[-1]

    assert kept.get(tmp_path / "a", 1, load) is kept.get(tmp_path / "b", 1, load) and len(made) == 1
    assert kept.get(tmp_path / "a", 2, load) is made[1]
    (tmp_path / "a").write_bytes(b"two")
    assert kept.get(tmp_path / "a", 1, load) is made[2] and kept.get(tmp_path / "b", 1, load) is made[0]


def test_the_net_that_was_not_used_longest_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(kept_nets, "MOST", 2)
    (tmp_path / "a").write_bytes(b"one")
    kept, made = KeptNets[Net](), []
    for how in (1, 2, 1, 3, 1, 2):
        kept.get(tmp_path / "a", how, lambda how=how: made.append(how) or Net())
    assert made == [1, 2, 3, 2]


def test_a_net_that_cannot_be_loaded_is_not_kept(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    kept = KeptNets[Net]()
    for _ in range(2):
        with pytest.raises(ValueError, match="no net"):
            kept.get(tmp_path / "a", 1, lambda: (_ for _ in ()).throw(ValueError("no net")))
    with pytest.raises(OSError, match="none"):
        kept.get(tmp_path / "none", 1, Net)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_none(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    kept = KeptNets[Net]()
    net = kept.get(tmp_path / "a", 1, Net)
    process = multiprocessing.get_context("fork").Process(target=lambda: os._exit(len(kept._nets)))
    process.start()
    process.join()
    assert process.exitcode == 0 and kept.get(tmp_path / "a", 1, Net) is not net
