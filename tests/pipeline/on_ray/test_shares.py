"""What each piece of work gets of a cluster."""

import pytest

from dance3d.pipeline.on_ray.shares import share_out


def node(cpu, gpu=0, alive=True):
    return {"Alive": alive, "Resources": {"CPU": cpu} | ({"GPU": gpu} if gpu else {})}


@pytest.mark.parametrize(
    ("nodes", "asked", "wants", "per_gpu", "share"),
    [
        ([node(2)], None, True, 1, (2, 1, 0)),
        ([node(8)], 2, True, 1, (2, 4, 0)),
        ([node(8), node(4)], 1, True, 1, (1, 8, 0)),  # never more than a machine has
        ([node(2)], 5, True, 1, (2, 1, 0)),
        ([node(8), node(4)], 2, True, 1, (2, 4, 0)),  # six each would find room for one alone
        ([], None, True, 1, (1, 1, 0)),
        ([node(16, 2), node(64)], None, True, 1, (2, 8, 1)),  # the machine without a GPU is left to others
        ([node(16, 2), node(64)], None, False, 1, (80, 1, 0)),
        ([node(16, 1), node(16, 1, alive=False)], None, True, 8, (8, 2, 1 / 8)),
        ([node(4, 1)], None, True, 8, (4, 1, 1 / 4)),
        ([node(8, 2), node(8, 2)], 5, True, 1, (5, 2, 1 / 2)),  # three cores each would leave the fifth without
    ],
)
def test_a_cluster_is_shared_out(nodes, asked, wants, per_gpu, share):
    assert share_out(nodes, asked, wants, per_gpu) == share
