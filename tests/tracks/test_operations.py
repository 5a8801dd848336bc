"""Who is who, put right: pure functions on tracks; the command on the folder of a run, and what it costs."""

import json
import shutil
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.cli import main
from dance3d.cli.common import REFUSED
from dance3d.contracts import Crossing, Keypoints2D
from dance3d.contracts.crossings import doubts
from dance3d.io import artefacts
from dance3d.io import weights as stored
from dance3d.io.video_writer import VideoWriter
from dance3d.pipeline import cache as cache_module
from dance3d.pipeline import exporters, run
from dance3d.pipeline import retrack as trackwork
from dance3d.pipeline import runner as runner_module
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.retrack import frame_at, free_number, retrack, table
from dance3d.stages.keypoints.assemble import track as clean_track
from dance3d.tracks import operations
from dance3d.tracks.edits import Edit, Sheet, apply, read_sheet

CLIP = fake_clip(4)
FIELDS = ("xy", "score", "measured", "raw")


def body(person, seconds=4.0):
    """Raw points of a dancer who stays left (1), in the middle (2), ..."""
    time = fake_clip(seconds).time
    raw = np.asarray(fake_dancer(time, person=person).keypoints.xy, np.float64) + np.array([60.0 * person, 0])
    return raw, np.full(raw.shape[:2], 0.9), time


def dancer(person, missing=(), crossings=(), name="", seconds=4.0):
    """A track as the keypoints stage makes it: put right, filled and smoothed."""
    raw, score, time = body(person, seconds)
    raw[list(missing)], score[list(missing)] = np.nan, 0
    return replace(clean_track(raw, score, time, CLIP.size, True, person, tuple(crossings)), name=name)


def same(a, b, rows=slice(None)):
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(a, field)[rows], getattr(b, field)[rows])


@pytest.fixture(scope="module")
def three():
    """Three dancers; 1 and 2 cross at 2 s, not sure; 2 and 3 at 3 s, sure."""
    doubt, clear = Crossing(1.8, 2.0, 2, 0.62), Crossing(2.9, 3.1, 3, 0.97)
    return [
        dancer(1, crossings=[doubt]),
        dancer(2, crossings=[replace(doubt, other=1), clear]),
        dancer(3, crossings=[replace(clear, other=2)]),
    ]


# ---- the functions --------------------------------------------------------------------------------------------------


def test_swap_exchanges_every_field_from_the_frame_on(three):
    a, b, c = operations.swap(three, 1, 2, 50)
    same(a, three[0], slice(0, 50))
    same(a, three[1], slice(50, None))
    same(b, three[0], slice(50, None))
    same(c, three[2])
    assert [t.person for t in (a, b, c)] == [1, 2, 3]


def test_swap_moves_later_crossings_and_settles_its_own(three):
    a, b, c = operations.swap(three, 2, 1, 50)
    assert a.crossings == (Crossing(1.8, 2.0, 2, 1.0), Crossing(2.9, 3.1, 3, 0.97))
    assert b.crossings == (Crossing(1.8, 2.0, 1, 1.0),)
    assert c.crossings == (Crossing(2.9, 3.1, 1, 0.97),)
    assert doubts(three) and not doubts([a, b, c])
    far = operations.swap(three, 1, 2, 90)
    assert far[0].crossings == three[0].crossings


def test_a_crossing_that_somebody_looked_at_is_sure(three):
    made = operations.confirm(three, 2, 1, 65)
    assert [[c.sure for c in t.crossings] for t in made] == [[1.0], [1.0, 0.97], [0.97]]
    for a, b in zip(made, three, strict=True):
        same(a, b)
    with pytest.raises(ValueError, match=r"dancers 1 and 2 do not overlap within 1 s of 3\.60 s"):
        operations.confirm(three, 1, 2, 90)


def test_a_wrong_crossing_swapped_back_is_the_dancer_who_was_never_lost():
    """Two dancers whose rows the tracker exchanged: after the edit both are as if it never had."""
    (one, score, time), (two, _, _) = body(1), body(2)
    wrong = one.copy(), two.copy()
    wrong[0][50:], wrong[1][50:] = two[50:], one[50:]
    given = [clean_track(raw, score, time, CLIP.size, True, n) for n, raw in enumerate(wrong, 1)]
    truth = [clean_track(raw, score, time, CLIP.size, True, n) for n, raw in enumerate((one, two), 1)]
    bare, mended = operations.swap(given, 1, 2, 50), operations.swap(given, 1, 2, 50, smooth=True)
    for after, rough, right in zip(mended, bare, truth, strict=True):
        away = np.linalg.norm(after.xy - right.xy, axis=-1)
        assert np.nanmax(away) < 0.5 < np.nanmax(np.linalg.norm(rough.xy - right.xy, axis=-1))
        near = np.abs(time - time[50]) <= operations.REACH
        same(after, rough, ~near)
        assert after.measured[near].mean() > 0.99


def test_merge_joins_two_halves_and_bridges_a_short_gap(three):
    first, second = dancer(2, missing=range(40, 100)), replace(dancer(2, missing=range(48)), person=4)
    crossing = Crossing(3.2, 3.4, 1, 0.9)
    second = replace(second, crossings=(crossing,))
    other = replace(three[0], crossings=(replace(crossing, other=4),))
    one, whole = operations.merge([other, first, second], 2, 4, smooth=True)
    assert (one.person, whole.person) == (1, 2)
    assert whole.crossings == (replace(crossing, other=1),) and one.crossings == (replace(crossing, other=2),)
    assert np.isfinite(whole.xy).all() and not whole.measured[40:48].any()
    assert whole.measured[:40].mean() > 0.95 and whole.measured[48:].mean() > 0.95
    truth = dancer(2, missing=range(40, 48))
    assert np.abs(whole.xy - truth.xy)[:38].max() < 1 and np.abs(whole.xy - truth.xy)[50:].max() < 1
    assert np.isnan(whole.raw[40:48]).all()


def test_merge_refuses_frames_with_both_unless_told_whose(three):
    first, second = dancer(1, missing=range(60, 100)), dancer(2, missing=range(50))
    with pytest.raises(ValueError, match=r"both there in 10 frames, 50 to 59 \(2\.00 to 2\.36 s\).*--prefer 1 or"):
        operations.merge([first, second], 1, 2)
    (kept,) = operations.merge([first, second], 1, 2, prefer=1)
    same(kept, first, slice(0, 60))
    same(kept, second, slice(60, None))
    (other,) = operations.merge([first, second], 1, 2, prefer=2)
    same(other, first, slice(0, 50))
    same(other, second, slice(50, None))
    with pytest.raises(ValueError, match="prefer is 7, expected 1 or 2"):
        operations.merge([first, second], 1, 2, prefer=7)


def test_split_and_merge_give_the_dancer_back(three):
    made = operations.split(three, 2, 60, 4)
    assert [t.person for t in made] == [1, 2, 3, 4]
    two, four = made[1], made[3]
    for part, rows in ((two, slice(60, None)), (four, slice(0, 60))):
        assert np.isnan(part.xy[rows]).all() and np.isnan(part.raw[rows]).all()
        assert not part.measured[rows].any() and not part.score[rows].any()
    assert two.crossings == (Crossing(1.8, 2.0, 1, 0.62),) and four.crossings == (Crossing(2.9, 3.1, 3, 0.97),)
    assert made[2].crossings == (Crossing(2.9, 3.1, 4, 0.97),)
    back = operations.merge(made, 2, 4)
    for a, b in zip(back, three, strict=True):
        same(a, b)
        assert a.crossings == b.crossings
    ends = [t.frames for t in operations.split(three, 2, 60, 4, smooth=True)]
    assert ends == [100] * 4


def test_keep_drops_the_others_and_their_crossings(three):
    made = operations.keep(three, [3, 1])
    assert [t.person for t in made] == [1, 3] and all(t.crossings == () for t in made)
    same(made[1], three[2])
    with pytest.raises(ValueError, match="nobody would be left"):
        operations.keep(three, [])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: operations.swap(t, 1, 9, 5), "no dancer 9; there are: 1, 2, 3"),
        (lambda t: operations.swap(t, 1, 1, 5), "not 1 twice"),
        (lambda t: operations.swap(t, 1, 2, 100), "frame 100 is not in the clip: 0 to 99"),
        (lambda t: operations.swap(t, 1, 2, -1), "frame -1 is not in the clip"),
        (lambda t: operations.split(t, 1, 0, 4), "dancer 1 is never seen before frame 0"),
        (lambda t: operations.split(t, 1, 50, 2), "there is a dancer 2 already"),
        (lambda t: operations.keep([], [1]), "there are: nobody"),
        (lambda t: operations.swap([*t[:2], dancer(3, seconds=2)], 1, 3, 5), "different frames"),
        (lambda t: operations.rename(t, 1, "  "), "name for dancer 1 is empty"),
        (lambda t: operations.rename(t, 1, "x" * 300), "has 300 characters; at most 60"),
        (lambda t: operations.rename(t, 1, "a\x1b[31m"), "cannot be shown"),
        (lambda t: operations.rename(t, 1, "a\u202eb"), "cannot be shown"),
        (lambda t: operations.rename(operations.rename(t, 2, "Ànna"), 1, "ÀNNA"), "dancer 2 is called 'Ànna' already"),
    ],
)
def test_what_does_not_fit_gets_one_clear_line(three, call, message):
    with pytest.raises(ValueError, match=message):
        call(three)


def test_names_are_cleaned_and_kept_by_merging(three):
    made = operations.rename(three, 3, " Anna\n  Bo ")
    assert [t.name for t in made] == ["", "", "Anna Bo"]
    halves = [dancer(1, missing=range(50, 100)), dancer(2, missing=range(60), name="Bo")]
    assert operations.merge(halves, 1, 2)[0].name == "Bo"


def test_edits_are_applied_in_order_and_say_which_does_not_fit(three):
    edits = [Edit("split", {"person": 1, "frame": 40, "new": 4}), Edit("keep", {"persons": [1, 4]})]
    assert [t.person for t in apply(three, edits)] == [1, 4]
    with pytest.raises(ValueError, match=r"edit 3 of 3 \(rename\): there is no dancer 2; there are: 1, 4"):
        apply(three, [*edits, Edit("rename", {"person": 2, "name": "Bo"})])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting"),
        ("[1]", "schema"),
        ('{"schema": "dance3d.tracks.operations/1", "edits": {}}', "not a list of edits"),
        (
            '{"schema": "dance3d.tracks.operations/1", "edits": [{"edit": "melt"}]}',
            "'melt' is not known; choose from swap",
        ),
        (
            '{"schema": "dance3d.tracks.operations/1", "edits": [{"edit": "keep", "persons": ["1"]}]}',
            "expected persons",
        ),
        (
            '{"schema": "dance3d.tracks.operations/1", "edits": [{"edit": "swap", "first": 1, "second": true}]}',
            "expected first",
        ),
    ],
)
def test_a_broken_list_of_edits_is_refused_with_what_is_wrong(tmp_path, text, message):
    (tmp_path / "tracks.json").write_text(text)
    with pytest.raises(ValueError, match=f"{message}.*--fresh-tracks"):
        read_sheet(tmp_path)


def test_the_list_of_edits_is_read_as_written(tmp_path):
    edits = (Edit("merge", {"into": 1, "gone": 2}), Edit("rename", {"person": 1, "name": 'Zoë "Z" \\ </script>'}))
    for sheet in (Sheet("a", "b", edits), Sheet("a", "b")):
        (tmp_path / "tracks.json").write_text(sheet.text(), encoding="utf-8")
        assert read_sheet(tmp_path) == sheet
    assert "2 is part of 1" in Sheet("a", "b", edits).text()


# ---- the command on a folder ----------------------------------------------------------------------------------------

TIME = fake_clip(0.8, size=(96, 72)).time
SMALL = (96, 72)
FOUND = (1, 2, 3)


def found(persons=FOUND):
    made = [fake_dancer(TIME, SMALL, n).keypoints for n in persons]
    for a, b, sure in ((0, 1, 0.62), (1, 2, 0.95)):
        if len(made) > b:
            cross = Crossing(float(TIME[8]), float(TIME[10]), made[b].person, sure)
            made[a] = replace(made[a], crossings=(*made[a].crossings, cross))
            made[b] = replace(made[b], crossings=(*made[b].crossings, replace(cross, other=made[a].person)))
    return made


def warmed(names):
    """Nothing is imported ahead."""
    thread = Thread(target=lambda: None)
    thread.start()
    return thread


@pytest.fixture
def house(monkeypatch, tmp_path):
    """Stand-ins for the stages, which count their calls; a video; a cache."""
    calls: list[str] = []
    people = {"found": FOUND}

    def lift(keypoints):
        whole = fake_dancer(TIME, SMALL, keypoints.person).pose
        return replace(whole, error=np.nan_to_num(keypoints.xy[:, 0, 0]), person=keypoints.person)

    work = {
        "keypoints": lambda inputs: [fake_clip(0.8, size=SMALL), *found(people["found"])],
        "lift": lambda inputs: [lift(k) for k in inputs["keypoints"]],
        "motion": lambda inputs: [fake_dancer(TIME, SMALL, p.person).movements for p in inputs["lift"]],
        "genre": lambda inputs: [fake_dancer(TIME, SMALL, p.person).genre for p in inputs["lift"]],
    }

    def resolve(path):
        name = path.split(".")[2]
        return lambda inputs, settings, weights: calls.append(name) or work[name](inputs)

    for name in ("lift", "motion", "genre"):
        stored.save(tmp_path / f"{name}.safetensors", {"w": np.zeros(3, np.float32)}, name, {})
    monkeypatch.setattr(runner_module, "resolve", resolve)
    monkeypatch.setattr(stored, "default", lambda stage: tmp_path / f"{stage}.safetensors")
    monkeypatch.setattr(cache_module, "_sync", lambda path: None)
    monkeypatch.setattr(run, "_warm_up", warmed)
    monkeypatch.setattr(exporters, "write_overlay", lambda video, clip, dancers, path: path.write_bytes(b"film"))
    with VideoWriter(tmp_path / "clip.mp4", SMALL, 25) as writer:
        for frame, time in enumerate(TIME):
            writer.write(np.full((72, 96, 3), 60 + frame, np.uint8), float(time))
    return tmp_path, calls, people


def first_run(house, **more):
    folder, calls, _ = house
    done = run.run(folder / "clip.mp4", folder / "out", cache=Cache(folder / "cache"), **more)
    calls.clear()
    return folder / "out", done


def loaded(out, person):
    return artefacts.load(out / f"person-{person}" / "keypoints.npz", Keypoints2D)


def command(house, *words):
    folder, _, _ = house
    action, *rest = map(str, words)
    more = [] if action == "list" else ["--cache", str(folder / "cache")]
    return main(["tracks", action, str(folder / "out"), *rest, *more])


def test_an_edit_costs_what_depends_on_it_and_nothing_before(house, capsys):
    out, done = first_run(house)
    assert command(house, "swap", 1, 2, "--at", 0.4) == 0
    _, calls, _ = house
    assert calls == ["lift", "motion", "genre"]
    before = {d.person: d.keypoints for d in done.dancers}
    same_after = [np.array_equal(loaded(out, 1).xy[row], before[2].xy[row]) for row in range(20)]
    assert same_after == [False] * 10 + [True] * 10  # raw is not known of these: rows are as they were
    result = json.loads((out / "result.json").read_text())
    assert [line["stage"] for line in result["stages"]] == ["keypoints", "tracks", "lift", "motion", "genre"]
    assert result["edits"] == [{"edit": "swap", "first": 1, "second": 2, "frame": 10}]
    assert result["dancers"][0]["crossings"][0]["sure"] == 1.0
    assert "identities are uncertain" in " ".join(done.result["warnings"])
    assert "identities are uncertain" not in " ".join(result["warnings"])
    calls.clear()
    assert command(house, "undo") == 0
    assert calls == [] and read_sheet(out).edits == ()
    for person in FOUND:
        np.testing.assert_array_equal(loaded(out, person).xy, before[person].xy)


def test_a_name_costs_no_stage_at_all_and_is_everywhere(house, capsys):
    out, _ = first_run(house)
    assert command(house, "rename", 2, "../Zoë <b>") == 0
    assert house[1] == []
    assert {p.name for p in out.iterdir()} == {
        "person-1", "person-2", "person-3", "overlay.mp4", "report.html", "result.json", "tracks.json",
    }  # fmt: skip
    assert loaded(out, 2).name == "../Zoë <b>"
    assert json.loads((out / "result.json").read_text())["dancers"][1]["name"] == "../Zoë <b>"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "../Zoë &lt;b&gt;" in page and "Zoë <b>" not in page
    assert "dancer 2, ../Zoë <b>: " in capsys.readouterr().out
    assert command(house, "list") == 0
    listed = capsys.readouterr().out
    assert "../Zoë <b>" in listed and "with 1 at 0.3 to 0.4 s (0.62, doubtful)" in listed and "(0.95)" in listed


def test_a_confirmed_crossing_costs_no_stage_and_ends_the_warning(house):
    out, _ = first_run(house)
    assert command(house, "rename", 1, "Anna") == command(house, "swap", 2, 3, "--frame", 18) == 0
    house[1].clear()
    assert command(house, "confirm", 1, 2, "--at", 0.4) == 0
    assert house[1] == []
    result = json.loads((out / "result.json").read_text())
    assert [c["sure"] for d in result["dancers"] for c in d["crossings"]] == [1.0, 1.0, 1.0, 1.0]
    assert "uncertain" not in " ".join(result["warnings"]) and result["dancers"][0]["name"] == "Anna"


def test_dancers_come_and_go_with_their_folders_and_numbers_are_not_used_twice(house):
    out, _ = first_run(house)
    assert command(house, "keep", 1, 3) == 0
    assert {p.name for p in out.glob("person-*")} == {"person-1", "person-3"}
    assert command(house, "split", 3, "--frame", 12) == 0
    assert {p.name for p in out.glob("person-*")} == {"person-1", "person-3", "person-4"}
    assert {len((out / f"person-{n}" / "pose3d.csv").read_text().splitlines()) for n in (1, 3, 4)} == {21}
    assert command(house, "merge", 3, 4) == 0
    assert free_number(out) == 5
    assert [t.person for t in trackwork.dancers(out)] == [1, 3]
    assert {"edit 2: 3 is a new dancer, 4, from frame 12 on (0.48 s)", "edit 3: 4 is part of 3"} < set(table(out))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("swap", 1, 9, "--at", 0.2), "there is no dancer 9; there are: 1, 2, 3"),
        (("swap", 1, 2, "--at", 99), "99.00 s is not in the clip: 0.00 to 0.76 s"),
        (("merge", 1, 2), "both there in"),
        (("rename", 1, ""), "the name for dancer 1 is empty"),
        (("undo",), "nothing was edited"),
    ],
)
def test_an_edit_that_does_not_fit_leaves_the_folder_as_it_was(house, capsys, words, message):
    out, _ = first_run(house)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    capsys.readouterr()
    assert command(house, *words) == REFUSED
    assert message in capsys.readouterr().err
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


def test_a_later_run_keeps_the_edits_of_this_video_and_no_others(house, capsys):
    folder, _, _ = house
    out, _ = first_run(house)
    command(house, "keep", 1, 2)
    command(house, "rename", 2, "Anna")
    capsys.readouterr()
    again = ["run", str(folder / "clip.mp4"), "-o", str(out), "--cache", str(folder / "cache")]
    assert main(again) == 0
    assert "2 edits of tracks kept; --fresh-tracks forgets them" in capsys.readouterr().out
    assert [t.name for t in trackwork.dancers(out)] == ["", "Anna"]
    assert main([*again, "--fresh-tracks"]) == 0
    assert len(trackwork.dancers(out)) == 3 and not (out / "tracks.json").exists()
    (out / "tracks-old.json").rename(out / "tracks.json")
    with (folder / "clip.mp4").open("ab") as file:
        file.write(b"\0")
    assert main(again) == 0
    assert len(trackwork.dancers(out)) == 3 and (out / "tracks-old.json").exists()


def test_keypoints_found_anew_are_said_and_edits_that_no_longer_fit_too(house, capsys):
    folder, _, people = house
    out, _ = first_run(house)
    command(house, "keep", 1, 3)
    again = ["run", str(folder / "clip.mp4"), "-o", str(out), "--cache", str(folder / "cache")]
    assert main([*again, "--set", "keypoints.detect_size=640"]) == 0
    assert "found anew since tracks.json was written" in " ".join(
        json.loads((out / "result.json").read_text())["warnings"]
    )
    people["found"] = (1, 2)
    assert main([*again, "--set", "keypoints.detect_size=320"]) == REFUSED
    assert "there is no dancer 3; there are: 1, 2" in capsys.readouterr().err


def test_without_the_cache_the_folder_itself_has_the_keypoints(house, capsys):
    folder, calls, _ = house
    out, _ = first_run(house)
    shutil.rmtree(folder / "cache")
    assert command(house, "swap", 1, 2, "--frame", 10) == 0
    assert command(house, "keep", 1) == 0
    assert "keypoints" not in calls and [t.person for t in trackwork.dancers(out)] == [1]
    shutil.rmtree(folder / "cache")
    assert command(house, "undo") == REFUSED
    assert "no longer in the cache" in capsys.readouterr().err
    assert main(["run", str(folder / "clip.mp4"), "-o", str(out), "--cache", str(folder / "cache")]) == 0
    assert command(house, "undo") == 0 and len(trackwork.dancers(out)) == 3


def test_a_video_that_moved_is_asked_for_and_known_by_its_bytes(house, capsys):
    folder, _, _ = house
    out, _ = first_run(house)
    (folder / "clip.mp4").rename(folder / "moved.mp4")
    assert command(house, "rename", 1, "Anna") == REFUSED
    assert "say where it is with --video PATH" in capsys.readouterr().err
    (folder / "other.mp4").write_bytes(b"something else")
    assert command(house, "rename", 1, "Anna", "--video", folder / "other.mp4") == REFUSED
    assert "is not the video that" in capsys.readouterr().err
    assert command(house, "rename", 1, "Anna", "--video", folder / "moved.mp4") == 0
    assert command(house, "rename", 1, "Bea") == 0
    assert loaded(out, 1).name == "Bea"


def test_nobody_at_all_and_no_run_at_all_say_so(house, capsys):
    _, _, people = house
    assert command(house, "list") == REFUSED
    assert "holds no finished run" in capsys.readouterr().err
    people["found"] = ()
    _, done = first_run(house)
    assert done.result["dancers"] == [] and done.result["warnings"] == ["nobody was found in this video"]
    assert command(house, "list") == 0
    assert "nobody was found" in capsys.readouterr().out
    assert command(house, "keep", 1) == REFUSED
    assert "there is nobody to tell apart" in capsys.readouterr().err


def test_settings_and_weights_of_the_run_are_those_of_the_edit(house):
    folder, calls, _ = house
    stored.save(folder / "own.safetensors", {"w": np.ones(3, np.float32)}, "lift", {})
    out, done = first_run(house, settings={"lift": {"height": 1.7}}, weights={"lift": folder / "own.safetensors"})
    cache = Cache(folder / "cache")
    after = retrack(out, Edit("rename", {"person": 1, "name": "Anna"}), cache=cache)
    assert calls == [] and after.result["settings"]["lift"]["height"] == 1.7
    assert [s["key"] for s in after.result["stages"]] == [s["key"] for s in done.result["stages"]]
    (folder / "own.safetensors").unlink()
    with pytest.raises(ValueError, match="the weights that lift ran with are not there"):
        retrack(out, None, cache=cache)


def test_a_dancer_of_many_crossings_is_still_one_line_with_the_doubtful_ones_first(tmp_path):
    many = tuple(Crossing(k / 4, k / 4 + 0.1, 2, 0.5 if k == 9 else 0.9) for k in range(10))
    (tmp_path / "person-1").mkdir()
    artefacts.save(dancer(1, crossings=many), tmp_path / "person-1" / "keypoints.npz")
    (tmp_path / "result.json").write_text('{"schema": "dance3d.result/1", "dancers": [{"person": 1}]}')
    _, line = table(tmp_path)
    assert "px  with 2 at 2.2 to 2.4 s (0.50, doubtful); with 2 at 0.0 to 0.1 s (0.90)" in line
    assert line.count("with 2") == 6 and line.endswith("; 4 more in result.json")


def test_the_nearest_frame_of_a_time(three):
    assert [frame_at(three, s) for s in (0, 1.99, 2.0, 2.01, 3.99)] == [0, 50, 50, 50, 99]
