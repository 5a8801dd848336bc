"""Plain Ray tasks: what each gets of the machines, and what becomes of one that never comes back."""

import pytest

from dance3d.pipeline.on_ray import tasks


def node(cpu, gpu=0, alive=True):
    return {"Alive": alive, "Resources": {"CPU": cpu} | ({"GPU": gpu} if gpu else {})}


@pytest.mark.parametrize(
    ("nodes", "number", "share"),
    [
        ([node(2)], None, (1, 0)),
        ([node(8)], 2, (4, 0)),
        ([node(8), node(4)], 1, (8, 0)),  # never more than a machine has
        ([node(2)], 5, (1, 0)),
        ([node(16, 2), node(64)], None, (16, 1)),  # a GPU each, and no more cores than the machine beside it has
        ([node(16, 1), node(16, 1, alive=False)], 4, (4, 0.25)),
    ],
)
def test_the_cluster_is_shared_out(nodes, number, share):
    assert tuple(tasks._share(nodes, number).values()) == share


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
