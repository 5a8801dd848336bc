"""Batches made on the trainer's device: on a CPU those of the loaders alone; on any other, every tensor lies there."""

from types import SimpleNamespace

import genre_tracks
import pytest
import torch
from moving_arms import make_training_set
from pretended_gpu import GPU, PretendedGPU

from dance3d.datasets.device_batches import CPU, Resident, Seed, generator_on
from dance3d.stages.detect.augment import Invented, Scenes, augmented_invented, augmented_scenes
from dance3d.stages.genre.data import GenreData
from dance3d.stages.keypoints.augment import KeypointBatch, augmented
from dance3d.stages.lift.augment import Takes
from dance3d.stages.lift.data import LiftData
from dance3d.stages.lift.extremities.data import ExtremityData
from dance3d.stages.lift.semi_supervised.data import SemiData
from dance3d.stages.motion.data import MotionData

MAKES = {
    "lift": lambda folder: LiftData(minutes=0.5, batch=2, steps=3),
    "semi": lambda folder: SemiData(minutes=0.5, batch=2, steps=3),
    "extremities": lambda folder: ExtremityData(minutes=0.05, batch=2, steps=3, films=1, chunk=16),
    "motion": lambda folder: MotionData(**make_training_set(folder / "motion"), frames=40, batch=3),
    "genre": lambda folder: GenreData(**genre_tracks.write(folder / "genre", seeds=range(1)), batch=4, steps=3),
}


@pytest.fixture(scope="module", params=MAKES)
def data(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "motion").mkdir()
    made = MAKES[request.param](folder)
    made.setup("fit")
    return made


@pytest.fixture
def on(data):
    """Let a trainer on some device drive the data."""

    def drive(device):
        data.trainer = SimpleNamespace(strategy=SimpleNamespace(root_device=device))
        return data

    yield drive
    data.trainer = None


def tensors(batch):
    if isinstance(batch, torch.Tensor):
        return [batch]
    return [part for one in (batch.values() if isinstance(batch, dict) else batch) for part in tensors(one)]


def test_on_a_cpu_they_are_those_of_the_loader_alone(data, on):
    torch.manual_seed(1)
    alone = list(data.train_dataloader())
    torch.manual_seed(1)
    given = list(on(CPU).train_dataloader())
    made = [data.transfer_batch_to_device(one, CPU, 0) for one in given]
    for one, other in zip(alone, made, strict=True):
        assert type(one) is type(other)
        for a, b in zip(tensors(one), tensors(other), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
    if isinstance(given[0], Seed):
        again = [data.transfer_batch_to_device(one, CPU, 0) for one in given]
        assert all(torch.equal(a, b) for a, b in zip(tensors(made), tensors(again), strict=True)), "by the seed alone"


def test_no_tensor_stays_behind(data, on):
    given = next(iter(on(GPU).train_dataloader()))
    with PretendedGPU():
        made = data.transfer_batch_to_device(given, GPU, 0)
    assert {one.device for one in tensors(made)} == {GPU}


def changed_pictures():
    """Everything that the changes of pictures give: of several views, of invented bodies, and of keypoints."""
    size, flags = 32, torch.ones(4, 2, dtype=torch.bool)
    pictures = (torch.arange(4 * 2 * size * size * 3) % 251).view(4, 2, size, size, 3).byte()
    cameras = torch.eye(4)[:3].expand(4, 2, 3, 4)
    masks = pictures[..., 0] % 2
    bodies = torch.zeros(4, 17, 3), torch.ones(4, 17, 3)
    scenes = Scenes(pictures, masks, masks.float(), torch.ones(4, 2), cameras, flags, *bodies, torch.zeros(4))
    joints = torch.linspace(-0.9, 0.9, 4 * 17 * 3).view(4, 17, 3)
    bodies = Invented(pictures[:, 0], masks[:, 0], joints)
    crops = KeypointBatch(pictures[:, 0], masks[:, 0], joints[..., :2], torch.ones(4, 17), torch.ones(4))
    return (*augmented_scenes(scenes), *augmented_invented(bodies), *augmented(crops))


def test_pictures_are_changed_where_they_lie():
    with PretendedGPU(), torch.device(GPU):
        assert {one.device for one in changed_pictures()} == {GPU}


def test_pictures_are_changed_in_float32_under_autocast():
    torch.manual_seed(0)
    expected = changed_pictures()
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        found = changed_pictures()
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_batches_are_made_in_float32_under_autocast(data, on):
    torch.manual_seed(1)
    given = next(iter(on(CPU).train_dataloader()))
    expected = data.transfer_batch_to_device(given, CPU, 0)
    with torch.autocast("cpu", torch.bfloat16):
        found = data.transfer_batch_to_device(given, CPU, 0)
    for one, other in zip(tensors(found), tensors(expected), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


def test_takes_move_once():
    takes, resident = Takes(*(torch.zeros(2) for _ in range(5))), Resident()
    assert resident(takes, CPU) is takes and resident(takes, GPU).xyz.is_meta
    assert resident(takes, GPU) is resident(takes, GPU)
    other = takes._replace(xyz=torch.ones(3))
    assert len(resident(other, GPU).xyz) == 3
    assert generator_on(GPU, 1) is None and generator_on(CPU, 7).initial_seed() == 7


def test_apples_gpu_gets_what_the_cpu_made(on, data, monkeypatch):
    if not isinstance(data, LiftData):
        pytest.skip("one kind is enough")
    seen = []
    on(CPU).train_dataloader()
    making = data._making
    monkeypatch.setattr(data, "_making", making._replace(make=lambda given, device: seen.append(device)))
    data.transfer_batch_to_device(Seed(1), torch.device("mps"), 0)
    assert seen == [CPU]


@pytest.mark.gpu
def test_on_a_gpu_they_are_made_by_the_same_rules(data, on):
    cuda = torch.device("cuda", 0)
    made = [data.transfer_batch_to_device(one, cuda, 0) for one in on(cuda).train_dataloader()]
    assert all(one.device == cuda for one in tensors(made))
    data.trainer = None
    for one, other in zip(tensors(made[0]), tensors(next(iter(data.train_dataloader()))), strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        assert not one.is_floating_point() or one.nan_to_num().isfinite().all()
