import json
from pathlib import Path

import numpy as np
import pytest
import torch
from motion_bodies import TIME
from moving_arms import dancing, make_own, make_training_set, pose

from dance3d.movement_types import NAMES
from dance3d.stages.motion.data import MotionData
from dance3d.stages.motion.rules.graded_labels import CLEAR, SLIGHT, both, targets
from dance3d.stages.motion.windows import MotionBatch


@pytest.fixture
def training_set(tmp_path):
    return make_training_set(tmp_path)


def test_batches_hold_true_labels_estimated_bodies_and_padding(training_set):
    data = MotionData(**training_set, frames=100, batch=2)
    data.setup()
    assert data.takes_by_split() == [{"take0", "take1"}, {"take2"}, {"take3"}]
    [batch] = list(data.val_dataloader())
    assert isinstance(batch, MotionBatch)
    assert batch.joints.shape == (2, 100, 17, 5)
    assert batch.valid.sum().item() == len(TIME)
    np.testing.assert_array_equal(batch.labels[batch.valid].numpy(), demanded(2))
    assert not batch.joints[~batch.valid].any()


def test_mirrored_windows_are_bodies_with_mirrored_labels(training_set):
    data = MotionData(**training_set, frames=len(TIME), batch=1)
    data.setup()
    torch.manual_seed(3)
    seen = {tuple(batch.labels[0].nan_to_num().sum(0).tolist()) for _ in range(6) for batch in data.train_dataloader()}
    plain = [np.nan_to_num(demanded(number)).sum(0) for number in (0, 1)]  # estimated and true have the same
    assert seen == {tuple(p.tolist()) for p in plain} | {tuple(p[data.twin].tolist()) for p in plain}


def test_a_missing_pose_is_named(training_set, tmp_path):
    (tmp_path / "poses" / "0001.npz").unlink()
    with pytest.raises(ValueError, match=r"data\.poses lacks 0001\.npz"):
        MotionData(**training_set).setup()


def demanded(number):
    """Labels of a take: of types, then of words; NaN where a movement is slight."""
    true = pose(dancing(number))
    grades = both(true.xyz, true.time, true.up, true.root)
    assert CLEAR in grades.words and SLIGHT in grades.words, "else this shows nothing"
    return np.concatenate([targets(grades.types), targets(grades.words)], 1)


def test_a_fold_is_kept_apart_as_if_for_testing(training_set):
    """Its films are the only ones for testing; takes that are held out anyway are in no fold, and left out."""
    index = Path(training_set["index"])
    lines = json.loads(index.read_text())
    index.write_text(json.dumps([line | {"fold": fold} for line, fold in zip(lines, (0, 1, 1, -1), strict=True)]))
    data = MotionData(**training_set, fold=0)
    assert data.takes_by_split() == [{"take1"}, {"take2"}, {"take0"}]
    assert MotionData(**training_set, fold=1).takes_by_split() == [{"take0"}, set(), {"take1", "take2"}]
    [held] = data.read("test")["test"]
    data.setup()
    assert torch.equal(data.found["test"][0].joints, held.joints) and len(data.found["train"]) == 2


def test_half_of_the_takes_train_at_all_their_tempos(training_set):
    index = Path(training_set["index"])
    lines = json.loads(index.read_text())
    index.write_text(json.dumps([line | {"genre": "salsa" * (number < 2)} for number, line in enumerate(lines)]))
    assert MotionData(**training_set, every=2).takes_by_split() == [{"take0"}, {"take2"}, {"take3"}]
    lines = [line | {"split": "train", "genre": "salsa"} for line in lines]
    lines[3]["name"], lines[3]["genre"] = "take1@1.3", ""
    index.write_text(json.dumps(lines))
    assert MotionData(**training_set, every=2).takes_by_split()[0] == {"take0", "take2"}


@pytest.fixture
def own(tmp_path):
    return make_own(tmp_path)


def test_own_types_and_labels_train_beside_the_vocabulary(training_set, own):
    data = MotionData(**training_set, **own, frames=len(TIME), batch=1)
    data.setup()
    salute, sway = len(NAMES) + 1, NAMES.index("hips.sway")
    _, first, _, second = data.found["train"]  # after the true poses
    assert (first.labels[30:60, salute] == 1).all() and (first.labels[:30, salute] == 0).all()
    assert (second.labels[:, salute] == -1).all()  # of this take nobody said anything
    assert not data.found["val"][0].labels[:, sway].any()
    torch.manual_seed(1)
    mirrored = {bool(batch.labels[0, :, salute].isnan().all()) for _ in range(8) for batch in data.train_dataloader()}
    assert mirrored == {True, False}  # nobody knows what the other arm of a mirrored dancer does


def test_labels_of_an_unknown_clip_are_refused(training_set, tmp_path):
    (tmp_path / "labels.csv").write_text("clip,start,stop,movement\nelsewhere,1.0,2.0,hips.sway\n")
    with pytest.raises(ValueError, match="speaks of 'elsewhere', of which there is no clip"):
        MotionData(**training_set, labels=str(tmp_path / "labels.csv")).setup()
