"""Labels, classes and trainings: the files that ``dance3d train`` reads, and what is refused."""

import json

import pytest

from dance3d.cli.main import parser_of
from dance3d.datasets import movement_labels
from dance3d.datasets.class_labels import read_labels
from dance3d.stages.motion.custom_types import read_types
from dance3d.studio import teaching
from dance3d.studio.workspace import Workspace
from dance3d.tracks import edits


@pytest.fixture
def space(tmp_path):
    made = Workspace(tmp_path)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (made.folder("videos") / name).write_bytes(name.encode())
    return made


def label(clip, start=1.0, stop=2.0, movement="body.attitude"):
    return {"clip": clip, "start": start, "stop": stop, "movement": movement}


def test_labels_are_kept_as_the_files_that_training_reads(space):
    rows = [label("a"), label("b-person-2"), label("c", None, None), label("a", 0, 1, "body.jump")]
    seen = teaching.save_labels(space, rows, "")
    own = space.folder("own")
    assert [one.name for one in read_types(own / "types.yaml")] == ["body.attitude"]
    assert len(movement_labels.read(own / "labels.csv", ["body.attitude"])) == 4
    page = teaching.labels_page(space)
    assert page["labels"] == rows and page["version"] == seen
    teaching.save_labels(space, [], seen)
    assert teaching.labels_page(space)["labels"] == [] and not (own / "types.yaml").exists()


def test_two_tabs_lose_nothing(space):
    seen = teaching.save_labels(space, [label("a")], "")
    with pytest.raises(teaching.Stale, match="in another tab"):
        teaching.save_labels(space, [label("b")], "")
    teaching.save_labels(space, [label("a"), label("b")], seen)


@pytest.mark.parametrize(
    "rows",
    [
        "labels",
        [1],
        [label("a", 2, 1)],
        [label("a", None, 1)],
        [label("a", True, 2)],
        [label("a", float("nan"), 2)],
        [label("a", movement="attitude")],
        [label("a", movement="body.<b>")],
        [label("a", movement="body.x\n!!python/object:os.system")],
        [label(3)],
    ],
)
def test_a_label_that_is_none_changes_nothing(space, rows):
    seen = teaching.save_labels(space, [label("a")], "")
    with pytest.raises(ValueError):
        teaching.save_labels(space, rows, seen)
    assert teaching.labels_page(space)["version"] == seen


def test_a_training_of_movements_has_the_read_labels_and_its_own_copies(space):
    teaching.save_labels(space, [label("a"), label("b-person-2")], "")
    folder, words = teaching.training(space, "motion", "My moves!", ("--cache", "C"))
    options = parser_of("train").parse_args(words[2:])
    assert options.stages == ["motion"] and folder.name == "My-moves"
    assert sorted(path.name for path in (folder / "data").iterdir()) == ["a.mp4", "b.mp4"]
    assert options.labels.parent == options.types.parent == folder and options.labels.is_file()


def test_labels_of_dancers_who_were_exchanged_are_refused(space):
    teaching.save_labels(space, [label("a-person-1"), label("b-person-1")], "")
    for name, edit in (
        ("a", {"edit": "rename", "person": 1, "name": "Anna"}),
        ("b", {"edit": "swap", "first": 1, "second": 2, "frame": 5}),
    ):
        folder = space.folder("results") / name
        folder.mkdir()
        head = {"schema": edits.SCHEMA, "video": "0" * 64, "key": "0" * 64}
        (folder / edits.FILE).write_text(json.dumps(head | {"edits": [edit]}))
    with pytest.raises(ValueError, match=r"^b.mp4: its dancers were put right \(swap\), but a training reads them"):
        teaching.training(space, "motion", "mine", ())
    assert not space.folders("trained")


def test_a_training_of_dances_has_a_folder_for_each(space):
    for video, dance in (("a.mp4", "tango"), ("b.mp4", "waltz"), ("c.mp4", "tango"), ("c.mp4", "")):
        teaching.set_class(space, video, dance)
    assert teaching.classes_of(space) == {"a.mp4": "tango", "b.mp4": "waltz"}
    folder, words = teaching.training(space, "genre", "", ())
    assert [(one.path.name, one.label) for one in read_labels(folder / "data")] == [
        ("a.mp4", "tango"),
        ("b.mp4", "waltz"),
    ]
    assert parser_of("train").parse_args(words[2:]).stages == ["genre"]


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "<b>", "x" * 61, None, 3])
def test_a_dance_that_cannot_be_a_folder_is_refused(space, name):
    with pytest.raises(ValueError, match="the name of a dance"):
        teaching.set_class(space, "a.mp4", name)


def test_too_little_to_learn_from_is_said_and_leaves_nothing(space):
    for stage, message in (("motion", "nothing to learn"), ("genre", "two dances"), ("lift", "of motion or of genre")):
        with pytest.raises(ValueError, match=message):
            teaching.training(space, stage, "x", ())
    assert space.folders("trained") == []


def test_a_run_uses_what_was_trained_one_of_a_stage(space):
    for name, stage in (("moves", "motion"), ("more", "motion"), ("dances", "genre"), ("broken", "genre")):
        (space.folder("trained") / name).mkdir()
        (space.folder("trained") / name / "about.json").write_text(json.dumps({"stage": stage, "videos": 2}))
        if name != "broken":
            (space.folder("trained") / name / "weights.safetensors").write_bytes(b"w")
    assert [one["name"] for one in teaching.trained(space)] == ["dances", "more", "moves"]
    words = teaching.run_with(space, ["moves", "dances"])
    options = parser_of("run").parse_args(["VIDEO", *words])
    assert len(options.weights) == 2 and options.set[0].startswith("motion.types=")
    for names in (["moves", "more"], ["broken"], ["nothing"]):
        with pytest.raises(ValueError):
            teaching.run_with(space, names)
