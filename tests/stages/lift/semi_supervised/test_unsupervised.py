"""Training with no 3D label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from dance3d.io.weights import manifest
from dance3d.stages.lift import data as lift_data
from dance3d.stages.lift.data import LiftData
from dance3d.stages.lift.load import load
from dance3d.stages.lift.predict import predict
from dance3d.stages.lift.semi_supervised.unsupervised import UnlabelledData
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import film
from dance3d.training import fit as training

SMALL = {"minutes": 0.5, "wandering": 1.0, "batch": 4, "steps": 3}


@pytest.fixture(scope="module")
def data() -> UnlabelledData:
    made = UnlabelledData(source="synth", **SMALL)
    made.setup()
    return made


def test_no_true_motion_of_the_source_trains(data: UnlabelledData) -> None:
    source = LiftData(source="synth", **SMALL | {"wandering": 0.0})
    source.setup()
    invented = data.takes.xyz.numpy()
    for clip in source.train_clips:
        assert not (invented == clip.xyz[0]).all((1, 2)).any()
    assert {"track", "camera", "genre"} == set(data.seen[0]._fields)
    assert len(data.seen) == len(source.train_clips)


def test_wandering_motion_joins_the_takes_that_train() -> None:
    alone, joined = (LiftData(source="synth", **SMALL | {"wandering": minutes}) for minutes in (0.0, 1.0))
    for one in (alone, joined):
        one.setup()
    assert len(joined.takes.xyz) == len(alone.takes.xyz) + 1800
    assert [clip.name for clip in joined.train_clips] == [clip.name for clip in alone.train_clips]


def test_pseudo_labels_are_what_the_net_makes_of_clips(data: UnlabelledData) -> None:
    net = load(Path(lift_data.__file__).parents[2] / "weights" / manifest()["lift"]["file"])
    try:
        data.add_pseudo_labels(net)
        before, after = len(data.takes.xyz), len(data.running.takes.xyz)
        frames = sum(one.track.frames for one in data.seen)
        assert 0.9 * frames < after - before <= frames  # those where nobody is seen for long have no pose
        weights = data.running.takes.weight
        assert weights.sum() == pytest.approx(1.0) and weights[len(data.takes.first) :].sum() == pytest.approx(0.5)
    finally:
        data.running.takes = data.takes


def test_the_command_trains_itself_and_exports_what_predict_reads(tmp_path: Path) -> None:
    settings = {f"data.{name}": value for name, value in SMALL.items()} | {"method": "unsupervised", "wandb": "off"}
    settings |= {"model.width": 16, "model.warmup": 1, "model.every": 1, "trainer.max_epochs": 2}
    settings |= {"trainer.accelerator": "cpu", "trainer.check_val_every_n_epoch": 2}
    configs = [training.config(name) for name in ("base", "lift", "lift_unsupervised")]
    weights = training.fit("lift", settings, configs, tmp_path / "run")
    track = film(lift_data.synthetic(0.5)[:1])[0].keypoints
    pose = predict({"keypoints": [track]}, LiftSettings(), weights)[0]
    assert np.isfinite(pose.xyz).all()
    checkpoint = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True, map_location="cpu")
    assert checkpoint["state_dict"]["adopted"]


def test_wandering_without_a_minute_is_refused() -> None:
    with pytest.raises(ValueError, match=r"data.wandering is 0.*more than 0"):
        UnlabelledData(wandering=0.0)
    with pytest.raises(ValueError, match=r"data.wandering is -1"):
        LiftData(wandering=-1.0)
