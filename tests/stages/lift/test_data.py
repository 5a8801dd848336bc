import motion_sets as sets
import numpy as np
import pytest
import torch
from lift_clips import batch, clips

from dance3d.stages.lift.data import FilmedWindows, LiftData, join_takes
from dance3d.synth.virtual_cameras import film


def test_genres_are_weighed_by_the_root_of_their_length():
    takes = join_takes([*clips((400,), "everyday"), *clips((100,), "salsa")])
    assert takes.weight.sum() == pytest.approx(1) and takes.weight[0] / takes.weight[1] == pytest.approx(2)
    assert takes.first.tolist() == [0, 400] and takes.last.tolist() == [399, 499]


def test_windows_cover_a_take_and_repeat_its_edges():
    filmed = film(clips((100,)))
    windows = FilmedWindows(filmed, 40, 26)
    assert len(windows) == 4 * 2
    first = windows[0]
    assert first.rays.shape == (66, 17, 2) and torch.equal(first.xyz[0], first.xyz[13])
    np.testing.assert_allclose(first.xyz[13:], filmed[0].truth.xyz[:53])
    assert len(FilmedWindows(film(clips((10,))), 40, 26)) == 4  # a short take still gives a window


def test_held_out_takes_never_train(data_dir):
    data = LiftData(
        source=str(data_dir / "mocap" / "cmu" / "salsa"), val_groups=("salsa_05",), batch=2, chunk=64, steps=1
    )
    data.setup()
    assert {c.name for c in data.test_clips} == {"salsa_13", "salsa_28"}
    assert {c.group for c in data.val_clips} == {"salsa_05"} and len(data.takes.first) == 24 - 4
    (made,) = list(data.train_dataloader())
    assert made.rays.shape == (2, 90, 17, 2) and torch.isfinite(made.rays).all()
    assert next(iter(data.val_dataloader())).rays.shape[1:] == (90, 17, 2)


def test_batches_tell_where_the_root_is():
    made = batch(noise=0.0)
    seen = made.xyz + made.root[:, :, None]
    torch.testing.assert_close(seen[..., :2] / seen[..., 2:], made.rays, atol=1e-4, rtol=1e-4)
    filmed = film(clips((60,)))
    np.testing.assert_allclose(FilmedWindows(filmed, 40, 26)[0].root[13:], filmed[0].truth.root[:53])


def test_only_some_movements_train(tmp_path):
    """Stretches of the takes, by a CSV; the takes that validate are whole where none of them has any."""
    labels = tmp_path / "labels.csv"
    whole = LiftData(minutes=0.5, val_groups=())
    whole.setup()
    take = whole.train_clips[0]
    labels.write_text(f"clip,start,stop,movement\n{take.name},2.0,3.0,body.jump\n")
    data = LiftData(minutes=0.5, val_groups=(), only=("body.jump",), labels=str(labels))
    data.setup()
    assert len(data.takes.xyz) == round(take.fps) + 26 and data.split[0] == {take.name}
    assert [clip.name for clip in data.val_clips] == [clip.name for clip in whole.val_clips]
    with pytest.raises(ValueError, match=r"data\.only names body\.jump: say in data.labels when it happens"):
        LiftData(minutes=0.5, only=("body.jump",)).setup()


def test_only_some_genres_train_and_an_unknown_one_names_the_choices():
    data = LiftData(minutes=0.5, only=("salsa",), val_groups=())
    data.setup()
    assert {c.genre for c in data.train_clips} == {"salsa"}
    assert data.takes_by_split() == [{c.name for c in side} for side in (data.train_clips, data.val_clips, [])]
    with pytest.raises(ValueError, match=r"'polka'.*choose from .*salsa"):
        LiftData(minutes=0.5, only=("polka",)).setup()


def test_own_files_train(tmp_path):
    """What ``dance3d train --data`` hands the lifter, from a folder as Mixamo's users have it."""
    truth = sets.figure(60)
    for number, folder in enumerate(("hip-hop", "salsa", "salsa")):
        (tmp_path / folder).mkdir(exist_ok=True)
        text = sets.bvh_text(sets.tool_joints(truth + sets.by(number, 0, 0), "mixamo"), per_metre=100)
        (tmp_path / folder / f"dance{number}.bvh").write_text(text)
    data = LiftData(source=str(tmp_path), batch=2, chunk=4, context=2, steps=1)
    data.setup()
    assert [c.name for c in data.train_clips] == ["dance0", "dance1"]
    assert data.takes_by_split() == [{"dance0", "dance1"}, {"dance2"}, set()]
    assert [c.name for c in data.val_clips] == ["dance2"] and data.val_clips[0].genre == "salsa"
    batch = next(iter(data.train_dataloader()))
    assert all(value.isfinite().all() for value in batch if hasattr(value, "isfinite"))
    data = LiftData(source=str(tmp_path), batch=2, chunk=4, context=2, steps=1, train_on_val=True)
    data.setup()
    assert data.takes_by_split() == [{"dance0", "dance1", "dance2"}, {"dance2"}, set()], "what trains is counted"
