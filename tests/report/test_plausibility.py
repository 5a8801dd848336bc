"""Every green light of the motion turns red: a zoom, a jump to another body, a body that floats or sinks."""

from dataclasses import replace

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.report.plausibility import plausibility
from dance3d.report.quality import dancer_notes

TIME = fake_clip(4).time


def dancer(change=None):
    """A dancer whose path in the camera frame was changed by a function of (T, 3) and (T,)."""
    made = fake_dancer(TIME)
    root = made.pose.root.copy()
    if change is not None:
        change(root, TIME)
    return replace(made, pose=replace(made.pose, root=root))


def levels(change=None):
    return {note.title: note.level for note in dancer_notes(dancer(change), len(TIME))}


def zoomed(root, time):
    root[:, 2] /= 1 + 1.5 * np.clip((time - 1.5) / 0.2, 0, 1)


def exchanged(root, time):
    root[time > 2] += (2.5, 0, 0)


def floated(root, time):
    root[time > 2.5, 1] -= 0.6


def sank(root, time):
    root[:, 1] += np.where((time > 1) & (time < 1.15), 0.5, 0)


def test_a_dancer_who_moves_as_people_do_is_green():
    found = levels()
    assert found["Motion"] == found["Floor"] == "good"


@pytest.mark.parametrize(("change", "title"), [(zoomed, "Motion"), (exchanged, "Motion"), (floated, "Floor")])
def test_what_nobody_can_do_is_no_longer_green(change, title):
    assert levels(change)[title] in ("fair", "poor")


def test_a_jump_is_no_floating():
    def jumped(root, time):
        root[:, 1] -= 0.5 * np.clip(1 - ((time - 2) / 0.35) ** 2, 0, None)

    assert plausibility(dancer(jumped).pose).floating == 0


def test_a_body_below_the_floor_is_counted():
    share = plausibility(dancer(sank).pose).sunk
    assert 0.01 < share < 0.06


def test_nothing_is_said_of_nobody():
    made = fake_dancer(TIME, missing=range(len(TIME)))
    assert np.isnan(plausibility(made.pose).speed)
    assert "Motion" not in {note.title for note in dancer_notes(made, len(TIME))}
    assert np.isnan(plausibility(replace(fake_dancer(TIME).pose, root=None)).speed)


def test_a_jump_at_a_cut_is_no_speed():
    made = dancer(exchanged)
    cut = int(np.argmax(TIME > 2))
    assert plausibility(made.pose).speed > 2 * plausibility(replace(made.pose, shots=(0, cut))).speed
