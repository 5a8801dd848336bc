import json

import pytest

from dance3d.pipeline.cache import Cache
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Runner
from dance3d.registry import STAGES
from dance3d.stages.genre import linear_head
from dance3d.training import heads

GENRE = STAGES["genre"]


@pytest.fixture
def videos(tmp_path):
    """Inputs of a training on a user's videos, so many of each class; two dancers in the first."""

    def made(**count):
        lines = [{"name": f"{genre}{n}", "genre": genre} for genre, many in count.items() for n in range(many)]
        (tmp_path / "index.json").write_text(json.dumps([lines[0], *lines]))
        return {heads.EXAMPLES: file_given(tmp_path / "index.json")}, {"index": str(tmp_path / "index.json")}

    return made


def test_few_videos_get_a_layer_and_many_the_whole_net(videos):
    assert heads.choose(GENRE, "", *videos(tango=1, waltz=40), None) == "", "one cannot be left out"
    few = videos(tango=5, waltz=40)
    assert "tango has 5 videos; --head no trains all of it" in heads.choose(GENRE, "", *few, None)
    assert heads.choose(GENRE, "", *few, False) == ""
    many = videos(tango=20, waltz=40)
    assert heads.choose(GENRE, "", *many, None) == "" and "tango has 20" in heads.choose(GENRE, "", *many, True)


def test_a_layer_that_cannot_be_is_refused_only_if_it_is_asked_for(videos):
    given, data = videos(tango=5, waltz=5)
    for row, method, inputs in ((GENRE, "paper", given), (GENRE, "", {}), (STAGES["lift"], "", given)):
        assert heads.choose(row, method, inputs, data, None) == ""
        with pytest.raises(
            ValueError, match=f"learns from labelled videos, without a method; {row.name} here does not"
        ):
            heads.choose(row, method, inputs, data, True)


def test_a_layer_is_fitted_once_and_its_scores_lie_beside_it(videos, tmp_path, monkeypatch):
    calls = []

    def train(folders, shipped, to):
        calls.append(shipped.name)
        to.write_bytes(b"weights")
        return {"score": 0.5, "lines": ["half of them"]}

    monkeypatch.setattr(linear_head, "train", train)
    given, data = videos(tango=5, waltz=5)
    runner = Runner(Cache(tmp_path / "cache"))
    first = heads.fit(runner, GENRE, given, data, "few").entry.folder / heads.WEIGHTS
    assert heads.fit(runner, GENRE, given, data, "few").cached and len(calls) == 1
    assert heads.lines_of(first) == ["few", "half of them"] and calls == ["genre.safetensors"]


def test_weights_without_scores_say_nothing(tmp_path):
    assert heads.lines_of(tmp_path / "weights.safetensors") == []
    (tmp_path / heads.SCORE).write_text(json.dumps({"score": 1}))
    assert heads.lines_of(tmp_path / "weights.safetensors") == []
