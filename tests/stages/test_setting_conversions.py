from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from dance3d.stages.setting_conversions import CONVERT, WORDS

PAIR, NAMES = tuple[int, int], Mapping[str, str]


@pytest.mark.parametrize(
    ("kind", "given", "made"),
    [
        (bool, " Yes ", True),
        (bool, 0, False),
        (bool, np.int64(1), True),
        (bool, "perhaps", None),
        (bool, 2, None),
        (int, "3", 3),
        (int, 3.0, 3),
        (int, 3.5, None),
        (int, True, None),
        (float, np.float32(0.5), 0.5),
        (float, "nan", None),
        (float, "tall", None),
        (str, Path("a/b.yaml"), "a/b.yaml"),
        (str, 5, "5"),
        (str, True, None),
        (str, 5.5, None),
        (PAIR, [640, "480"], (640, 480)),
        (PAIR, [640], None),
        (PAIR, "640", None),
        (NAMES, {"a": 1}, {"a": "1"}),
        (NAMES, ["a"], None),
    ],
)
def test_a_value_becomes_what_its_setting_is_or_nothing(kind, given, made):
    found = CONVERT[kind](given)
    assert found == made and type(found) is type(made)


def test_every_type_is_named_in_words():
    assert set(WORDS) == set(CONVERT)
