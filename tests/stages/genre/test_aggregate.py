from dataclasses import replace

import pytest
from genre_answers import answer

from dance3d.contracts import NOT_A_DANCE
from dance3d.stages.genre.aggregate import certainty, with_weights


def test_votes_go_by_time_certainty_and_how_well_it_is_known():
    certain, torn, strange = answer([1, 0, 0]), answer([0.4, 0.3, 0.3]), answer([0, 1, 0], 0.1)
    assert certainty(certain.prob) == 1 and 0 < certainty(torn.prob) < 0.05
    got = [one.weight for one in with_weights([certain, torn, strange], [10.0, 10.0, 10.0])]
    assert sum(got) == pytest.approx(1) and got[0] > got[2] > got[1]
    assert [one.weight for one in with_weights([certain, certain], [30.0, 10.0])] == pytest.approx([0.75, 0.25])


def test_without_a_voice_all_share_alike():
    even = answer([1 / 3, 1 / 3, 1 / 3], 0.0)
    assert [one.weight for one in with_weights([even, even], [0.0, 0.0])] == [0.5, 0.5]
    assert with_weights([], []) == []


def test_a_passer_by_does_not_outvote_a_dancer():
    walks, dances = answer([0.02, 0.98, 0]), answer([0.8, 0.1, 0.1])
    walks, dances = (replace(one, classes=("salsa", NOT_A_DANCE, "modern")) for one in (walks, dances))
    got = [one.weight for one in with_weights([walks, dances], [30.0, 10.0])]
    assert got[1] > 0.75 and sum(got) == pytest.approx(1)
    assert with_weights([walks], [3.0])[0].weight == 1
