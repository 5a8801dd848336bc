import pytest
import torch
from lift_clips import clips

from dance3d.skeleton import H36M17
from dance3d.stages.lift.augment import Augment, Windows, make_batch
from dance3d.stages.lift.data import LiftData, join_takes
from dance3d.stages.lift.passes import TakePass, WindowNumbers
from dance3d.stages.lift.semi_supervised.unsupervised import UnlabelledData

AS_FILMED = Augment(0.0, 0.0)


def test_an_epoch_sees_every_window_once_as_it_is_and_once_mirrored():
    takes = join_takes(clips((20, 9)))
    windows = TakePass(takes, AS_FILMED, 1, 4)
    assert len(windows) == 2 * 29 and windows.middle.tolist() == list(range(29))
    assert windows.take.tolist() == [0] * 20 + [1] * 9
    chunks = TakePass(takes, AS_FILMED, 4, 4)
    assert chunks.middle.tolist() == [2, 6, 10, 14, 18, 22, 26] and len(chunks) == 14


def test_an_action_is_passed_over_as_often_as_all_takes_hold_it():
    """Bai's unit epochs: the training of one genre sees as many samples as that of all, rounded down."""
    given = {"minutes": 0.1, "passes": True, "chunk": 16, "bodies": 0.0, "val_groups": ()}
    every, one, plain = (
        LiftData(**given, **more) for more in ({}, {"only": ("salsa",), "unit_epochs": True}, {"only": ("salsa",)})
    )
    sizes = []
    for data in (every, one, plain):
        data.setup()
        sizes.append(len(data.train_dataloader().dataset))
    times = sum(len(clip.xyz) for clip in every.train_clips) // sum(len(clip.xyz) for clip in one.train_clips)
    assert times > 1 and sizes[1] == times * sizes[2] and sizes[0] - sizes[2] < sizes[1] <= 1.01 * sizes[0]
    windows = one.train_dataloader().dataset
    assert sorted(map(windows.__getitem__, range(len(windows)))) == sorted([*range(sizes[2])] * times)


def test_a_window_is_the_take_as_it_was_filmed_and_its_mirror_image():
    takes = join_takes(clips((20, 9)))
    numbers = torch.tensor([0, 7, 25])
    straight = make_batch(
        takes, AS_FILMED, 3, 5, torch.Generator().manual_seed(0), Windows(torch.tensor([0, 0, 1]), numbers, numbers < 0)
    )
    rows = (numbers[:, None] + torch.arange(-2, 3)).clamp(
        torch.tensor([0, 0, 20])[:, None], torch.tensor([19, 19, 28])[:, None]
    )
    bones = [takes.xyz[rows][:, :, c] - takes.xyz[rows][:, :, p] for p, c in H36M17.bones]
    found = [straight.xyz[:, :, c] - straight.xyz[:, :, p] for p, c in H36M17.bones]
    torch.testing.assert_close(torch.stack(found).norm(dim=-1), torch.stack(bones).norm(dim=-1), rtol=0, atol=1e-4)
    windows = TakePass(takes, AS_FILMED, 1, 4)
    one, other = (windows.on(WindowNumbers(numbers + 29 * k, 5), torch.device("cpu")).xyz for k in (0, 1))
    lengths = [(pose[:, :, 6] - pose[:, :, 5]).norm(dim=-1) for pose in (one, other[:, :, H36M17.swap])]
    torch.testing.assert_close(*lengths, rtol=0, atol=1e-4)
    assert not torch.allclose(one, other)


def test_the_loader_passes_over_the_takes_anew_in_every_epoch():
    data = LiftData(minutes=0.1, passes=True, batch=512, chunk=16, bodies=0.0)
    data.setup()
    loader = data.train_dataloader()
    torch.manual_seed(0)
    sizes = [len(made.rays) for made in loader]
    assert sum(sizes) == 2 * len(loader.dataset.middle) and len(loader) == len(sizes)
    first, second = next(iter(loader)).xyz, next(iter(loader)).xyz
    assert not torch.equal(first, second)
    with pytest.raises(ValueError, match=r"data.passes counts only where every take has labels"):
        UnlabelledData(passes=True)
