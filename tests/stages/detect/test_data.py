from types import SimpleNamespace

import crop_sets
import numpy as np
import pytest
import torch

from dance3d.datasets.crop import Crop
from dance3d.datasets.crop_folder import CropWriter
from dance3d.datasets.loaders import FPS
from dance3d.stages.detect.data import DetectData, MomentDataset, clip_views, fixed_batches, random_batch
from dance3d.stages.detect.model import HourglassNet, net_targets


def write(folder, views=(2, 3, 1), names=("a", "a", "b"), splits=("train", "train", "val"), truth=True, size=16):
    """Crops whose pixels say which crop they are; a body at the origin."""
    count = 0
    with CropWriter(folder, size) as writer:
        for n, (number, name, split) in enumerate(zip(views, names, splits, strict=True)):
            crops = []
            for _ in range(number):
                mask = np.zeros((size, size), bool)
                mask[4:12, 4:12] = True
                E = np.hstack([np.eye(3), [[0], [0], [3 + count]]])
                crops.append(Crop(np.full((size, size, 3), count, np.uint8), mask, 20.0 + count, E, np.eye(3)))
                count += 1
            known = np.random.default_rng(n).normal(0, 0.3, (17, 3)) if truth else None
            writer.write(crops, name, name, split, 10 - n, known)
    return folder


def test_moments_have_as_many_views_as_the_widest_of_them(tmp_path):
    scenes = MomentDataset(write(tmp_path)).scenes([0, 1, 2])
    assert scenes.valid.tolist() == [[True, True, False], [True] * 3, [True, False, False]]
    assert scenes.image[:, :, 0, 0, 0].tolist() == [[0, 1, 1], [2, 3, 4], [5, 5, 5]], "the last view is repeated"
    assert scenes.half[0, 1] == pytest.approx(8 / 21) and scenes.extrinsics[1, 2, 2, 3] == 7
    assert scenes.distance.shape == (3, 3, 16, 16) and torch.isfinite(scenes.truth).all()
    assert MomentDataset(tmp_path, views=2).scenes([1]).valid.shape == (1, 2), "no more views than asked for"


def test_splits_and_shares_keep_whole_takes(tmp_path):
    names = [f"take{n}" for n in range(8) for _ in range(2)]
    write(tmp_path, (1,) * 16, names, ("train",) * 16)
    every, half = MomentDataset(tmp_path, "train"), MomentDataset(tmp_path, "train", share=0.5)
    kept = [names[row] for row in half.rows]
    assert len(every) == 16 and len(half) == 8 and all(kept.count(name) == 2 for name in kept)
    assert len(MomentDataset(tmp_path, "test")) == 0
    few, more = (set(MomentDataset(tmp_path, share=s).rows) for s in (0.25, 0.5))
    assert few < more, "less data is a part of more data"


def test_an_epoch_is_drawn_from_torchs_own_random_state(tmp_path):
    data = DetectData(
        str(crop_sets.shots(tmp_path / "s", 4, 2)), str(crop_sets.invented(tmp_path / "i")), 2, 3, steps=2
    )
    data.setup()

    def epoch(seed):
        torch.manual_seed(seed)
        return list(data.train_dataloader())

    one, again, other = epoch(1), epoch(1), epoch(2)
    same = [torch.equal(a, b) for p, q in zip(one, again, strict=True) for a, b in zip(p.scenes, q.scenes, strict=True)]
    assert all(same) and len(one) == 2 and one[0].invented.joints.shape == (3, 17, 3)
    assert any(not torch.equal(p.invented.joints, q.invented.joints) for p, q in zip(one, other, strict=True))


def test_crops_of_another_size_than_the_nets_are_refused_before_training(tmp_path):
    data = DetectData(str(crop_sets.shots(tmp_path / "s", 2, 2)))
    data.trainer = SimpleNamespace(lightning_module=SimpleNamespace(net=HourglassNet(128, 16)))
    with pytest.raises(ValueError, match=r"crops of 64 pixels, model\.size is 128"):
        data.setup("fit")


def test_invented_joints_are_what_the_net_should_answer(tmp_path):
    data = DetectData(str(write(tmp_path)), str(tmp_path))
    data.setup()
    scenes = data.training.scenes([0])
    want = net_targets(scenes.truth, scenes.extrinsics[:, 0], scenes.half[:, 0])
    torch.testing.assert_close(data.bodies.joints[:1], want, atol=1e-5, rtol=0)


def test_without_invented_bodies_their_part_of_the_batch_is_empty(tmp_path):
    data = DetectData(str(write(tmp_path)), steps=1)
    data.setup()
    batch = random_batch(data.training, data.bodies, 2, 5, torch.Generator())
    assert batch.invented.image.shape == (0, 16, 16, 3) and batch.invented.joints.shape == (0, 17, 3)


def test_fixed_moments_come_once_and_in_order(tmp_path):
    (batch,) = fixed_batches(MomentDataset(write(tmp_path)))
    assert batch.image[:, 0, 0, 0, 0].tolist() == [0, 2, 5] and batch.distance.shape[-2:] == (0, 0)


def test_every_view_of_a_clip_is_a_track_of_its_own_with_rows_in_order_of_time(tmp_path):
    found = list(clip_views(MomentDataset(write(tmp_path))))
    assert [one.time.tolist() for one in found] == [[9 / FPS, 10 / FPS], [9 / FPS, 10 / FPS], [9 / FPS], [8 / FPS]]
    assert [one.batch.image[:, 0, 0, 0, 0].tolist() for one in found] == [[2, 0], [3, 1], [4], [5]]
    assert all(one.batch.valid.all() for one in found)


@pytest.mark.parametrize(
    ("given", "said"),
    [({"share": 0.0}, "data.share is 0.0"), ({"moments": 0}, "expected 1, 0 and 1 or more"), ({"bodies": -1}, "1, 0")],
)
def test_settings_out_of_range_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        DetectData("crops", **given)


def test_folders_that_do_not_fit_are_named(tmp_path):
    write(tmp_path / "held", splits=("val", "val", "test"))
    with pytest.raises(ValueError, match="holds no moment of split train"):
        DetectData(str(tmp_path / "held")).setup()
    write(tmp_path / "ok"), write(tmp_path / "large", size=32), write(tmp_path / "blind", truth=False)
    with pytest.raises(ValueError, match=r"crops of 32 pixels, data\.crops of 16"):
        DetectData(str(tmp_path / "ok"), str(tmp_path / "large")).setup()
    with pytest.raises(ValueError, match="joints are not known"):
        DetectData(str(tmp_path / "ok"), str(tmp_path / "blind")).setup()
    with pytest.raises(ValueError, match="is no folder of crops"):
        DetectData(str(tmp_path / "nowhere")).setup()
