import warnings
from functools import partial

import crop_sets
import numpy as np
import pytest
import torch
import yaml
from small_detector import loss_of, make_batch

from dance3d.benchmarks.detect.ablation import ROWS
from dance3d.stages.detect.augment import DetectBatch
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.loss_schedule import Cascade
from dance3d.stages.detect.module import STEPS, DetectModule
from dance3d.training.fit import config

FIRST, *_, LAST = ROWS  # the whole method, and what is left without most of it
SMALL = partial(DetectModule, size=64, width=16, prior=4)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory)


def views(batch, count=None, valid=None, mask=None):
    """The batch with so many views, some of them missing, or with other masks."""
    scenes = batch.scenes
    if count is not None:
        scenes = scenes._replace(
            **{
                name: part[:, :count]
                for name, part in scenes._asdict().items()
                if name not in ("truth", "fitted", "misfit")
            }
        )
    if valid is not None:
        scenes = scenes._replace(valid=torch.tensor(valid).expand_as(scenes.valid))
    if mask is not None:
        distance = torch.full_like(scenes.distance, 64.0)
        scenes = scenes._replace(mask=torch.full_like(scenes.mask, mask), distance=distance)
    return DetectBatch(scenes, batch.invented)


CASES = {
    "one view": {"count": 1},
    "two views": {"count": 2},
    "a view that is missing": {"valid": [True, True, False]},
    "no two views": {"valid": [True, False, False]},
    "empty masks": {"mask": 0},
    "masks that fill the picture": {"mask": 1},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("row", [FIRST, LAST])
def test_bad_moments_give_finite_losses(row, case, batch):
    torch.manual_seed(0)
    module = SMALL(**ROWS[row])
    loss, said = loss_of(module, views(batch, **CASES[case]), 1.0)
    loss.backward()
    assert torch.isfinite(loss), said
    assert all(torch.isfinite(one.grad).all() for one in module.parameters() if one.grad is not None)
    if case in ("one view", "no two views"):
        assert said["train/consensus"] == said["train/symmetry"] == 0, "views agree with nobody"


def test_a_few_steps_on_one_batch_lower_the_loss(batch):
    torch.manual_seed(0)
    module = SMALL()
    adam = torch.optim.AdamW(module.parameters(), lr=3e-3)
    found = []
    for _ in range(16):
        loss, _ = loss_of(module, batch, 1.0)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        adam.step()
        module.average.update_parameters(module.net)
        found.append(float(loss.detach()))
    assert found[-1] < 0.9 * found[0]


def test_joints_never_reach_the_losses_of_calibrated_views(batch):
    other = batch._replace(scenes=batch.scenes._replace(truth=torch.randn_like(batch.scenes.truth)))
    torch.manual_seed(0)
    module = SMALL()
    assert loss_of(module, batch, 1.0)[1] == loss_of(module, other, 1.0)[1], "truth is for scores alone"


def test_invented_bodies_alone_with_no_folder_of_them_is_an_error(batch):
    nothing = DetectBatch(batch.scenes, type(batch.invented)(*(part[:0] for part in batch.invented)))
    with pytest.raises(ValueError, match=r"data\.invented is empty"):
        loss_of(SMALL(), nothing, 0.0)


def test_the_config_that_ships_has_the_default_cascade():
    given = yaml.safe_load(config("detect").read_text())["model"]["cascade"]
    assert vars(Cascade(given)) == vars(Cascade(STEPS))


def test_a_module_comes_back_from_a_safe_checkpoint(tmp_path, batch):
    module = SMALL(cascade=ROWS[LAST]["cascade"])
    kept = {"hyper_parameters": dict(module.hparams), "state_dict": module.state_dict()}
    torch.save(kept, tmp_path / "last.ckpt")
    found = torch.load(tmp_path / "last.ckpt", weights_only=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = DetectModule(**found["hyper_parameters"])
    again.load_state_dict(found["state_dict"])
    assert vars(again.cascade) == vars(module.cascade)
    assert loss_of(again, batch, 0.5)[1] == loss_of(module, batch, 0.5)[1]


def test_footage_without_truth_still_has_a_figure_to_choose_by(tmp_path):
    folder = crop_sets.shots(tmp_path / "own", moments=3, views=2)
    truth = folder / "truth.bin"
    truth.write_bytes(np.full(len(truth.read_bytes()) // 8, np.nan).tobytes())
    module, found = DetectModule(width=16, prior=0), {}
    module.log_dict = found.update
    module.validation_step(MomentDataset(folder).scenes([0, 1, 2]), 0)
    module.on_validation_epoch_end()
    assert set(found) == {"val/iou"} and 0 <= found["val/iou"] <= 1
    for name in ("detect", "tiny/detect"):
        assert yaml.safe_load(config(name).read_text())["checkpoint"]["monitor"] in found


@pytest.mark.parametrize("drawing", ["nearest", "sum", "dots"])
def test_masks_are_drawn_as_the_setting_says(drawing, batch):
    torch.manual_seed(0)
    loss, said = loss_of(SMALL(drawing=drawing), batch, 1.0)
    loss.backward()
    assert torch.isfinite(loss)
    torch.manual_seed(0)
    assert drawing == "nearest" or said["train/skeleton"] != loss_of(SMALL(), batch, 1.0)[1]["train/skeleton"]


def test_a_drawing_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="choose from nearest, sum, dots"):
        SMALL(drawing="mean")


def test_arms_come_after_the_shape_prior():
    for cascade in (STEPS, ROWS[FIRST]["cascade"]):
        steps = Cascade(cascade)
        for share in (share / 100 for share in range(101)):
            weights, arms, _ = steps.now(share)
            assert not arms or weights["physique"] == steps.now(1.0)[0]["physique"]


def test_bodies_fitted_to_masks_are_learned_and_bad_fits_count_less(batch):
    alone = [{"at": 0, "fitted": 1}]
    torch.manual_seed(0)
    module = SMALL(cascade=alone)
    loss, said = loss_of(module, batch, 0.5)
    loss.backward()
    assert said["train/fitted"] > 0 and any(one.grad is not None and one.grad.any() for one in module.net.parameters())
    other = batch.scenes.fitted.clone()
    other[0] += 0.5
    for misfit, same in ((torch.tensor([torch.inf, 0.0]), True), (torch.tensor([0.0, 0.0]), False)):
        torch.manual_seed(0)
        losses = [
            loss_of(module, batch._replace(scenes=batch.scenes._replace(fitted=fits, misfit=misfit)), 0.5)[1]
            for fits in (batch.scenes.fitted, other)
        ]
        assert (losses[0]["train/fitted"] == pytest.approx(losses[1]["train/fitted"], rel=1e-5)) == same


def test_a_cascade_that_asks_for_fits_says_where_to_get_them(batch):
    nothing = batch._replace(scenes=batch.scenes._replace(misfit=torch.full((2,), torch.inf)))
    with pytest.raises(ValueError, match=r"set data\.fitted"):
        loss_of(SMALL(cascade=[{"at": 0, "fitted": 1}]), nothing, 0.0)
