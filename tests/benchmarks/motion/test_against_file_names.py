"""File names against what the rules find: the classes of a folder of everyday actions."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from motion_bodies import ALL, FPS, TIME, Y, Z, mirrored, ramp, shift, standing, turn, wobble

from dance3d.benchmarks.motion import against_file_names
from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import load_motion


def found(body):
    return against_file_names.class_by_facts(
        against_file_names.facts(MotionClip(body.astype(np.float32), FPS, "take", "take"))
    )


def lifted(body, side="left", degrees=150.0):
    sign = 1 if side == "left" else -1
    up = ramp(0, degrees, 0.5, 1.0) - ramp(0, degrees, 4.5, 5.0)
    return turn(body, [f"{side}_elbow", f"{side}_wrist"], f"{side}_shoulder", Z, -sign * up)


def waving(body, side="left"):
    body = lifted(body, side)
    return turn(body, [f"{side}_wrist"], f"{side}_elbow", Z, wobble(25, 1.2, start=1.2, stop=4.3))


def going(body, metres_per_second=1.0):
    return shift(body, ALL, -Z, metres_per_second * TIME)


def stepping(body, sign):
    """Feet that part by half a metre 1.5 times a second; the pelvis is high (+1) or low (-1) while they are apart."""
    apart = 0.25 * np.sin(2 * np.pi * 0.75 * TIME)
    for side, way in (("left", 1), ("right", -1)):
        shift(body, [f"{side}_ankle"], Z, way * apart)
    return shift(going(body), ALL, Y, sign * 0.3 * np.abs(apart))


CASES = {
    "raise_left": lambda: lifted(standing()),
    "wave_left": lambda: waving(standing()),
    "raise_both": lambda: lifted(lifted(standing()), "right"),
    "wave_both": lambda: waving(waving(standing()), "right"),
    "turn_left": lambda: turn(going(standing()), ALL, "pelvis", Y, ramp(0, 90, 2, 3)),
    "walk": lambda: stepping(standing(), -1),
    "run": lambda: stepping(standing(), +1),
    "": standing,
}


@pytest.mark.parametrize("name", CASES)
def test_a_motion_gets_its_class_and_its_mirror_image_the_mirrored_one(name):
    assert found(CASES[name]()) == name
    assert found(mirrored(CASES[name]())) == name.replace("left", "right")


def test_an_arm_that_waves_beside_one_that_is_held_up_waves_alone():
    assert found(waving(lifted(standing(), "right"))) == "wave_left"


def test_hands_that_swing_while_walking_are_neither_raised_nor_waved():
    assert found(waving(stepping(standing(), -1))) == "walk"


def test_a_clip_that_is_too_short_to_move_in_has_no_class():
    assert against_file_names.facts(MotionClip(standing(2).astype(np.float32), FPS, "take", "take")) is None
    assert against_file_names.class_by_facts(None) == ""


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("dataset-2_raise-up-left-hand_active_008.bvh.gz", "raise_left"),
        ("raise-up-both-hands", "raise_both"),
        ("wave_right_hand", "wave_right"),
        ("dataset-2_walk-turn-left_normal_012", "turn_left"),
        ("turn-right", "turn_right"),
        ("dataset-1_walk_giant_001", "walk"),
        ("run", "run"),
        ("dance-long", ""),
        ("raise-up-hand", ""),
        ("trunk_walker", ""),
        ("turn-both", ""),
    ],
)
def test_a_name_says_its_class(name, true):
    assert against_file_names.class_by_name(name) == true


def test_scores_count_misses_and_false_claims():
    got = against_file_names.score([("walk", "walk"), ("walk", "run"), ("run", "run"), ("", "run"), ("", "")])
    assert got["names.walk.recall"] == 0.5 and got["names.walk.precision"] == 1
    assert got["names.run.recall"] == 1 and got["names.run.precision"] == round(1 / 3, 4)
    assert got["names.macro_f1"] == pytest.approx((2 / 3 + 0.5) / 2, abs=1e-3)
    assert got["names.other.clips"] == 2 and got["names.walk.clips"] == 2


def test_a_folder_whose_names_say_nothing_has_no_scores(data_dir, tmp_path):
    shutil.copy(data_dir / "mocap" / "cmu" / "general" / "02_01.bvh.gz", tmp_path)
    assert against_file_names.bench(tmp_path) == {}


def test_a_folder_is_scored_by_its_names(data_dir, tmp_path):
    for path in (data_dir / "mocap" / "bandai").glob("*hand*_normal_*"):
        shutil.copy(path, tmp_path / path.name.replace("wave-both", "clap"))
    scores = against_file_names.bench(tmp_path)
    assert "names.wave_both.f1" not in scores and scores["names.other.clips"] == 1
    assert scores["names.raise_both.clips"] == scores["names.raise_both.f1"] == scores["names.macro_f1"] == 1


@pytest.fixture(scope="module")
def clips(data_dir):
    return load_motion(data_dir / "mocap" / "bandai")


@pytest.fixture(scope="module")
def told(clips):
    """(style, class by name, facts) of every real clip."""
    return [
        (clip.name.split("_")[2], against_file_names.class_by_name(clip.name), against_file_names.facts(clip))
        for clip in clips
    ]


def test_the_classes_of_real_files(told):
    scores = against_file_names.score((true, against_file_names.class_by_facts(facts)) for _, true, facts in told)
    for name in against_file_names.CLASSES:
        assert scores[f"names.{name}.clips"] >= 4
        assert scores[f"names.{name}.precision"] >= 0.9 and scores[f"names.{name}.recall"] >= 0.9


def test_the_slowest_real_clips_keep_their_classes_at_half_speed(clips):
    for clip in (clip for clip in clips if "_elderly_" in clip.name):
        slow = replace(clip, fps=clip.fps / 2)
        assert against_file_names.class_by_facts(against_file_names.facts(slow)) == against_file_names.class_by_name(
            clip.name
        ), clip.name


@pytest.mark.parametrize("left_out", ["active", "elderly", "normal", "youthful"])
def test_boundaries_set_by_other_styles_would_do(told, left_out):
    """Half way between the nearest clips; of a count, that is the geometric mean."""
    bounds = middles([(true, facts) for style, true, facts in told if style != left_out])
    for style, true, facts in told:
        if style == left_out:
            assert decided(facts, *bounds) == true


def middles(seen):
    """Boundaries between the nearest clips of either side, by name alone."""
    arms = [(t, f, s) for t, f in seen for s in ("left", "right") if t.startswith(("raise", "wave"))]
    own = [(t.startswith("wave"), f.changes[s]) for t, f, s in arms if t.endswith((s, "both"))]
    turned = [(t.startswith("turn"), abs(f.turned)) for t, f in seen]
    travelled = [(t.startswith(("turn", "walk", "run")), f.travelled) for t, f in seen]
    up = [(t.endswith((s, "both")), f.lifted[s]) for t, f, s in arms]
    ends = [
        (max(v for yes, v in pairs if not yes), min(v for yes, v in pairs if yes))
        for pairs in (turned, travelled, up, own)
    ]
    *even, (most, least) = ends
    return [(low + high) / 2 for low, high in even] + [np.sqrt(most * least)]


def decided(facts, turned, travelled, lifted, changes):
    """``class_by_facts`` with other boundaries."""
    return against_file_names.class_by_facts(facts, against_file_names.Cuts(turned, travelled, lifted, changes))


def test_cuts_lie_in_the_middle_and_follow_the_fewest_mistakes():
    def one(turned=0.0, travelled=0.0, lifted=-1.0, changes=0):
        up = {"left": lifted, "right": -1.0}
        return against_file_names.Facts(turned, travelled, 0.0, up, {"left": changes, "right": 0})

    told = [("turn_left", one(90)), ("walk", one(10, 0.9)), ("raise_left", one(0, 0.1, 0.6, 1))]
    told += [("wave_left", one(0, 0.0, 0.4, 7)), ("wave_left", one(0, 0.2, 0.5, 5))]
    cuts = against_file_names.chosen(told)
    assert cuts == pytest.approx((50, 0.55, -0.3, 3))
    assert against_file_names.chosen(told[1:]).turn == against_file_names.Cuts().turn  # nothing to choose it on
    noisy = [*told, ("raise_left", one(0, 0, 0.6, 6))]
    assert against_file_names.chosen(noisy).changes == 3
