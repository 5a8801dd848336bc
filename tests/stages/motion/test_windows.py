"""Windows cut at once are those that single tracks give, also at their ends and mirrored."""

import torch

from dance3d.datasets.device_batches import CPU
from dance3d.movement_types import MIRROR
from dance3d.skeleton import H36M17
from dance3d.stages.motion.windows import GRADES, JoinedTracks, TrackSample, TrackWindows, WindowDraws, batch_of


def test_windows_are_cut_out_of_their_track_and_padded_after_its_end():
    twin = (1, 0, -1)
    found = [
        TrackSample(
            torch.randn(length, 17, 4),
            torch.randint(0, 3, (length, 3)).byte(),
            torch.randint(-1, 2, (length, 3)).char(),
        )
        for length in (30, 8, 25)
    ]
    kept = [TrackSample(*(part.clone() for part in one)) for one in found]
    tracks = JoinedTracks(found, twin)
    assert all(
        torch.equal(a, b) for one, other in zip(found, kept, strict=True) for a, b in zip(one, other, strict=True)
    )
    assert found[2].joints.data_ptr() != kept[2].joints.data_ptr(), "tracks are views into the joined ones"
    places = [(0, 3, False), (1, 0, False), (2, 15, True), (1, 2, True)]
    draws = WindowDraws(*map(torch.tensor, zip(*places, strict=True)))
    made = tracks.windows(10, draws, CPU)
    for row, (number, start, mirrored) in enumerate(places):
        joints, hints, labels = (part[start : start + 10] for part in kept[number])
        if mirrored:
            joints = joints[:, H36M17.swap] * torch.tensor([-1.0, 1.0, 1.0, 1.0])
            hints, labels = hints[:, [1, 0, 2]].clone(), labels[:, [1, 0, 2]].clone()
            hints[:, 2], labels[:, 2] = 0, -1
        count = len(joints)
        assert made.valid[row].tolist() == [n < count for n in range(10)]
        assert torch.equal(made.joints[row, :count], joints) and not made.joints[row, count:].any()
        assert torch.equal(made.hints[row, :count], hints / GRADES) and not made.hints[row, count:].any()
        assert torch.equal(made.labels[row, :count].nan_to_num(-1), labels.float()), "unknown labels are NaN"
        assert not made.labels[row, count:].any()


def test_training_moves_and_mirrors_windows_and_scoring_does_not():
    torch.manual_seed(0)
    still, moved = TrackWindows([95, 7], 20, False), TrackWindows([95, 7], 20, True)
    assert [(int(one.track), int(one.start)) for one in still] == [(0, at) for at in range(0, 95, 20)] + [(1, 0)]
    assert not any(one.mirrored for one in still)
    drawn = [moved[0] for _ in range(40)]
    assert {bool(one.mirrored) for one in drawn} == {True, False}
    assert {int(one.start) for one in drawn} <= set(range(11)) and len({int(one.start) for one in drawn}) > 3
    assert int(moved[5].start) == 0, "a short track has one place"


def test_a_loader_can_give_batches_by_itself():
    width = len(MIRROR)
    one = TrackSample(torch.ones(5, 17, 4), torch.ones(5, width).byte(), torch.ones(5, width).char())
    tracks = JoinedTracks([one], MIRROR)
    batch = batch_of(tracks, 8, [TrackWindows([5], 8, False)[0]] * 2)
    assert batch.joints.shape == (2, 8, 17, 4) and batch.valid.sum() == 10
