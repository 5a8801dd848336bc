"""The resolved config of a run, kept in its folder and sent to the loggers."""

from __future__ import annotations

import yaml
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.cli import SaveConfigCallback


class SaveConfig(SaveConfigCallback):
    """Also sends the resolved config to the loggers."""

    def save_config(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Hand every logger the whole config.

        Args:
            trainer: that runs.
            pl_module: the module.
            stage: what runs: ``fit``, ``validate``, ``test`` or ``predict``.
        """
        from dance3d.training.loggers.wandb_log import WandbLog

        for logger in trainer.loggers:
            if isinstance(logger, WandbLog):
                settings = yaml.safe_load(self.parser.dump(self.config, skip_none=False))
                logger.log_hyperparams(settings)
                logger.log_inputs(settings.get("data") or {})
