from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Clip
from dance3d.report.quality import clip_notes, dancer_notes
from dance3d.skeleton import H36M17


def test_notes_on_a_damaged_clip():
    clip = Clip(time=np.arange(10) / 25, size=(64, 48), expected=20, gaps=((0.2, 0.4),), errors=3, rotation=90)
    notes = {note.title: note for note in clip_notes(clip)}
    assert notes["Video"].level == "poor" and "10 fewer" in notes["Video"].text
    assert "0.2 to 0.4 s" in notes["Gaps"].text and "3 damaged" in notes["Damage"].text and "90" in notes["Turned"].text


def test_notes_on_a_dancer_who_is_half_there():
    clip = fake_clip(2)
    notes = {n.title: n for n in dancer_notes(fake_dancer(clip.time, missing=range(30)), 50)}
    assert notes["In sight"].level == "poor" and "40%" in notes["In sight"].text
    assert notes["Fit"].level == "good" and notes["Scale"].level == "note" and "Camera" in notes


def test_joints_outside_of_the_picture_are_told():
    clip = fake_clip(2)
    made = fake_dancer(clip.time)
    xy, measured = made.keypoints.xy.copy(), made.keypoints.measured.copy()
    below = H36M17.indices("left_ankle", "right_ankle", "left_knee", "right_knee")
    xy[:, below, 1], measured[:, below] = 380, False
    made = replace(made, keypoints=replace(made.keypoints, xy=xy, measured=measured))
    notes = {n.title: n for n in dancer_notes(made, 50)}
    assert notes["Joints"].level == "fair" and "outside of the picture" in notes["Joints"].text


def test_what_a_camera_in_unknown_motion_hides_is_told():
    made = fake_dancer(fake_clip(2).time)

    def notes(still):
        return {n.title: n for n in dancer_notes(replace(made, pose=replace(made.pose, still=still)), 50)}

    still = np.tile(np.eye(2, 3, dtype=np.float32), (made.pose.frames, 1, 1))
    assert "Through the room" not in notes(still)
    still[: len(still) // 2] = np.nan
    assert "50%" in notes(still)["Through the room"].text and "jumps" in notes(still)["Through the room"].text
