"""Movements, rhythm and genre check themselves; a dance of no class is none of them."""

import numpy as np
import pytest

from dance3d.contracts import NONE, NOT_A_DANCE, Evidence, Genre, GenreAnswer, Movements, Repeat, Rhythm, Segment
from dance3d.movement_types import MOVEMENTS, NAMES, WORD_NAMES, WORDS

TIME = np.arange(2) / 30
PROB = np.full((2, len(MOVEMENTS)), 0.6)


def test_a_movement_is_made_from_its_own_probability_on():
    least = np.full(len(MOVEMENTS), 0.7)
    least[1] = 0.3
    prob = PROB.copy()
    prob[1] = np.nan
    own = np.array([[0.5], [np.nan]])
    made = Movements(prob, TIME, own=own, own_names=("head.own",), least=least).made
    assert made.shape == (2, len(NAMES) + 1)
    assert np.flatnonzero(made[0]).tolist() == [1, len(NAMES)] and not made[1].any()
    assert Movements(PROB, TIME).made.all() and Movements(PROB, TIME).every.shape == PROB.shape


def test_a_word_is_made_where_one_of_its_types_is_unless_something_looked_for_words():
    prob, least = np.full((3, len(NAMES)), 0.1), np.full(len(NAMES), 0.8, np.float32)
    prob[0, NAMES.index("body.spin")], prob[1, NAMES.index("body.spin")] = least[0], np.nextafter(least[0], 0)
    prob[2] = np.nan
    spin, clap = WORD_NAMES.index("spin"), WORD_NAMES.index("clap")
    moves = Movements(prob, np.arange(3) / 30, least=least)
    assert moves.words_made[:, spin].tolist() == [True, False, False] and moves.words_made.sum() == 1
    assert moves.words_prob[:2, spin] == pytest.approx([0.5, 0.5]) and np.isnan(moves.words_prob[2]).all()
    assert moves.words_prob[0, clap] == 0 and moves.words_prob[0, 0] == pytest.approx(0.1 / 0.8 / 2)
    words = np.full((3, len(WORDS)), 0.4)
    words[1, clap] = 0.7
    looked = Movements(prob, np.arange(3) / 30, least=least, words=words, words_least=np.full(len(WORDS), 0.6))
    assert np.argwhere(looked.words_made).tolist() == [[1, clap]] and looked.words_prob is looked.words


def test_all_types_may_be_shown_but_those_that_are_not_trusted():
    assert Movements(PROB, TIME).shown.all()
    trusted = np.arange(len(NAMES)) % 2 == 0
    own = {"own": np.zeros((2, 1)), "own_names": ("head.own",)}
    assert Movements(PROB, TIME, trusted=trusted, **own).shown.tolist() == [*trusted, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"words": PROB}, r"Movements\.words has shape"),
        ({"words": np.full((2, len(WORDS)), 1.1)}, r"Movements\.words leaves 0\.\.1"),
        ({"words_least": np.full(len(WORDS), 0.5)}, "words_least are of words, which are not there"),
        ({"trusted": np.ones(3, bool)}, r"Movements\.trusted has shape"),
        ({"prob": PROB[:, 1:]}, r"Movements\.prob has shape"),
        ({"prob": PROB + 1}, r"Movements\.prob leaves 0\.\.1"),
        ({"own": np.zeros((2, 1)), "own_names": (NAMES[0],)}, "own_names repeat a name"),
        ({"own_names": ("head.own",)}, "go together"),
    ],
)
def test_movements_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Movements(**({"prob": PROB, "time": TIME} | change))


def test_a_rhythm_is_rebuilt_from_what_a_file_has():
    repeat = {"start": 0.0, "stop": 1.0, "later": 2.0, "alike": 0.9}
    moves = Movements(PROB, TIME, rhythm={"tempo": 96, "sure": 0.5, "beats": [1], "repeats": [repeat]})
    assert moves.rhythm == Rhythm(96, 0.5, (1.0,), (Repeat(**repeat),))
    with pytest.raises(ValueError, match=r"tempo -1 and sure 0\.0"):
        Rhythm(-1)


def test_the_answer_is_none_of_these_where_the_dance_is_hardly_known():
    genre = Genre(np.array([0.2, 0.8]), ("salsa", "waltz"), known=0.5)
    assert (genre.likeliest, genre.best) == ("waltz", "waltz") and genre.sure == pytest.approx(0.4)
    assert Genre(genre.prob, genre.classes, known=0.49).best == NONE


def test_the_answer_has_three_grades():
    def said(prob, known, classes=("salsa", "waltz")):
        return Genre(np.array([1 - prob, prob]), classes, known=known, least=(0.4, 0.6)).answer

    assert said(0.9, 0.8) == GenreAnswer("named", "waltz", pytest.approx(0.72)) and said(0.9, 0.8).text == "waltz"
    assert said(0.9, 0.5).text == said(0.6, 0.9).text == "like waltz"
    assert said(0.9, 0.3) == GenreAnswer("none", NONE, pytest.approx(0.7)) and said(0.9, 0.3).text == NONE
    assert said(0.9, 0.5, ("salsa", NOT_A_DANCE)).text == "probably not a dance"


def test_a_segment_is_answered_by_the_same_thresholds():
    genre = Genre(
        np.array([0.2, 0.8]), ("salsa", "waltz"), segments=(Segment(0, 5, (0.9, 0.1), 0.5),), least=(0.4, 0.6)
    )
    assert genre.answer.text == "waltz" and genre.at(genre.segments[0]).text == "like salsa"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prob": np.array([0.5, 0.4])}, r"Genre\.prob sums to 0\.9000, expected 1"),
        ({"known": 1.5}, r"known 1\.5 and weight 1\.0, expected 0\.\.1"),
        ({"least": (0.5, 1.5)}, r"least is \(0\.5, 1\.5\), expected two values"),
        ({"segments": (Segment(0, 1, (1.0,)),)}, "name other classes than the 2 of prob"),
    ],
)
def test_genres_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Genre(**({"prob": np.array([0.5, 0.5]), "classes": ("a", "b")} | change))


def test_evidence_is_rebuilt_from_what_a_file_has():
    evidence = {"movement": "hips.sway", "start": 0.0, "stop": 1.0, "weight": 0.5}
    assert Genre(np.array([1.0]), ("a",), evidence=[evidence]).evidence == (Evidence(**evidence),)
