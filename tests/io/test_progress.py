from threading import Thread

import pytest

from dance3d.io.progress import heard_by, tell


def test_who_listens_hears_and_nobody_else():
    outer, inner = [], []
    tell(0, None)  # nobody listens
    with heard_by(lambda *told: outer.append(told)):
        tell(1, 10)
        with heard_by(lambda *told: inner.append(told)):
            tell(2, 10)
        thread = Thread(target=tell, args=(5, 10))
        thread.start()
        thread.join()
        tell(3, None)
    tell(4, 10)
    assert outer == [(1, 10), (3, None)] and inner == [(2, 10)]


def test_an_error_ends_the_listening():
    heard = []
    with pytest.raises(KeyError), heard_by(lambda *told: heard.append(told)):
        raise KeyError
    tell(1, 1)
    assert heard == []
