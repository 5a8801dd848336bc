from threading import Thread

import pytest

from dance3d.io.progress import progress_to, report_progress


def test_who_listens_hears_and_nobody_else():
    outer, inner = [], []
    report_progress(0, None)  # nobody listens
    with progress_to(lambda *told: outer.append(told)):
        report_progress(1, 10)
        with progress_to(lambda *told: inner.append(told)):
            report_progress(2, 10)
        thread = Thread(target=report_progress, args=(5, 10))
        thread.start()
        thread.join()
        report_progress(3, None)
    report_progress(4, 10)
    assert outer == [(1, 10), (3, None)] and inner == [(2, 10)]


def test_an_error_ends_the_listening():
    heard = []
    with pytest.raises(KeyError), progress_to(lambda *told: heard.append(told)):
        raise KeyError
    report_progress(1, 1)
    assert heard == []
