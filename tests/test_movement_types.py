from dance3d import skeleton
from dance3d.movement_types import MIRROR, MOVEMENTS, NAMES, PARTS, mirrored, part_title, titled


def test_there_are_154_types_over_16_parts():
    assert len(MOVEMENTS) == len(set(NAMES)) == 154 and len(PARTS) == 16 == len(skeleton.PARTS)
    assert set(PARTS) == set(skeleton.PARTS) == {movement.part for movement in MOVEMENTS}
    assert {m.kind for m in MOVEMENTS} == set("RTPCWVHE") and {m.shown for m in MOVEMENTS} == set("ABC")


def test_a_mirror_exchanges_sides_and_is_its_own_inverse():
    assert [MIRROR[k] for k in MIRROR] == list(range(154))
    by_name = dict(zip(NAMES, MOVEMENTS, strict=True))
    for one, other in (
        ("l_arm.raise_side", "r_arm.raise_side"),
        ("head.turn_left", "head.turn_right"),
        ("body.jump", "body.jump"),
        ("l_leg.turn_out", "r_leg.turn_out"),
    ):
        assert mirrored(by_name[one]) == other


def test_names_as_a_person_reads_them():
    assert MOVEMENTS[NAMES.index("l_arm.raise_side")].title == "left arm: raise side"
    assert part_title("torso") == "torso" and titled("r_knee.my_own") == "right knee: my own"
