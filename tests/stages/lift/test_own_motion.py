import motion_sets as sets

from dance3d.stages.lift.data import LiftData


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
    assert [c.name for c in data.val_clips] == ["dance2"] and data.val_clips[0].genre == "salsa"
    batch = next(iter(data.train_dataloader()))
    assert all(value.isfinite().all() for value in batch if hasattr(value, "isfinite"))
