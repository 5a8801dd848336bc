"""The detector's LightningModule."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from dance3d import losses
from dance3d.contracts import Pose3D
from dance3d.datasets.loaders import ClipView
from dance3d.geometry.precision import in_full_precision
from dance3d.losses import mean_where
from dance3d.masks import dots, geodesic_weight, lines, skeleton_mask
from dance3d.metrics import MaskIoU
from dance3d.stages.detect.augment import AugmentedPictures, DetectBatch, Scenes, augmented_invented, augmented_scenes
from dance3d.stages.detect.body_template import with_human_bone_lengths
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.evaluator import Scores, body_length, body_masks, predict_scenes, scaled
from dance3d.stages.detect.joint_errors import fitted_errors, joint_errors
from dance3d.stages.detect.load import BONES, load
from dance3d.stages.detect.loss_schedule import Cascade, Step
from dance3d.stages.detect.model import HourglassNet, PosePrediction, ShapePrior, net_targets
from dance3d.stages.detect.multiview_consensus import reach_consensus
from dance3d.stages.stored_nets import store_net

MASK_SIZE = 64
"""Chosen, pixels: size at which masks are drawn and compared; a line is then four pixels wide."""
_HALF_TRUST = 0.08  # chosen, halves of the picture: a consensus with this residual has half the weight
STEPS: list[Step] = [
    {"at": 0, "invented": 1},
    {"at": 0.6, "consensus": 0, "skeleton": 0, "symmetry": 0, "bending": 0},
    {"at": 0.62, "consensus": 1, "skeleton": 1, "symmetry": 0.3, "bending": 1},
    {"at": 0.7, "physique": 0},
    {"at": 0.8, "physique": 1},
    {"at": 0.85, "arms": True},
]
Drawing = Literal["nearest", "sum", "dots"]
"""How a body's mask is drawn: the nearest line counts, the sum of all (equation 5), or a dot at every joint (3)."""


class DetectModule(L.LightningModule):
    """Trains the detector from masks and calibrated views; validates and exports a moving average of its weights.

    Args:
        size: of the crops, pixels.
        width: channels of the detector.
        stacks: hourglasses of the detector.
        depth: cells of the heatmap along z.
        prior: channels of the shape prior network at full size; 0 for none, and so no physique loss.
        cascade: schedule of the loss weights (``loss_schedule.Cascade``).
        geodesic: weights masks by their distance maps (equation 9).
        drawing: of the skeleton's mask: ``nearest`` line, as the successor's code, ``sum`` of lines (equation 5), or
            ``dots``, the baseline (equation 3).
        triangulate: draws masks from the consensus of all views (equation 10), else from every view's own prediction.
        sides: swaps left and right of views that contradict the others before triangulation.
        average: decay per step of the moving average of the weights.
        start: weights file to start from, of a detector of the same shape; random weights if empty.
    """

    def __init__(
        self,
        size: int = 64,
        width: int = 96,
        stacks: int = 1,
        depth: int = 16,
        prior: int = 8,
        cascade: list[Step] = STEPS,
        geodesic: bool = True,
        drawing: Drawing = "nearest",
        triangulate: bool = True,
        sides: bool = True,
        average: float = 0.99,
        start: str = "",
    ) -> None:
        super().__init__()
        if drawing not in get_args(Drawing):
            raise ValueError(f"model.drawing is {drawing!r}; choose from {', '.join(get_args(Drawing))}")
        self.save_hyperparameters()
        self.net = HourglassNet(size, width, stacks, depth)
        if start:
            initial = load(Path(start))
            config = {name: value for name, value in initial.config.items() if name != "bones"}
            if config != self.net.config:
                raise ValueError(f"model.start {start} is a detector of {config}, the settings say {self.net.config}")
            self.net.load_state_dict(initial.state_dict())
        self.net = self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.prior = ShapePrior(prior).to(memory_format=torch.channels_last) if prior else None  # type: ignore[call-overload]
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(average))  # type: ignore[no-untyped-call]
        self.average.requires_grad_(False)
        self.cascade = Cascade(cascade)
        self.bones: Tensor
        self.register_buffer("bones", torch.tensor(BONES))
        self.share: float | None = None
        """Share of the training that is done, where a time limit rather than the number of steps ends it."""
        self.scores, self.overlap = Scores(), MaskIoU()

    @property
    def averaged(self) -> HourglassNet:
        """The net with averaged weights."""
        net: HourglassNet = self.average.module  # type: ignore[assignment]
        net.config["bones"] = float(self.bones)
        return net

    def _share(self) -> float:
        if self.share is not None:
            return self.share
        return self.global_step / max(1, int(self.trainer.estimated_stepping_batches))

    def training_step(self, batch: DetectBatch, batch_idx: int) -> Tensor:
        """Loss of one batch: the weighted terms of the cascade."""
        now, arms, step = self.cascade.now(self._share())
        views = any(now[name] for name in now if name != "invented")
        shown = invented = None
        pictures: list[Tensor] = []
        parts: dict[str, Tensor] = {}
        if views:
            shown = augmented_scenes(batch.scenes)
            pictures.append(shown.pictures.flatten(0, 1))
        if now["invented"] and len(batch.invented.joints):
            invented = augmented_invented(batch.invented)
            pictures.append(invented[0])
        if not pictures:
            raise ValueError("the cascade asks for invented bodies alone, and data.invented is empty")
        found = self.net(torch.cat(pictures).contiguous(memory_format=torch.channels_last))
        if shown is not None:
            parts |= self._view_terms(_rows(found, 0, shown.half.numel()), shown, batch.scenes, now, arms)
        if invented is not None:
            parts |= self._invented_terms(_rows(found, len(found.xyz) - len(invented[0]), None), invented, now)
        loss = torch.stack([now.get(name, 1.0) * value for name, value in parts.items()]).sum()
        self.log("train/loss", loss, prog_bar=True)
        self.log_dict({f"train/{name}": value for name, value in parts.items()})
        self.log_dict({f"weight/{name}": value for name, value in now.items()} | {"weight/step": float(step)})
        return loss

    def _invented_terms(
        self, found: PosePrediction, invented: tuple[Tensor, Tensor, Tensor], now: dict[str, float]
    ) -> dict[str, Tensor]:
        """Terms of invented bodies: errors of the joints, and of the shape prior's masks from the true joints."""
        _, mask, joints = invented
        parts = {"invented": joint_errors(found, joints).mean()}
        if self.prior is not None and (now["skeleton"] or now["physique"]):
            true = _downsampled(mask, min(mask.shape[-1], MASK_SIZE))
            drawn = self._drawn(joints[..., :2], true.shape[-1], arms=True)
            parts["prior"] = binary_cross_entropy_with_logits(self.prior(drawn), true)
        return parts

    def _view_terms(
        self, found: PosePrediction, shown: AugmentedPictures, scenes: Scenes, now: dict[str, float], arms: bool
    ) -> dict[str, Tensor]:
        """Terms of moments of several views."""
        valid = scenes.valid
        by_view = (*shown.half.shape, -1)
        xyz = found.xyz.view(*by_view, 3)
        parts: dict[str, Tensor] = {}
        if now["fitted"]:
            parts["fitted"] = fitted_errors(found, shown, scenes.misfit, valid)
        consensus = reach_consensus(
            xyz, found.spread.view(by_view), shown.half, shown.extrinsics, valid, self.hparams["sides"]
        )
        multiview = valid & (valid.sum(1, keepdim=True) > 1)
        if now["consensus"]:
            target = net_targets(
                with_human_bone_lengths(consensus.world.detach())[:, None], shown.extrinsics, shown.half
            )
            # In the picture plane only where sides are swapped: drawing every view to the mean shortens limbs.
            flat = consensus.swapped & self.hparams["triangulate"]
            errors = joint_errors(found, target.flatten(0, 1), flat.flatten()).view(by_view)
            trust = 1 / (1 + (consensus.residual / _HALF_TRUST).square())
            parts["consensus"] = mean_where(errors, multiview[..., None] * (trust * consensus.determined)[:, None])
        if now["symmetry"]:
            parts["symmetry"] = mean_where(losses.symmetry(consensus.world), multiview[:, 0])
        if now["bending"]:
            parts["bending"] = mean_where(losses.backward_bend(consensus.world).sum(-1), multiview[:, 0])
        if now["skeleton"] or now["physique"]:
            together = multiview & self.hparams["triangulate"]
            joints = torch.where(together[..., None, None], consensus.per_view[..., :2], xyz[..., :2])
            parts |= self._mask_terms(joints, shown, valid, now, arms)
        return parts

    def _mask_terms(
        self, joints: Tensor, shown: AugmentedPictures, valid: Tensor, now: dict[str, float], arms: bool
    ) -> dict[str, Tensor]:
        """Terms of the masks drawn from joints (N, V, 17, 2): the skeleton's, and the shape prior's."""
        fine = shown.mask.shape[-1]
        coarse = min(fine, MASK_SIZE)
        true, distance = (_downsampled(one, coarse) for one in (shown.mask, shown.distance * (coarse / fine)))
        weight = geodesic_weight(distance, true) if self.hparams["geodesic"] else torch.ones_like(true)
        drawn = self._drawn(joints, true.shape[-1], arms)
        parts = {"skeleton": mean_where(losses.mask(drawn, true, weight), valid)}
        if self.prior is not None and now["physique"]:
            predicted_mask = torch.sigmoid(self.prior(drawn.flatten(0, 1))).view_as(true)
            parts["physique"] = mean_where(losses.mask(predicted_mask, true, weight), valid)
        return parts

    def _drawn(self, xy: Tensor, size: int, arms: bool) -> Tensor:
        """(..., S, S) the mask of joints (..., 17, 2), by the setting ``drawing``."""
        how: Drawing = self.hparams["drawing"]
        what = dots(arms) if how == "dots" else lines(arms)
        return skeleton_mask(xy, size, what, "max" if how == "nearest" else "sum")

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Step, and update the moving average before a checkpoint is saved."""
        super().optimizer_step(*args, **kwargs)
        self.average.update_parameters(self.net)

    def measure(self, moments: MomentDataset) -> None:
        """Measure the bones of an average body on calibrated views, as the net predicts them."""
        self.bones.fill_(body_length(self.averaged, moments) or BONES)

    def on_validation_epoch_start(self) -> None:
        """See ``measure``."""
        data = getattr(self.trainer, "datamodule", None)
        if data is not None:
            self.measure(data.training)

    on_test_epoch_start = on_validation_epoch_start

    def validation_step(self, batch: Scenes, batch_idx: int) -> None:
        """Score one batch of the fixed validation moments."""
        self._last = batch, predict_scenes(self.averaged, batch)
        self.scores.add(batch, self._last[1], float(self.bones))
        body = body_masks(self._last[1].xyz, batch.mask.shape[-1])
        self.overlap.update(body[batch.valid], batch.mask[batch.valid])

    def test_step(self, batch: Scenes, batch_idx: int) -> None:
        """Score one batch of the test moments."""
        self.validation_step(batch, batch_idx)

    def on_validation_epoch_end(self) -> None:
        """Log the strict scores, where the truth is known, and the overlap of drawn bodies and masks."""
        self._log_scores("val")

    def on_test_epoch_end(self) -> None:
        """The same for the test moments."""
        self._log_scores("test")

    def _log_scores(self, split: str) -> None:
        found = self.scores.compute() | {"iou": float(self.overlap.compute())}
        self.scores = Scores()
        self.overlap.reset()
        self.log_dict({f"{split}/{name}{'_mm' if 'mpjpe' in name else ''}": value for name, value in found.items()})

    @in_full_precision
    def predict_step(self, batch: ClipView[Scenes], batch_idx: int) -> Pose3D:
        """Poses of a clip from one view, around the pelvis in the axes of each crop; not smoothed.

        A folder of crops does not keep the pictures' camera, so there is no path.
        """
        xyz = scaled(predict_scenes(self.averaged, batch.batch).xyz[:, 0], batch.batch.half[:, 0], float(self.bones))
        rows = len(xyz)
        return Pose3D(
            xyz=xyz.cpu().numpy(),
            measured=np.ones(rows, bool),
            error=np.full(rows, np.nan, np.float32),
            time=batch.time.cpu().numpy(),
        )

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Crops of the last validation batch with the predicted skeletons, one moment per row."""
        from dance3d.stages.detect.validation_pictures import contact_sheet

        return {"val/crops": contact_sheet(*self._last)}

    def export(self, path: Path) -> None:
        """Write the averaged weights, half precision, as ``predict`` reads them."""
        store_net(path, "detect", self.averaged, self.averaged.config)


def _rows(found: PosePrediction, first: int, count: int | None) -> PosePrediction:
    rows = slice(first, None if count is None else first + count)
    across, down, away = (share[rows] for share in found.shares)
    return PosePrediction(found.xyz[rows], found.spread[rows], (across, down, away))


def _downsampled(pictures: Tensor, size: int) -> Tensor:
    """(..., S, S) to (..., size, size), by averaging."""
    times = pictures.shape[-1] // size
    return avg_pool2d(pictures.flatten(0, -3)[:, None], times).view(*pictures.shape[:-2], size, size)
