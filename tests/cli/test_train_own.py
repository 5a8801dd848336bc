import json
from types import SimpleNamespace

import pytest

from dance3d.cli import main
from dance3d.cli.train_own import own_given, own_of, tell_scores
from dance3d.pipeline.exit_codes import UsageError
from dance3d.training.heads import SCORE


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lift", "--labels", "a.csv", "--types", "a.yaml"], "--labels a.csv counts only with motion alone"),
        (["--head", "yes"], "--head yes counts only with one stage"),
    ],
)
def test_options_that_would_be_ignored_are_refused(words, says, capsys):
    with pytest.raises(SystemExit):
        main(["train", *words])
    assert says in capsys.readouterr().err


def test_the_layer_is_by_the_number_of_videos_unless_it_is_said():
    assert [own_given(given(head=word))["head"] for word in (None, "yes", "no")] == [None, True, False]


def given(head=None, types=None, labels=None):
    return SimpleNamespace(head=head, types=types, labels=labels)


def test_scores_are_told(tmp_path, capsys):
    options = SimpleNamespace(quiet=False)
    tell_scores(tmp_path / "weights.safetensors", options)
    (tmp_path / SCORE).write_text(json.dumps({"lines": ["named rightly: 12 of 15"]}))
    tell_scores(tmp_path / "weights.safetensors", options)
    said = capsys.readouterr()
    assert (said.out + said.err).strip() == "named rightly: 12 of 15"


def test_types_and_labels_go_together(tmp_path):
    types, labels = tmp_path / "own.yaml", tmp_path / "labels.csv"
    assert own_of(given(types=None, labels=None)) is None
    with pytest.raises(UsageError, match="--types and --labels go together"):
        own_of(given(types=types, labels=None))
    with pytest.raises(UsageError, match=r"own\.yaml: no such file"):
        own_of(given(types=types, labels=labels))
    types.touch()
    labels.touch()
    assert own_of(given(types=types, labels=labels)) == (types, labels)
