from dataclasses import replace

import numpy as np
import pytest

from dance3d.contracts import MotionClip
from dance3d.datasets.folds import fold_apart, fold_of_groups


def take(name, group, genre, frames, split=""):
    return MotionClip(np.zeros((frames, 17, 3), np.float32), 30.0, name, group, genre, split)


TAKES = [
    *(take(f"s{n}", f"couple{n // 2}", "salsa", 100) for n in range(6)),
    take("b", "breaker", "break", 300),
    take("t", "held", "salsa", 900, "test"),
]


def test_groups_stay_whole_and_genres_are_spread():
    fold = fold_of_groups(TAKES, 3)
    assert sorted(fold[f"couple{n}"] for n in range(3)) == [0, 1, 2] and "held" not in fold
    renamed = [replace(one, genre={"salsa": "a", "break": "z"}[one.genre]) for one in TAKES]
    assert fold_of_groups(renamed, 3) == fold, "names of genres decide nothing"


def test_too_few_groups_are_refused():
    with pytest.raises(ValueError, match="5 folds of 4 groups"):
        fold_of_groups(TAKES, 5)


def test_a_fold_is_kept_apart_as_if_for_testing():
    of = fold_of_groups(TAKES, 2)
    for fold in range(2):
        apart = {one.group for one in fold_apart(TAKES, 2, fold) if one.split == "test"}
        assert apart == {group for group, number in of.items() if number == fold} | {"held"}
