"""Plain Ray tasks: what becomes of one that never comes back."""

import pytest

from dance3d.pipeline.on_ray import tasks


@pytest.mark.slow
def test_a_process_that_is_lost_is_begun_again_and_a_fault_is_told_apart(tmp_path):
    pytest.importorskip("ray", reason="needs dance3d[ray]")
    flag = tmp_path / "begun"

    def work(item):
        import os
        import signal

        if item == "always" or (item == "once" and not flag.exists()):
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if item == "wrong":
            raise KeyError("wrong")
        return item, ""

    found = dict(tasks.results(work, ["always", "once", "wrong", "well"], lambda item, why: (item, why), at_a_time=2))
    assert found["once"] == found["well"] == ""
    assert "lost 3 times (WorkerCrashedError)" in found["always"] and found["wrong"] == "KeyError: 'wrong'"
