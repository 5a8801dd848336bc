from dataclasses import replace

from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Crossing
from dance3d.contracts.crossings import dancer_name, uncertain_crossings


def test_a_doubtful_crossing_is_told_once_with_its_repair():
    time = fake_clip(1).time
    one, two = (fake_dancer(time, person=n).keypoints for n in (1, 2))
    late, early = Crossing(0.6, 0.8, 2, 0.5), Crossing(0.1, 0.3, 2, 0.79)
    sure = Crossing(0.4, 0.5, 2, 0.8)
    pair = [
        replace(one, crossings=(late, sure, early)),
        replace(two, crossings=tuple(replace(c, other=1) for c in (late, sure, early))),
    ]
    found = uncertain_crossings(pair)
    assert [(d.first, d.second, d.start) for d in found] == [(1, 2, 0.1), (1, 2, 0.6)]
    assert found[0].repair == "dance3d tracks swap OUT 1 2 --at 0.30"
    assert "uncertain from 0.6 s: dancers 1 and 2 overlapped (sure 0.50)" in str(found[1])
    assert uncertain_crossings([one, two]) == []


def test_a_dancer_without_a_name_is_a_number():
    track = fake_dancer(fake_clip(0.1).time, person=2).keypoints
    assert dancer_name(track) == "Dancer 2" and dancer_name(replace(track, name="Zoë")) == "Zoë"
