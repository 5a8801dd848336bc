"""Training data of the extremities."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dance3d.geometry.vectors import degrees_between
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.stages.lift.extremities.data import ExtremityData, LimbBatch, with_errors, with_turned_limbs
from dance3d.stages.lift.extremities.features import JOINTS, POINTS, width
from dance3d.synth.choreography import choreograph


@pytest.fixture(scope="module")
def data() -> ExtremityData:
    made = ExtremityData(minutes=0.05, films=1, batch=3, chunk=16, steps=2)
    made.setup()
    return made


def test_batches_hold_windows_of_every_limb(data: ExtremityData) -> None:
    first, second = list(data.train_dataloader())
    assert set(first) == set(POINTS)
    for kind, points in POINTS.items():
        assert first[kind].features.shape == (3, 16, width(kind))
        assert first[kind].targets.shape == (3, 16, points, 3)
        known = first[kind].known
        torch.testing.assert_close(first[kind].targets.norm(dim=-1)[known], torch.ones(int(known.sum())))
        assert not torch.equal(first[kind].features, second[kind].features)


def test_validation_takes_do_not_train(data: ExtremityData) -> None:
    train, val, _ = data.takes_by_split()
    assert train and val and not train & val
    assert sum(len(batch["hand"].features) for batch in data.val_dataloader()) > 0


def test_takes_without_extremities_cannot_train(tmp_path: Path) -> None:
    made = ExtremityData(minutes=0.05, films=1)
    made.setup()
    made.train_clips = [replace(clip, extremities=None) for clip in made.train_clips]
    with pytest.raises(ValueError, match=r"no take of data.source 'synth' that trains has toes"):
        made.prepare_training()


def test_takes_shorter_than_a_window_cannot_train() -> None:
    made = ExtremityData(minutes=0.05, films=1)
    made.setup()
    made.train_clips = [clip.part(0, round(1.5 * clip.fps)) for clip in made.train_clips]
    with pytest.raises(ValueError, match=r"is as long as a window, data\.chunk 64 frames at 30 frames/s"):
        made.prepare_training()


def test_turned_limbs_keep_their_lengths_and_feet_their_shape() -> None:
    clip = choreograph("salsa", 3.0, 0)
    turned = with_turned_limbs(clip, 20.0, np.random.default_rng(0))
    assert clip.extremities is not None and turned.extremities is not None
    one, other = (
        {name: c.extremities[:, i].astype(float) for i, name in enumerate(EXTREMITIES)} for c in (clip, turned)
    )
    foot = [np.linalg.norm(e["left_toe"] - e["left_heel"], axis=-1) for e in (one, other)]
    np.testing.assert_allclose(*foot, atol=1e-5)
    wrist = clip.xyz[:, H36M17.index("left_wrist")].astype(float)
    off = degrees_between(one["left_hand"] - wrist, other["left_hand"] - wrist)
    assert 5 < off.mean() < 60 and np.abs(np.diff(off)).max() < 15


def test_errors_move_what_is_seen_and_hide_some_of_it() -> None:
    seen = torch.zeros(40, 8, width("foot"))
    seen[..., -2:] = 1
    batch = LimbBatch(seen, torch.zeros(40, 8, 2, 3), torch.ones(40, 8, 2, dtype=torch.bool))
    found = with_errors(batch, torch.Generator().manual_seed(0)).features
    there = found[..., -2:]
    assert 0.02 < 1 - there.mean() < 0.4
    off = found[..., 3 * JOINTS + 6 : -2].view(40, 8, 2, 3)
    assert (off[there == 0] == 0).all() and 0.05 < off[there == 1].std() < 0.3
    assert (found[..., : 3 * JOINTS + 6] == 0).all() and (batch.features[..., -2:] == 1).all()


def test_workers_that_start_afresh_can_have_the_batches(data: ExtremityData) -> None:
    for loader in (data.train_dataloader(), data.val_dataloader()):
        again = pickle.loads(pickle.dumps(loader.dataset))  # as other systems than Linux hand them over
        one, other = again[0], loader.dataset[0]
        assert all(torch.equal(one[kind].features, other[kind].features) for kind in POINTS)
