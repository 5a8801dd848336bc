import pytest
import torch
from lightning.pytorch import Trainer
from moving_arms import dancing, make_own, make_training_set, pose

from dance3d.benchmarks.motion.scores import Scored
from dance3d.contracts import Keypoints2D
from dance3d.io import artefacts
from dance3d.stages.motion.data import MotionData
from dance3d.stages.motion.module import MotionModule
from dance3d.stages.motion.predict import load, on_picture, predict
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.stages.motion.settings import MotionSettings
from dance3d.synth.virtual_cameras import Filmed
from dance3d.training.log_filter import hidden_log_messages


@pytest.fixture
def training_set(tmp_path):
    return make_training_set(tmp_path)


@pytest.fixture
def own(tmp_path):
    return make_own(tmp_path)


@pytest.mark.parametrize(
    ("model", "given"), [({}, True), ({"encoder": "lstm", "hints": False}, False), ({"dims": 2, "hints": False}, False)]
)
def test_training_learns_exports_and_predicts(training_set, own, tmp_path, model, given):
    torch.manual_seed(0)
    more = own if given else {}
    data = MotionData(**training_set, **more, dims=model.get("dims", 3), frames=90, batch=4)
    module = MotionModule(hidden=16, dropout=0.0, **model)
    module.configure_optimizers = lambda: torch.optim.AdamW(module.parameters(), lr=1e-2)
    options = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "accelerator": "cpu"}
    trainer = Trainer(max_epochs=12, enable_model_summary=False, default_root_dir=tmp_path, **options)
    with hidden_log_messages():
        before = first_loss(module, data)
        trainer.fit(module, datamodule=data)
    assert trainer.callback_metrics["train/loss"] < 0.7 * before
    pictures = module.validation_pictures()
    assert set(pictures) == {"val/parts", "val/reliability", "val/timeline"}
    assert set(module.validation_charts()) == {"val/parts", "val/types", "val/reliability"}
    module.export(tmp_path / "motion.safetensors")
    if model.get("dims") == 2:
        net = load(tmp_path / "motion.safetensors")
        keypoints = artefacts.load(tmp_path / "keypoints" / "0000.npz", Keypoints2D)
        found = [on_picture(net, keypoints)]
    else:
        track, settings = pose(dancing(0), 0.01), MotionSettings(types=more.get("types"))
        found = predict({"lift": [track]}, settings, tmp_path / "motion.safetensors")
        assert found[0].own_names == (("body.clap", "l_arm.salute") if given else ())
    truth = [movements(pose(dancing(0)))]
    filmed = [Filmed(None, pose(dancing(0)), "take0", "take0", "", 0)]
    assert Scored.of(filmed, truth, truth).figures()["macro_f1"] == 1
    assert Scored.of(filmed, found, truth).figures()["micro_f1"] > 0.1  # it has seen this very take, for a second


def first_loss(module, data):
    """What a net that knows nothing loses."""
    data.setup()
    module.build(data)
    batch = next(iter(data.val_dataloader()))
    module.log = lambda *args, **kwargs: None
    loss = module._step(batch, "val")[0].item()
    del module.log
    return loss
