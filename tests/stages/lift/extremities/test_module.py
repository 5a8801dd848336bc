"""Training of the extremities."""

from __future__ import annotations

from pathlib import Path

import lightning as L
import torch

from dance3d.stages.lift.extremities.data import ExtremityData
from dance3d.stages.lift.extremities.module import ExtremityModule
from dance3d.stages.lift.extremities.predict import load


class Learning(ExtremityModule):
    """With the optimiser that the command line gives."""

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), 3e-3)


def test_learns_and_exports_what_it_validated(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data = ExtremityData(minutes=0.05, films=1, batch=8, chunk=16, steps=60)
    module = Learning(channels=16, average=0.9)
    trainer = L.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, num_sanity_val_steps=1,
    )  # fmt: skip
    trainer.fit(module, datamodule=data)
    assert float(trainer.callback_metrics["val/degrees"]) < 60  # without learning it is about 90
    assert set(module.validation_pictures()) == {"val/angles"}
    module.export(tmp_path / "net.safetensors")
    net = load(tmp_path / "net.safetensors")
    for batch in data.val_dataloader():
        for kind, one in batch.items():
            wanted = module.averaged.eval()(one.features, kind)
            torch.testing.assert_close(net(one.features, kind), wanted, atol=2e-2, rtol=0)
