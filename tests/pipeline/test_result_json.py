from dataclasses import replace
from pathlib import Path

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Clip, Music, Pose3D, Repeat, Rhythm
from dance3d.movement_types import NAMES
from dance3d.pipeline.cache_entry import Entry
from dance3d.pipeline.result_json import music, recorded, summary, warnings
from dance3d.pipeline.runner import Result


def test_result_json_has_the_rhythm_of_every_dancer():
    clip = fake_clip(1)
    plain = fake_dancer(clip.time)
    heard = replace(
        plain, movements=replace(plain.movements, rhythm=Rhythm(96.25, 0.9, (0.5,), (Repeat(0, 4, 8, 0.97),)))
    )
    fresh = Result(Entry("lift", "key", Path(), {}, ()), Pose3D, False, 0.0, "")
    found = summary({}, clip, [heard, plain], {"lift": fresh}, None, [])["dancers"]
    repeat = {"start": 0, "stop": 4, "later": 8, "alike": 0.97}
    assert found[0]["rhythm"] == {"tempo": 96.25, "sure": 0.9, "beats": [0.5], "repeats": [repeat]}
    assert found[1]["rhythm"] is None


def test_result_json_says_how_a_dancer_keeps_to_the_music():
    clip = fake_clip(1)
    plain = fake_dancer(clip.time)
    beats = tuple(0.5 * beat for beat in range(1, 11))
    heard = Rhythm(120, 0.9, tuple(beat + 0.05 for beat in beats), music=Music(120, 0.9, beats))
    fresh = Result(Entry("lift", "key", Path(), {}, ()), Pose3D, False, 0.0, "")
    dancers = [
        replace(plain, movements=replace(plain.movements, rhythm=rhythm))
        for rhythm in (heard, replace(heard, beats=beats[:2]))
    ]
    first, second = (row["rhythm"] for row in summary({}, clip, dancers, {"lift": fresh}, None, [])["dancers"])
    figures = {"late": 0.05, "spread": 0.0, "share": 1.0, "every": 1.0, "division": 1, "rests": 10}
    assert first["on_beat"] == figures and second["on_beat"] is None
    assert music(heard.music) == {"tempo": 120, "sure": 0.9, "beats": list(beats), "note": ""}


def test_result_json_tells_words_and_a_graded_answer():
    clip = fake_clip(2)
    plain = fake_dancer(clip.time)
    prob, trusted = np.zeros_like(plain.movements.prob), np.ones(len(NAMES), bool)
    prob[10:30, [NAMES.index("l_leg.kick"), NAMES.index("body.spin")]] = 0.9
    trusted[NAMES.index("l_leg.kick")] = False
    genre = replace(plain.genre, prob=np.array([0.7, 0.2, 0.1]), known=0.5, least=(0.4, 0.6))
    dancer = replace(plain, movements=replace(plain.movements, prob=prob, trusted=trusted), genre=genre)
    fresh = Result(Entry("lift", "key", Path(), {}, ()), Pose3D, False, 0.0, "")
    found = summary({}, clip, [dancer], {"lift": fresh}, None, [])
    [said] = found["dancers"]
    assert said["words"] == {"kick_left_leg": 1, "spin": 1} and said["movements"] == {"body.spin": 1}
    assert said["events"][0] == {"word": "kick_left_leg", "start": 0.4, "stop": 1.2, "prob": 0.9}
    assert said["answer"] == {"text": "like salsa", "grade": "like", "sure": 0.35}
    assert found["genre"]["answer"] == found["genre"]["votes"][0]["answer"] == said["answer"]


def test_several_bodies_are_said():
    clip = Clip(np.arange(3) / 30, (64, 48), people=3)
    assert warnings(clip, (), projected=True)[0] == "3 bodies were seen at once; the largest is followed"


def test_a_stage_that_gives_no_answer_to_sound_inputs_is_said():
    dancer = fake_dancer(fake_clip(1).time)
    assert not warnings(fake_clip(1), [replace(dancer, pose=replace(dancer.pose, scale="metric"))], projected=False)
    pose = dancer.pose.xyz.copy()
    pose[3:5, 2] = np.nan
    prob = dancer.movements.prob.copy()
    prob[7] = np.nan
    broken = replace(
        dancer, pose=replace(dancer.pose, xyz=pose, scale="metric"), movements=replace(dancer.movements, prob=prob)
    )
    frames = len(prob)
    assert warnings(fake_clip(1), [broken], projected=False) == [
        f"dancer 1 has keypoints and no pose in 2 of {frames} frames: the weights or their input are not sound",
        f"dancer 1 has a pose and no movements in 1 of {frames} frames: the weights or their input are not sound",
    ]


def test_shots_are_told_in_seconds():
    clip = replace(fake_clip(1), shots=(0, 10))
    fresh = Result(Entry("lift", "key", Path(), {}, ()), Pose3D, False, 0.0, "")
    told = summary({}, clip, [], {"lift": fresh}, None, [])["video"]["shots"]
    np.testing.assert_allclose(told, [clip.time[0], clip.time[10]], atol=1e-4)


def test_weights_of_a_repository_are_recorded_with_its_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCE3D_WEIGHTS", str(tmp_path))
    folder = tmp_path / "hub" / "lab" / "lifters" / ("a" * 40)
    folder.mkdir(parents=True)
    for path in (folder / "lift.safetensors", tmp_path / "mine"):
        path.write_bytes(b"weights")
    found = recorded({"lift": folder / "lift.safetensors", "genre": tmp_path / "mine"}, None)
    assert found["lift"]["origin"] == f"hf://lab/lifters@{'a' * 40}" and "origin" not in found["genre"]
    assert found["lift"]["sha256"] == found["genre"]["sha256"]
