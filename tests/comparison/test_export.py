import dance_pairs as make
import pytest
from compared_dances import dancer, make_xyz

from dance3d.comparison import export
from dance3d.comparison.compare import compare


@pytest.fixture(scope="module")
def xyz():
    return make_xyz()


def test_a_copy_is_the_same_in_every_number(xyz):
    found = compare(dancer(xyz), dancer(xyz))
    said = export.summary(found)
    assert said["similarity"] == 100 and said["degrees"] == {"aligned": 0, "same_clock": 0}
    assert (said["warp"]["tempo"], said["warp"]["shift"], said["warp"]["wander"]) == (1, 0, 0)
    assert said["moments"] == said["movements"] == said["notes"] == []
    late = [row["late"] for row in said["parts"] if row["late"] is not None]
    assert late and set(late) == {0}
    assert (said["a"]["name"], said["b"]["name"]) == ("x (A)", "x (B)")


def test_movements_that_one_makes_and_the_other_does_not(xyz):
    both = {"r_leg.kick": (5.0, 5.5)}
    slow = make.retimed(xyz, 0.8)
    a = dancer(xyz, {**both, "l_arm.raise_side": (2.0, 3.0)})
    b = dancer(slow, {"r_leg.kick": (6.25, 6.9), "head.bob": (3.0, 4.0)})
    rows = export.summary(compare(a, b))["movements"]
    assert [(row["who"], row["movement"]) for row in rows] == [("a", "l_arm.raise_side"), ("b", "head.bob")]
    assert rows[0]["other_start"] == pytest.approx(2.5, abs=0.06) and rows[1]["other_start"] == pytest.approx(
        2.4, abs=0.06
    )
