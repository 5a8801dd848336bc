import json
from collections import Counter
from pathlib import Path

import pytest
import torch
from genre_tracks import SIGNS, marked, write

from dance3d.stages.genre.data import GenreBatch, GenreData, RandomWindows
from dance3d.stages.genre.features import WIDTH
from dance3d.stages.genre.track_splits import split_tracks
from dance3d.stages.genre.windows import STEPS


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return write(tmp_path_factory.mktemp("set") / "x")


def loaded(where, **settings):
    data = GenreData(**where, **settings)
    data.setup("fit")
    return data


def test_time_blocks_do_not_touch(where):
    data = loaded(where)
    for train, val, test in zip(data.train_set, data.val_set, data.test_set, strict=True):
        steps = len(train.features.values)
        assert train.span[0] == 0 and train.span[1] <= val.span[0] < val.span[1] <= test.span[0]
        assert test.span[1] == steps and abs(train.span[1] / steps - 0.6) < 0.02


def test_takes_are_counted_on_every_side_that_has_a_part_of_them(where):
    names = {f"{genre}-{seed}" for genre in SIGNS for seed in range(4)}
    assert loaded(where).takes_by_split() == [names, names, names]


def test_drawn_windows_stay_in_their_block(where):
    lines = [{"name": g, "genre": g, "group": g, "split": "train"} for g in "ab"]
    pieces = split_tracks(lines, [marked(200, *"aa"), marked(60, *"bb")], "ab", "time_block")["train"]
    torch.manual_seed(0)
    drawn = RandomWindows(pieces, 50, 4, 0.25, 0.0)
    batches = [drawn.windows(drawn[n], torch.device("cpu")) for n in range(len(drawn))]
    assert len(batches) == 4 and batches[0].features.shape == (50, STEPS, WIDTH)
    rows = [GenreBatch(*row) for batch in batches for row in zip(*batch, strict=True)]
    for item in rows:
        seen = item.features[item.present > 0][:, 0]
        assert seen.max() <= (119 if item.genre == 0 else 35) and seen.min() >= 0
        step = seen.diff()
        assert (step > 0.74).all() and (step < 1.26).all(), "one tempo, at most a quarter off"
        if item.genre == 1:  # 36 steps do not fill a window: nobody at its beginning
            assert not item.present[:3].any() and item.present[-1] == 1


def test_classes_are_drawn_evenly(tmp_path):
    where = write(tmp_path / "x")
    lines = json.loads(Path(where["index"]).read_text())
    lines = [line | {"genre": "salsa" if n < 10 else "modern"} for n, line in enumerate(lines)]  # ten against two
    Path(where["index"]).write_text(json.dumps(lines))
    torch.manual_seed(0)
    data = loaded(where, batch=100, steps=4)
    drawn = Counter(int(g) for batch in data.train_dataloader() for g in batch.genre)
    assert abs(drawn[0] / drawn[1] - 1) < 0.25


def test_the_index_and_the_groups_can_split(tmp_path):
    where = write(tmp_path / "x", seeds=range(5))
    by_group = loaded(where, split="group")
    groups = [{p.group for p in part} for part in (by_group.train_set, by_group.val_set)]
    assert not groups[0] & groups[1] and len(groups[1]) == len(SIGNS)
    lines = json.loads(Path(where["index"]).read_text())
    for line in lines:
        line["split"] = {"0": "test", "1": "val"}.get(line["name"][-1], "train")
    Path(where["index"]).write_text(json.dumps(lines))
    by_index = loaded(where, split="index")
    assert [len(p) for p in (by_index.train_set, by_index.val_set, by_index.test_set)] == [9, 3, 3]


def test_it_is_said_where_takes_held_out_for_testing_train(tmp_path, caplog):
    where = write(tmp_path / "x", split="test")
    assert loaded(where).train_set
    assert "data.split time_block may also train on takes that the data set holds out for testing" in caplog.text
    caplog.clear()
    with pytest.raises(ValueError, match="leaves no training take"):
        loaded(where, split="index")
    assert not caplog.text and loaded(write(tmp_path / "y")).train_set and not caplog.text


def test_windows_for_scoring_are_those_of_predict(where):
    data = loaded(where)
    whole, short = next(iter(data.test_dataloader())), next(iter(data.val_dataloader()))
    assert whole.features.shape == (24, STEPS, WIDTH) and (whole.present == 1).all()  # six seconds: two windows each
    assert short.features.shape == (12, STEPS, WIDTH)  # two seconds, late in the window
    assert (short.present[:, -20:] == 1).all() and (short.present[:, :-20] == 0).all()


def test_statistics_are_those_of_the_training_blocks(where):
    data = loaded(where)
    mean, deviation = data.statistics()
    assert mean.shape == deviation.shape == (WIDTH,) and (deviation >= 0).all()
    assert 0.05 < mean[:154].mean() < 0.3 and torch.isfinite(deviation).all()
    left = torch.tensor([3 * n for n in range(13)]) + 154
    assert abs(float(mean[left].sum())) < 1e-4, "left and right weigh alike"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"index": "nowhere.json"}, "'nowhere.json' is no file"),
        ({"poses": "nowhere"}, "0000.npz is missing"),
        ({"split": "index", "classes": "one"}, "expected two or more"),
        ({"split": "index", "classes": "untrained"}, "no training take of modern"),
    ],
)
def test_what_does_not_fit_is_said(where, tmp_path, change, says):
    lines = json.loads(Path(where["index"]).read_text())
    kind = change.pop("classes", "")
    if kind:
        for line in lines:
            line["genre"] = "salsa" if kind == "one" else line["genre"]
            line["split"] = "test" if line["genre"] == "modern" else "train"
        (tmp_path / "index.json").write_text(json.dumps(lines))
        change = change | {"index": str(tmp_path / "index.json")}
    with pytest.raises(ValueError, match=says):
        loaded({**where, **change})
