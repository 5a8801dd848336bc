"""Edits of tracks on the folder of a run: what they change, and what it costs."""

import json
import shutil

import numpy as np
import pytest
from edited_tracks import FOUND, command, dancer, first_run, loaded, make_fake_run, make_three

from dance3d.cli import main
from dance3d.contracts import Crossing
from dance3d.io import artefacts
from dance3d.io import weights as stored
from dance3d.pipeline import exporters, run
from dance3d.pipeline import retrack as trackwork
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.exit_codes import CHANGED, REFUSED
from dance3d.pipeline.result_json import read_result
from dance3d.pipeline.retrack import frame_at, free_number, retrack, table
from dance3d.tracks.edits import Edit, read_sheet


@pytest.fixture(scope="module")
def three():
    return make_three()


@pytest.fixture
def fake_run(monkeypatch, tmp_path):
    return make_fake_run(monkeypatch, tmp_path)


def test_an_edit_costs_what_depends_on_it_and_nothing_before(fake_run, capsys):
    out, done = first_run(fake_run)
    assert command(fake_run, "swap", 1, 2, "--at", 0.4) == 0
    _, calls, _ = fake_run
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
    assert command(fake_run, "undo") == 0
    assert calls == [] and read_sheet(out).edits == ()
    for person in FOUND:
        np.testing.assert_array_equal(loaded(out, person).xy, before[person].xy)


def test_a_report_that_holds_its_video_stays_so_after_an_edit(fake_run, monkeypatch):
    monkeypatch.setattr("dance3d.report.build.EMBED", 0)
    out, _ = first_run(fake_run)
    page = (out / "report.html").read_text()
    assert " data-film>" not in page and "single_file" not in read_result(out)
    first_run(fake_run, single_file=True)
    assert read_result(out)["single_file"] and " data-film>" in (out / "report.html").read_text()
    assert command(fake_run, "rename", 1, "Zoe") == 0
    assert read_result(out)["single_file"] and " data-film>" in (out / "report.html").read_text()


def test_a_name_costs_no_stage_at_all_and_is_everywhere(fake_run, capsys):
    out, _ = first_run(fake_run)
    assert command(fake_run, "rename", 2, "../Zoë <b>") == 0
    assert fake_run[1] == []
    assert {p.name for p in out.iterdir()} == {
        "person-1", "person-2", "person-3", "overlay.mp4", "report.html", "result.json", "tracks.json",
    }  # fmt: skip
    assert loaded(out, 2).name == "../Zoë <b>"
    assert json.loads((out / "result.json").read_text())["dancers"][1]["name"] == "../Zoë <b>"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "../Zoë &lt;b&gt;" in page and "Zoë <b>" not in page
    assert "dancer 2, ../Zoë <b>: " in capsys.readouterr().out
    assert command(fake_run, "list") == 0
    listed = capsys.readouterr().out
    assert "../Zoë <b>" in listed and "with 1 at 0.3 to 0.4 s (0.62, doubtful)" in listed and "(0.95)" in listed


def test_a_confirmed_crossing_costs_no_stage_and_ends_the_warning(fake_run):
    out, _ = first_run(fake_run)
    assert command(fake_run, "rename", 1, "Anna") == command(fake_run, "swap", 2, 3, "--frame", 18) == 0
    fake_run[1].clear()
    assert command(fake_run, "confirm", 1, 2, "--at", 0.4) == 0
    assert fake_run[1] == []
    result = json.loads((out / "result.json").read_text())
    assert [c["sure"] for d in result["dancers"] for c in d["crossings"]] == [1.0, 1.0, 1.0, 1.0]
    assert "uncertain" not in " ".join(result["warnings"]) and result["dancers"][0]["name"] == "Anna"


def test_dancers_come_and_go_with_their_folders_and_numbers_are_not_used_twice(fake_run):
    out, _ = first_run(fake_run)
    assert command(fake_run, "keep", 1, 3) == 0
    assert {p.name for p in out.glob("person-*")} == {"person-1", "person-3"}
    assert command(fake_run, "split", 3, "--frame", 12) == 0
    assert {p.name for p in out.glob("person-*")} == {"person-1", "person-3", "person-4"}
    assert {len((out / f"person-{n}" / "pose3d.csv").read_text().splitlines()) for n in (1, 3, 4)} == {21}
    assert command(fake_run, "merge", 3, 4) == 0
    assert free_number(out) == 5
    assert [t.person for t in trackwork.dancers(out)] == [1, 3]
    assert {"edit 2: 3 is a new dancer, 4, from frame 12 on (0.48 s)", "edit 3: 4 is part of 3"} < set(table(out))


def test_a_later_run_keeps_the_edits_of_this_video_and_no_others(fake_run, capsys):
    folder, _, _ = fake_run
    out, _ = first_run(fake_run)
    command(fake_run, "keep", 1, 2)
    command(fake_run, "rename", 2, "Anna")
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


def test_keypoints_found_anew_are_said_and_edits_that_no_longer_fit_too(fake_run, capsys):
    folder, _, people = fake_run
    out, _ = first_run(fake_run)
    command(fake_run, "keep", 1, 3)
    again = ["run", str(folder / "clip.mp4"), "-o", str(out), "--cache", str(folder / "cache")]
    assert main([*again, "--set", "keypoints.detect_size=640"]) == 0
    assert "found anew since tracks.json was written" in " ".join(
        json.loads((out / "result.json").read_text())["warnings"]
    )
    people["found"] = (1, 2)
    assert main([*again, "--set", "keypoints.detect_size=320"]) == REFUSED
    assert "there is no dancer 3; there are: 1, 2" in capsys.readouterr().err


def test_without_the_cache_the_folder_itself_has_the_keypoints(fake_run, capsys):
    folder, calls, _ = fake_run
    out, _ = first_run(fake_run)
    shutil.rmtree(folder / "cache")
    assert command(fake_run, "swap", 1, 2, "--frame", 10) == 0
    assert command(fake_run, "keep", 1) == 0
    assert "keypoints" not in calls and [t.person for t in trackwork.dancers(out)] == [1]
    shutil.rmtree(folder / "cache")
    assert command(fake_run, "undo") == REFUSED
    assert "no longer in the cache" in capsys.readouterr().err
    assert main(["run", str(folder / "clip.mp4"), "-o", str(out), "--cache", str(folder / "cache")]) == 0
    assert command(fake_run, "undo") == 0 and len(trackwork.dancers(out)) == 3


def test_settings_and_weights_of_the_run_are_those_of_the_edit(fake_run):
    folder, calls, _ = fake_run
    stored.save(folder / "own.safetensors", {"w": np.ones(3, np.float32)}, "lift", {})
    out, done = first_run(fake_run, settings={"lift": {"height": 1.7}}, weights={"lift": folder / "own.safetensors"})
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


def meanwhile(monkeypatch, happen, times=1):
    """Let something happen while the overlay of the next run or edit is drawn."""
    left = [times]

    def drawn(video, clip, dancers, path):
        path.write_bytes(b"film")
        if left[0]:
            left[0] -= 1
            happen()

    monkeypatch.setattr(exporters, "write_overlay", drawn)


def names(out):
    return {t.person: t.name for t in trackwork.dancers(out)}


def test_an_edit_during_a_run_is_kept(fake_run, monkeypatch):
    folder, _, _ = fake_run
    out, _ = first_run(fake_run)
    assert command(fake_run, "rename", 2, "Berta") == 0
    meanwhile(monkeypatch, lambda: command(fake_run, "rename", 1, "Anna"))
    run.run(folder / "clip.mp4", out, cache=Cache(folder / "cache"), settings={"lift": {"height": 1.7}})
    assert names(out) == {1: "Anna", 2: "Berta", 3: ""}
    assert read_result(out)["settings"]["lift"]["height"] == 1.7
    assert read_result(out)["weights"] == {}, "nobody gave weights, however often the run began anew"


def test_of_two_edits_at_once_both_are_kept(fake_run, monkeypatch):
    out, _ = first_run(fake_run)
    meanwhile(monkeypatch, lambda: command(fake_run, "rename", 2, "Berta"))
    assert command(fake_run, "rename", 1, "Anna") == 0
    assert names(out) == {1: "Anna", 2: "Berta", 3: ""}
    assert [edit.values["name"] for edit in read_sheet(out).edits] == ["Berta", "Anna"]


def test_a_run_that_ends_during_an_edit_is_not_undone_by_it(fake_run, monkeypatch):
    folder, _, _ = fake_run
    out, _ = first_run(fake_run)
    given = {"cache": Cache(folder / "cache"), "settings": {"lift": {"height": 1.7}}}
    meanwhile(monkeypatch, lambda: run.run(folder / "clip.mp4", out, **given))
    assert command(fake_run, "rename", 1, "Anna") == 0
    assert names(out)[1] == "Anna" and read_result(out)["settings"]["lift"]["height"] == 1.7


def test_an_edit_that_never_comes_to_its_turn_is_refused_and_changes_nothing(fake_run, monkeypatch, capsys):
    out, _ = first_run(fake_run)
    by_hand = out / "tracks.json"
    assert command(fake_run, "rename", 2, "Berta") == 0
    meanwhile(monkeypatch, lambda: by_hand.write_text(by_hand.read_text() + " "), times=99)
    monkeypatch.setattr(run, "ensure_outputs", uncached(run.ensure_outputs, fake_run[0]))
    before = names(out)
    assert command(fake_run, "rename", 1, "Anna") == CHANGED
    assert "were changed while this run worked; run it again" in capsys.readouterr().err
    assert names(out) == before and (out / "result.json").exists()


def uncached(ensure, folder):
    def work(*args):
        shutil.rmtree(folder / "cache" / "outputs", ignore_errors=True)
        return ensure(*args)

    return work


def test_edits_that_count_no_longer_are_all_kept(fake_run):
    folder, _, _ = fake_run
    out, _ = first_run(fake_run)
    for name in ("Anna", "Berta"):
        command(fake_run, "rename", 1, name)
        run.run(folder / "clip.mp4", out, cache=Cache(folder / "cache"), edits=[])
    kept = [(out / f"tracks-old{number}.json").read_text() for number in ("", "-2")]
    assert "Anna" in kept[0] and "Berta" in kept[1] and not (out / "tracks.json").exists()
