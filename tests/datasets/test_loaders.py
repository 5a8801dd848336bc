"""Any number of workers makes the same batches, and every window comes once."""

import pickle
import signal
from functools import partial

import crop_sets
import genre_tracks
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, DistributedSampler

from dance3d.datasets import loaders
from dance3d.datasets.crop_folder import Crops
from dance3d.datasets.loaders import FPS, BatchSeeds, ClipViews, FixedBatches, RandomBatches, random_loader, workers
from dance3d.io import weights
from dance3d.stages.detect.data import DetectData, MomentDataset
from dance3d.stages.genre.data import GenreData
from dance3d.stages.keypoints.data import KeypointData
from dance3d.stages.lift.data import LiftData
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.lift.semi_supervised.data import SemiData
from dance3d.stages.motion.windows import JoinedTracks, TrackSample, TrackWindows, batch_of
from dance3d.training import fit as training

STEPS = 5


def lift(folder, number):
    return LiftData(minutes=0.5, batch=2, steps=STEPS, workers=number)


def semi(folder, number):
    return SemiData(minutes=0.5, batch=2, steps=STEPS, workers=number)


def keypoints(folder, number):
    return KeypointData(str(folder / "crops"), batch=3, steps=STEPS, workers=number)


def detect(folder, number):
    invented = str(folder / "invented")
    return DetectData(str(folder / "crops"), invented, moments=2, bodies=2, steps=STEPS, workers=number)


def genre(folder, number):
    tracks = {"index": "index.json", "poses": "poses", "movements": "movements"}
    return GenreData(**{name: str(folder / at) for name, at in tracks.items()}, batch=3, steps=STEPS, workers=number)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("data")
    crop_sets.shots(at / "crops", moments=4, views=2)
    crop_sets.invented(at / "invented", 6)
    genre_tracks.write(at, seeds=range(1))
    return at


@pytest.fixture(autouse=True)
def one_thread():
    """As workers have, so that sums are equal to the last digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tensors(batch):
    return [batch] if isinstance(batch, torch.Tensor) else [part for one in batch for part in tensors(one)]


def epochs(data, seed=1, count=2):
    data.setup()
    loader = data.train_dataloader()
    torch.manual_seed(seed)
    return [[tensors(batch) for batch in loader] for _ in range(count)]


def same(one, other):
    return len(one) == len(other) and all(
        torch.equal(a, b) for some, more in zip(one, other, strict=True) for a, b in zip(some, more, strict=True)
    )


@pytest.mark.parametrize("make", [lift, semi, keypoints, detect], ids=lambda make: make.__name__)
def test_workers_make_the_same_epochs(make, folder):
    alone, two, other = epochs(make(folder, 0)), epochs(make(folder, 2)), epochs(make(folder, 0), seed=2, count=1)
    assert [len(epoch) for epoch in alone] == [STEPS, STEPS]
    assert all(same(a, b) for a, b in zip(alone, two, strict=True))
    assert not same(alone[0], alone[1]) and not same(alone[0], other[0])


@pytest.mark.parametrize("make", [keypoints, detect], ids=lambda make: make.__name__)
def test_takes_of_crops_are_counted(make, folder):
    data = make(folder, 0)
    data.setup()
    assert [len(names) for names in data.takes_by_split()] == [1, 0, 0]


def test_workers_of_the_genre_data_are_seeded_too(folder):
    first, again = (epochs(genre(folder, 2)) for _ in range(2))
    assert all(same(a, b) for a, b in zip(first, again, strict=True)) and not same(*first)
    assert len(first[0]) == len(epochs(genre(folder, 0), count=1)[0]) == STEPS


@pytest.mark.parametrize("number", [0, 2])
def test_every_window_comes_once(number):
    frames = torch.arange(95.0)[:, None, None].expand(95, 17, 4)
    found = [TrackSample(frames + 1000 * n, torch.zeros(95, 154).bool(), torch.zeros(95, 154)) for n in range(3)]
    cut = partial(batch_of, JoinedTracks(found), 10)
    windows = TrackWindows([95] * 3, 10, False)
    loader = DataLoader(windows, batch_size=4, shuffle=True, num_workers=number, collate_fn=cut)
    seen = torch.cat([batch.joints[batch.valid][:, 0, 0] for batch in loader])
    assert sorted(seen.tolist()) == sorted(1000.0 * n + t for n in range(3) for t in range(95))


def test_random_batches_depend_on_their_seed_alone():
    batches = RandomBatches(lambda generator: torch.rand(3, generator=generator))
    assert torch.equal(batches[7], batches[7]) and not torch.equal(batches[7], batches[8])


def test_fixed_batches_come_once_and_in_order():
    fixed = FixedBatches(lambda rows: rows.tolist(), np.array([1, 3, 5, 6, 8]), 2)
    assert list(fixed) == [[1, 3], [5, 6], [8]] and len(fixed) == 3
    with pytest.raises(IndexError):
        fixed[3]


def test_views_of_clips_are_sorted_by_time_and_the_first_crop_of_a_frame_counts():
    crops = [(("b", 0), 4, 0), (("a", 1), 9, 1), (("a", 1), 3, 2), (("a", 1), 9, 3)]
    views = list(ClipViews(crops, lambda view, rows: (view, rows)))
    assert [one.batch for one in views] == [(("a", 1), [2, 1]), (("b", 0), [0])]
    assert [one.time.tolist() for one in views] == [[3 / FPS, 9 / FPS], [4 / FPS]]


def test_workers_are_chosen_by_the_machine_where_nobody_says(monkeypatch):
    assert [workers(number) for number in (0, 3)] == [0, 3]
    with pytest.raises(ValueError, match=r"data\.workers is -1, expected 0 or more"):
        workers(-1)
    for gpu, cores, expected in ((False, 16, 0), (True, 2, 1), (True, 64, 4), (True, 1, 0)):
        monkeypatch.setattr("torch.cuda.is_available", lambda gpu=gpu: gpu)
        monkeypatch.setattr("dance3d.datasets.loaders.usable_cores", lambda cores=cores: cores)
        assert workers(None) == expected


def test_loaders_are_left_alone_on_several_devices_and_last_where_they_may():
    assert isinstance(BatchSeeds(3), DistributedSampler) and len(list(BatchSeeds(3))) == len(BatchSeeds(3)) == 3
    assert (
        random_loader([0], 3, 2).persistent_workers and not random_loader([0], 3, 2, lasting=False).persistent_workers
    )
    assert not random_loader([0], 3, 0).persistent_workers and SemiData.lasting is False


def test_crops_go_to_another_process_as_their_folder(folder):
    moments = MomentDataset(folder / "crops")
    assert len(moments.distance) == len(moments.crops.mask)
    sent = pickle.dumps(moments)
    assert len(sent) < 5000  # and not the pictures
    again = pickle.loads(sent)
    assert isinstance(again.crops, Crops) and np.array_equal(again.distance, moments.distance)


def test_a_training_is_the_same_with_workers_and_goes_on_exactly(tmp_path, monkeypatch):
    def fit(name, number):
        given = {"model.width": 8, "trainer.max_epochs": 3, "trainer.limit_val_batches": 0, "wandb": "off"}
        given |= {"trainer.accelerator": "cpu", "trainer.precision": "32-true"}
        data = {"minutes": 0.5, "batch": 2, "steps": STEPS, "workers": number}
        made = training.fit("lift", {**given, "data": data}, [training.config("base")], tmp_path / name)
        return {name: array.tobytes() for name, array in weights.load(made, "lift")[0].items()}

    alone, step = fit("alone", 0), LiftModule.training_step
    assert fit("two", 2) == alone

    def stopped(self, *args):
        if self.global_step == STEPS + 2:
            signal.raise_signal(signal.SIGTERM)
        return step(self, *args)

    monkeypatch.setattr(LiftModule, "training_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        fit("on", 2)
    monkeypatch.setattr(LiftModule, "training_step", step)
    assert fit("on", 0) == alone, "with seeds, too, of which the batches are made on the trainer's device"


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_two_processes_score_every_row_once_and_neither_goes_without(count, monkeypatch):
    monkeypatch.setattr(loaders.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(loaders.distributed, "get_world_size", lambda: 2)
    found = []
    for rank in range(2):
        monkeypatch.setattr(loaders.distributed, "get_rank", lambda rank=rank: rank)
        listed = loaders.scored_loader(list(range(count)), 2)
        fixed = loaders.scored_loader(FixedBatches(torch.from_numpy, np.arange(count), 2))
        assert isinstance(listed.sampler, DistributedSampler) and isinstance(fixed.sampler, DistributedSampler)
        rows = torch.cat(list(listed)).tolist()
        assert rows == torch.cat(list(fixed)).tolist() and rows
        found += rows
    assert sorted(found) == (list(range(count)) if count > 1 else [0, 0])
