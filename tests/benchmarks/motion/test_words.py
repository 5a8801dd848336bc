"""The rules on true poses find what the labels say; chance finds less; the ceiling is below one."""

import numpy as np
import pytest

from dance3d.benchmarks.motion.rendered_films import true_pose
from dance3d.benchmarks.motion.words import bench_words, shown_words, true_words, words_of_film
from dance3d.contracts import Movements
from dance3d.metrics.graded_words import CLEAR
from dance3d.movement_types import NAMES, WORD_NAMES
from dance3d.stages.motion.rules.computed_labels import movements
from dance3d.synth.jumps import jumping


@pytest.fixture(scope="module")
def truths():
    return [true_pose(jumping(6.0, seed)[0]) for seed in (0, 1)]


def test_figures_of_true_poses(truths):
    figures = bench_words(truths, truths, lambda stage, inputs: [movements(one) for one in inputs["lift"]], "x.")
    assert figures["x.frames.recall"] > 0.9 and figures["x.events.micro_f1"] > 0.7
    assert figures["x.chance.frames.micro_f1"] < figures["x.frames.micro_f1"]
    assert figures["x.rules.events.micro_f1"] == figures["x.events.micro_f1"]
    assert figures["x.frames.micro_f1"] < 1.01 and 0.5 < figures["x.ceiling.frames.micro_f1"] < 1
    assert figures["x.events.jump.true"] == sum(_starts(true_words(one)) for one in truths)


def _starts(grades):
    on = grades[:, WORD_NAMES.index("jump")] == CLEAR
    return float((np.diff(on.astype(int), prepend=0) == 1).sum())


def test_a_track_that_begins_late_has_its_words_where_the_film_has_them():
    words = np.zeros((5, len(WORD_NAMES)), np.float32)
    words[2] = 1
    late = Movements(np.zeros((5, len(NAMES)), np.float32), np.arange(5) / 30, start=4, words=words)
    rows = words_of_film(late, 8)
    assert rows.shape == (8, len(WORD_NAMES)) and np.flatnonzero(rows[:, 0]).tolist() == [6]
    assert not words_of_film(late, 3).any()


def test_only_sure_events_are_shown():
    words = np.zeros((20, len(WORD_NAMES)), np.float32)
    words[2:10, 0], words[2:10, 1] = 0.8, 0.3
    found = Movements(
        np.zeros((20, len(NAMES)), np.float32),
        np.arange(20) / 30,
        start=4,
        words=words,
        words_least=np.full(len(WORD_NAMES), 0.2, np.float32),
    )
    assert found.words_made[:, :2].all(1).sum() == 8
    shown = shown_words(found, 30)
    assert np.flatnonzero(shown[:, 0]).tolist() == list(range(6, 14)) and not shown[:, 1:].any()
