import lightning as L
import pytest
import torch
from genre_calls import call
from genre_tracks import SIGNS, track, write

from dance3d.stages.genre.data import GenreData
from dance3d.stages.genre.module import GenreModule
from dance3d.stages.genre.predict import load


def test_a_net_of_joints_on_the_picture_is_refused(tmp_path):
    GenreModule(("a", "b"), reads="pose2d").export(tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="reads joints on the picture"):
        call(tmp_path / "w.safetensors", [track("salsa", 1, seconds=2.0)])
    with pytest.raises(ValueError, match="'smell' is not known; choose from pose2d"):
        GenreModule(("a", "b"), reads="smell")


class Trained(GenreModule):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-2)


def test_cross_fitting_validates_each_take_by_a_net_that_never_saw_it(tmp_path):
    L.seed_everything(0, verbose=False)
    data = GenreData(**write(tmp_path / "x", seeds=range(3)), split="cross_fitted", steps=6, batch=12)
    trainer = L.Trainer(
        max_epochs=4, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=tmp_path,
    )  # fmt: skip
    module = Trained(hidden=16)
    trainer.fit(module, data)
    assert len(module.held_out) == 3 and trainer.callback_metrics["val/macro_f1"] > 0.5
    module.eval()
    batch = next(iter(data.val_dataloader()))
    with torch.no_grad():
        got = module._logits(batch.features, batch.present, batch.fold)
        for fold, net in enumerate(module.held_out):
            here = batch.fold == fold
            assert here.any() and torch.allclose(got[here], net(batch.features[here], batch.present[here]), atol=1e-5)
    module.export(tmp_path / "w.safetensors")
    net = load(tmp_path / "w.safetensors")
    assert net.graded and net.kept == 63 and net.classes == tuple(sorted(SIGNS)) and 0 < net.least[1] <= 1
