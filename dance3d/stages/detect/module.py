"""The detector's LightningModule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from dance3d.io import weights
from dance3d.losses import mean_where
from dance3d.masks import geodesic_weight, lines, skeleton_mask
from dance3d.metrics import MaskIoU
from dance3d.stages.detect.augment import AugmentedPictures, DetectBatch, Scenes, changed_invented, changed_scenes
from dance3d.stages.detect.body_template import grown, standing
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.evaluator import Scores, body_length, drawn, scaled, seen
from dance3d.stages.detect.load import BONES, load
from dance3d.stages.detect.loss_schedule import Cascade, Step
from dance3d.stages.detect.model import HourglassNet, PosePrediction, ShapePrior, answers
from dance3d.stages.detect.multiview_consensus import agree

MASK_SIZE = 64
"""Pixels at which masks are drawn and compared, whatever the size of the crops: a line is then four pixels wide."""
_APART = 0.08  # halves of the picture: what views that far apart agree on counts half
_HEAT = 0.2  # of the heatmaps' cross-entropy beside the joints' distance, halves of the picture
STEPS: list[Step] = [
    {"at": 0, "invented": 1},
    {"at": 0.6, "consensus": 0, "skeleton": 0, "symmetry": 0, "bending": 0},
    {"at": 0.62, "consensus": 1, "skeleton": 1, "symmetry": 0.3, "bending": 1},
    {"at": 0.7, "arms": True, "physique": 0},
    {"at": 0.85, "physique": 1},
]


class DetectModule(L.LightningModule):
    """Trains the detector from masks and calibrated views; validates and exports the running average of its weights.

    Args:
        size: of the crops, pixels.
        width: channels of the detector.
        stacks: hourglasses of the detector.
        depth: cells of the heatmap along z.
        prior: channels of the shape prior network at full size; 0 for none, and so no physique loss.
        cascade: weights of the losses as training goes on (``cascade.Cascade``).
        geodesic: masks are weighed by their distance maps (equation 9).
        triangulate: masks are drawn from what all views agree on (equation 10), else from every view's own answer.
        sides: views that contradict the others in left and right are turned before they are triangulated.
        average: decay of the running average of the weights.
        start: weights file to start from, of a detector of the same shape; from nothing if empty.
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
        triangulate: bool = True,
        sides: bool = True,
        average: float = 0.99,
        start: str = "",
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = HourglassNet(size, width, stacks, depth)
        if start:
            begun = load(Path(start))
            config = {name: value for name, value in begun.config.items() if name != "bones"}
            if config != self.net.config:
                raise ValueError(f"model.start {start} is a detector of {config}, the settings say {self.net.config}")
            self.net.load_state_dict(begun.state_dict())
        self.net = self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.prior = ShapePrior(prior).to(memory_format=torch.channels_last) if prior else None  # type: ignore[call-overload]
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(average))  # type: ignore[no-untyped-call]
        self.average.requires_grad_(False)
        self.cascade = Cascade(cascade)
        self.bones: Tensor
        self.register_buffer("bones", torch.tensor(BONES))
        self.share: float | None = None
        """Of the training that is done, where a clock and not the number of steps ends it."""
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
        """Loss of one batch: the terms of the cascade."""
        now, arms, step = self.cascade.now(self._share())
        views = any(now[name] for name in now if name != "invented")
        shown = invented = None
        pictures: list[Tensor] = []
        parts: dict[str, Tensor] = {}
        if views:
            shown = changed_scenes(batch.scenes)
            pictures.append(shown.pictures.flatten(0, 1))
        if now["invented"] and len(batch.invented.joints):
            invented = changed_invented(batch.invented)
            pictures.append(invented[0])
        if not pictures:
            raise ValueError("the cascade asks for invented bodies alone, and data.invented is empty")
        found = self.net(torch.cat(pictures).contiguous(memory_format=torch.channels_last))
        if shown is not None:
            parts |= self._seen(_part(found, 0, shown.half.numel()), shown, batch.scenes.there, now, arms)
        if invented is not None:
            parts |= self._invented(_part(found, len(found.xyz) - len(invented[0]), None), invented, now)
        loss = torch.stack([now.get(name, 1.0) * value for name, value in parts.items()]).sum()
        self.log("train/loss", loss, prog_bar=True)
        self.log_dict({f"train/{name}": value for name, value in parts.items()})
        self.log_dict({f"weight/{name}": value for name, value in now.items()} | {"weight/step": float(step)})
        return loss

    def _invented(
        self, found: PosePrediction, invented: tuple[Tensor, Tensor, Tensor], now: dict[str, float]
    ) -> dict[str, Tensor]:
        """How far answers on invented bodies are off; and what the shape prior makes of their true joints."""
        _, mask, joints = invented
        parts = {"invented": _placed(found, joints).mean()}
        if self.prior is not None and (now["skeleton"] or now["physique"]):
            true = _shrunk(mask, min(mask.shape[-1], MASK_SIZE))
            drawn = skeleton_mask(joints[..., :2], true.shape[-1], lines())
            parts["prior"] = binary_cross_entropy_with_logits(self.prior(drawn), true)
        return parts

    def _seen(
        self, found: PosePrediction, shown: AugmentedPictures, there: Tensor, now: dict[str, float], arms: bool
    ) -> dict[str, Tensor]:
        """The terms of moments that several views show."""
        by_view = (*shown.half.shape, -1)
        xyz = found.xyz.view(*by_view, 3)
        parts: dict[str, Tensor] = {}
        if now["standing"]:
            upright = _placed(found, standing(shown.mask.flatten(0, 1)))
            parts["standing"] = mean_where(upright.view(by_view), there[..., None])
        agreed = agree(xyz, found.spread.view(by_view), shown.half, shown.extrinsics, there, self.hparams["sides"])
        several = there & (there.sum(1, keepdim=True) > 1)
        if now["consensus"]:
            target = answers(grown(agreed.world.detach())[:, None], shown.extrinsics, shown.half)
            # Along the picture only where sides are exchanged: to draw every view to the mean shortens limbs.
            flat = agreed.turned & self.hparams["triangulate"]
            off = _placed(found, target.flatten(0, 1), flat.flatten()).view(by_view)
            trust = 1 / (1 + (agreed.miss / _APART).square())
            parts["consensus"] = mean_where(off, several[..., None] * (trust * agreed.sure)[:, None])
        if now["symmetry"]:
            parts["symmetry"] = mean_where(losses.symmetry(agreed.world), several[:, 0])
        if now["bending"]:
            parts["bending"] = mean_where(losses.backward_bend(agreed.world).sum(-1), several[:, 0])
        if now["skeleton"] or now["physique"]:
            together = several & self.hparams["triangulate"]
            joints = torch.where(together[..., None, None], agreed.seen[..., :2], xyz[..., :2])
            parts |= self._masks(joints, shown, there, now, arms)
        return parts

    def _masks(
        self, joints: Tensor, shown: AugmentedPictures, there: Tensor, now: dict[str, float], arms: bool
    ) -> dict[str, Tensor]:
        """How far the masks drawn from joints (N, V, 17, 2) are off: the skeleton's, and the shape prior's."""
        fine = shown.mask.shape[-1]
        coarse = min(fine, MASK_SIZE)
        true, distance = (_shrunk(one, coarse) for one in (shown.mask, shown.distance * (coarse / fine)))
        weight = geodesic_weight(distance, true) if self.hparams["geodesic"] else torch.ones_like(true)
        drawn = skeleton_mask(joints, true.shape[-1], lines(arms))
        parts = {"skeleton": mean_where(losses.mask(drawn, true, weight), there)}
        if self.prior is not None and now["physique"]:
            made = torch.sigmoid(self.prior(drawn.flatten(0, 1))).view_as(true)
            parts["physique"] = mean_where(losses.mask(made, true, weight), there)
        return parts

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Step, and move the running average before anyone saves a checkpoint of it."""
        super().optimizer_step(*args, **kwargs)
        self.average.update_parameters(self.net)

    def measure(self, moments: MomentDataset) -> None:
        """Learn from calibrated views how long an average body's bones are, as the net shows them."""
        self.bones.fill_(body_length(self.averaged, moments) or BONES)

    def on_validation_epoch_start(self) -> None:
        """See ``measure``."""
        data = getattr(self.trainer, "datamodule", None)
        if data is not None:
            self.measure(data.training)

    on_test_epoch_start = on_validation_epoch_start

    def validation_step(self, batch: Scenes, batch_idx: int) -> None:
        """Score one batch of the fixed validation moments."""
        self._shown = batch, seen(self.averaged, batch)
        self.scores.add(batch, self._shown[1], float(self.bones))
        body = drawn(self._shown[1].xyz, batch.mask.shape[-1])
        self.overlap.update(body[batch.there], batch.mask[batch.there])

    def test_step(self, batch: Scenes, batch_idx: int) -> None:
        """Score one batch of the test moments."""
        self.validation_step(batch, batch_idx)

    def on_validation_epoch_end(self) -> None:
        """Tell the strict figures, where the truth is known, and how far the bodies drawn overlap the masks."""
        self._tell("val")

    def on_test_epoch_end(self) -> None:
        """The same of the test moments."""
        self._tell("test")

    def _tell(self, split: str) -> None:
        found = self.scores.compute() | {"iou": float(self.overlap.compute())}
        self.scores = Scores()
        self.overlap.reset()
        self.log_dict({f"{split}/{name}{'_mm' if 'mpjpe' in name else ''}": value for name, value in found.items()})

    def predict_step(self, batch: ClipView[Scenes], batch_idx: int) -> Pose3D:
        """What one view alone says of a clip, around the pelvis in the axes of each crop; not smoothed.

        A folder of crops does not keep what the pictures' camera was, so there is no path.
        """
        xyz = scaled(seen(self.averaged, batch.batch).xyz[:, 0], batch.batch.half[:, 0], float(self.bones))
        rows = len(xyz)
        return Pose3D(
            xyz=xyz.cpu().numpy(),
            measured=np.ones(rows, bool),
            error=np.full(rows, np.nan, np.float32),
            time=batch.time.cpu().numpy(),
        )

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Crops of the last validation batch with the skeletons found, every view of a moment in a row."""
        from dance3d.stages.detect.pictures import contact_sheet

        return {"val/crops": contact_sheet(*self._shown)}

    def export(self, path: Path) -> None:
        """Write the averaged weights, half precision, as ``predict`` reads them."""
        net = self.averaged
        arrays = {name: value.half().cpu().numpy() for name, value in net.state_dict().items()}
        weights.save(path, arrays, "detect", net.config)


def _part(found: PosePrediction, first: int, count: int | None) -> PosePrediction:
    rows = slice(first, None if count is None else first + count)
    across, down, away = (share[rows] for share in found.shares)
    return PosePrediction(found.xyz[rows], found.spread[rows], (across, down, away))


def _placed(found: PosePrediction, joints: Tensor, flat: Tensor | None = None) -> Tensor:
    """(B, 17) how far answers are from joints (B, 17, 3), by place and by heatmap; where not ``flat`` (B,), along z."""
    apart = (found.xyz - joints).abs()
    heat = torch.stack([losses.heatmap(share, joints[..., axis]) for axis, share in enumerate(found.shares)], -1)
    off = apart / 3 + _HEAT * heat
    return off.sum(-1) if flat is None else off[..., 2] + off[..., :2].sum(-1) * flat[:, None]


def _shrunk(pictures: Tensor, size: int) -> Tensor:
    """(..., S, S) to (..., size, size), means of squares of pixels."""
    times = pictures.shape[-1] // size
    return avg_pool2d(pictures.flatten(0, -3)[:, None], times).view(*pictures.shape[:-2], size, size)
