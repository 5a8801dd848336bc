from dance3d import skeleton
from dance3d.movement_types import (
    MIRROR,
    MOVEMENTS,
    NAMES,
    PARTS,
    VOCABULARY,
    WORD_MIRROR,
    WORD_NAMES,
    WORDS,
    mirrored,
    part_title,
    titled,
)


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


def test_every_type_has_a_sentence_of_its_own_with_its_side():
    said = {m.name: m.sentence for m in MOVEMENTS}
    assert all(text[0].isupper() and text.endswith(".") and "*" not in text for text in said.values())
    of_one_side = {m.part.removeprefix("r_").removeprefix("l_") + m.sentence for m in MOVEMENTS}
    assert len(of_one_side) == len({m.name.removeprefix("r_").removeprefix("l_") for m in MOVEMENTS})
    assert said["torso.bend_left"] == "The upper body bends to the left."


def test_every_type_merges_into_one_word_at_most():
    merged = [name for word in WORDS for name in word.types]
    assert len(merged) == len(set(merged)) and set(merged) <= set(NAMES)
    assert {m.name for m in MOVEMENTS if m.word} == set(merged)
    assert [word.name for word in WORDS if not word.types] == ["clap"]
    assert len(WORD_NAMES) == len(set(WORD_NAMES)) == 37 and not {*WORD_NAMES} & {*NAMES}
    assert all("*" not in word.sentence and word.title == word.name.replace("_", " ") for word in WORDS)
    members = dict(zip(WORD_NAMES, (word.types for word in WORDS), strict=True))
    assert members["raise_left_arm"] == ("l_arm.raise_forward", "l_arm.raise_side", "l_arm.raise_back")


def test_a_mirrored_word_merges_the_mirrored_types():
    assert [WORD_MIRROR[k] for k in WORD_MIRROR] == list(range(len(WORDS)))
    for word, other in zip(WORDS, WORD_MIRROR, strict=True):
        assert {NAMES[MIRROR[NAMES.index(name)]] for name in word.types} == set(WORDS[other].types)
    assert WORDS[WORD_MIRROR[WORD_NAMES.index("turn_left")]].name == "turn_right"


def test_the_file_knows_no_other_keys():
    """A key with a slip of the pen would silently do nothing."""
    assert set(VOCABULARY) == {"words", "signals", "kinds", "types"}
    for types in VOCABULARY["types"].values():
        for one in types.values():
            assert {"sentence", "type"} <= set(one) <= {"sentence", "type", "thresholds"}
            assert {"kind", "shown"} <= set(one["type"]) <= {"kind", "shown", "word", "defaults"}
            assert one["type"].get("word", "clap") in VOCABULARY["words"]


def test_a_word_of_one_limb_has_its_side():
    sides = {word.name: word.side for word in WORDS}
    assert (sides["raise_left_arm"], sides["hold_right_arm_up"], sides["step_left_foot"]) == ("left", "right", "left")
    assert sides["turn_left"] == sides["clap"] == sides["hip_circle"] == ""
