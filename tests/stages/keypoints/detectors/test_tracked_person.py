"""Tracked people as arrays and back: to the bit."""

import io

import numpy as np
import pytest

from dance3d.stages.keypoints.detectors.regions import SIDE, Region, RegionPose
from dance3d.stages.keypoints.detectors.tracked_person import TrackedPerson, from_arrays, to_arrays


def somebody(rng, **known):
    pose = RegionPose(
        rng.normal(200, 50, (33, 3)).clip(1),
        float(rng.random()),
        Region(*rng.uniform(50, 200, 4).tolist()),
        Region(*rng.uniform(50, 200, 4).tolist()),
        rng.random((SIDE, SIDE), np.float32),
    )
    return TrackedPerson(pose, rng.normal(0, 3, 2), **known)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_people_from_a_file_are_the_same_to_the_bit(count):
    rng = np.random.default_rng(count)
    people = [somebody(rng, seen=i + 7, lost=i) for i in range(count)]
    file = io.BytesIO()
    np.savez_compressed(file, **to_arrays(people))
    file.seek(0)
    again = from_arrays(np.load(file, allow_pickle=False))
    assert len(again) == count
    for one, other in zip(people, again, strict=True):
        assert (one.seen, one.lost, one.body.presence) == (other.seen, other.lost, other.body.presence)
        assert one.body.region == other.body.region and one.body.next_region == other.body.next_region
        assert one.expected == other.expected and one.body.quality == other.body.quality
        for name in ("points", "outline"):
            before, after = getattr(one.body, name), getattr(other.body, name)
            assert before.tobytes() == after.tobytes() and before.dtype == after.dtype
        assert one.move.tobytes() == other.move.tobytes()


def test_other_arrays_are_refused():
    arrays = to_arrays([somebody(np.random.default_rng(0), seen=5)])
    for name, array in arrays.items():
        for wrong in (None, array[:0], array.astype(np.float16), array[..., None]):
            given = {k: v for k, v in {**arrays, name: wrong}.items() if v is not None}
            with pytest.raises(ValueError, match="the state of a detector has no"):
                from_arrays(given)
    with pytest.raises(ValueError, match="has no points of 0 people"):
        from_arrays({})


def test_somebody_lost_moves_on_ever_slower():
    person = somebody(np.random.default_rng(0), seen=5)
    places = []
    for _ in range(4):
        places.append(np.array([person.expected.x, person.expected.y]))
        person = person.missed()
    steps = np.diff(places, axis=0)
    np.testing.assert_allclose(steps[0], 0.9 * person.move)
    np.testing.assert_allclose(steps[1:], 0.9 * steps[:-1])
