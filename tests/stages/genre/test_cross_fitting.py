import numpy as np
import pytest

from dance3d.stages.genre.cross_fitting import fold_numbers, leave_folds_out
from dance3d.stages.genre.protocols import TakeInfo, TakeWindow

TAKES = [
    *(TakeInfo(f"x{n}", "x", 100, f"x{n % 4}") for n in range(8)),
    TakeInfo("y0", "y", 90, "y"),
    TakeInfo("y1", "y", 60, "y"),
]


def test_takes_of_a_single_dancer_are_left_out_whole_where_they_are_enough():
    folds = fold_numbers([TakeInfo(name, "z", 50, "z") for name in ("a", "a", "b", "c", "d")])
    assert all(len(set(row)) == 1 for row in folds) and folds[0][0] == folds[1][0], "both cameras of a take"
    assert len({int(row[0]) for row in folds}) == 3


def test_dancers_are_left_out_whole_and_a_single_one_by_blocks_of_time():
    folds = fold_numbers(TAKES)
    assert all(len(set(row)) == 1 for row in folds[:8]) and folds[0][0] == folds[4][0], "both takes of a dancer"
    assert sorted({int(row[0]) for row in folds[:8]}) == [0, 1, 2]
    assert folds[8].tolist() == [0] * 30 + [1] * 30 + [2] * 30


def test_everything_is_tested_once_by_what_trained_on_the_rest():
    splits = leave_folds_out(TAKES)
    tested = np.concatenate([[(w.take, f) for w in s.test for f in range(w.start, w.stop)] for s in splits])
    assert len(tested) == len(np.unique(tested, axis=0)) == sum(take.frames for take in TAKES)
    for number, split in enumerate(splits):
        assert {TAKES[w.take].dancer for w in split.test if TAKES[w.take].genre == "x"}.isdisjoint(
            TAKES[w.take].dancer for w in split.train if TAKES[w.take].genre == "x"
        )
        assert TakeWindow(9, 20 * number, 20 * number + 20) in split.test and not split.val


def test_a_class_without_anything_left_to_train_on_is_refused():
    with pytest.raises(ValueError, match="no training take of z"):
        leave_folds_out([*TAKES, TakeInfo("z", "z", 1, "z")])
