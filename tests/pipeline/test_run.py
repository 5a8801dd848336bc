"""A rendered clip through the real chain with the weights that ship: every file and row, the cache, nobody at all."""

import csv
import json
import os
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from dance3d.contracts import NONE, Keypoints2D, Movements, Pose3D
from dance3d.geometry.projection import projection
from dance3d.io import artefacts
from dance3d.io import weights as stored
from dance3d.io.video.writer import VideoWriter
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.export_run import export_again
from dance3d.pipeline.outputs import NAME_MARK
from dance3d.pipeline.retrack import retrack
from dance3d.pipeline.run import explain, run, run_until
from dance3d.stages.detect.model import HourglassNet
from dance3d.synth.clip import write_scene
from dance3d.tracks.edits import Edit

FILES = {f"person-1/{name}" for name in ("keypoints.npz", "pose3d.npz", "movements.npz", "pose3d.bvh")}
FILES |= {f"person-1/{name}.csv" for name in ("keypoints", "pose3d", "movements")}
FILES |= {"overlay.mp4", "report.html", "result.json", "person-1/words.csv", "person-1/rhythm.csv"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One clip of 1.5 s, run once: (video, out, cache, run)."""
    folder = tmp_path_factory.mktemp("ran")
    write_scene(folder, "salsa", 1.5, 5)
    cache = Cache(folder / "cache")
    return folder / "video.mp4", folder / "out", cache, run(folder / "video.mp4", folder / "out", cache=cache)


def rows(path):
    with path.open() as file:
        return list(csv.reader(file))


def decoded(path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_every_file_is_there_with_a_row_per_decoded_frame(ran):
    video, out, _, done = ran
    assert {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} == FILES
    frames = decoded(video)
    for kind, name in ((Keypoints2D, "keypoints"), (Pose3D, "pose3d"), (Movements, "movements")):
        assert artefacts.load(out / "person-1" / f"{name}.npz", kind).frames == frames
        assert len(rows(out / "person-1" / f"{name}.csv")) == frames + 1
    assert decoded(out / "overlay.mp4") == frames
    assert done.dancers[0].pose.frames == frames


def test_result_json_says_what_was_done(ran):
    video, out, _, done = ran
    result = json.loads((out / "result.json").read_text())
    assert result == json.loads(json.dumps(done.result))
    assert result["video"]["frames"] == result["video"]["expected"] == decoded(video)
    assert "decoded" not in result["video"]  # it said the same as frames
    assert result["video"]["gaps"] == [] and result["video"]["rotation"] == 0
    assert [line["stage"] for line in result["stages"]] == ["keypoints", "lift", "motion", "genre"]
    (dancer,) = result["dancers"]
    assert (dancer["person"], dancer["start"], dancer["frames"]) == (1, 0, decoded(video))
    likeliest = max(dancer["genre_prob"], key=dancer["genre_prob"].get)
    assert dancer["genre"] == (likeliest if dancer["known"] >= 0.5 else NONE)
    assert result["genre"]["best"] == dancer["genre"] and result["genre"]["prob"] == dancer["genre_prob"]
    assert result["genre"]["answer"] == dancer["answer"] and dancer["genre"] in dancer["answer"]["text"]
    vote = {"person": 1, "weight": 1.0, "best": dancer["genre"], "answer": dancer["answer"]}
    assert result["genre"]["votes"] == [vote]
    assert dancer["segments"][0]["start"] == 0 and dancer["segments"][0]["prob"].keys() == dancer["genre_prob"].keys()
    assert sum(dancer["genre_prob"].values()) == pytest.approx(1, abs=1e-3)


def test_the_bvh_has_no_nan_and_the_report_its_name(ran):
    video, out, _, _ = ran
    assert "nan" not in (out / "person-1" / "pose3d.bvh").read_text().lower()
    report = (out / "report.html").read_text()
    assert (
        video.name in report and NAME_MARK not in report and "https://" not in report.replace("https://www.w3.org", "")
    )


def test_again_everything_is_cached_also_under_another_name(ran, tmp_path):
    video, out, cache, first = ran
    renamed = tmp_path / "<b>my clip ü.mov"
    shutil.copy(video, renamed)
    again = run(renamed, tmp_path / "out", cache=cache)
    assert all(line["cached"] for line in again.result["stages"]) and again.result["outputs"]["cached"]
    assert [line["key"] for line in again.result["stages"]] == [line["key"] for line in first.result["stages"]]
    for name in FILES - {"result.json", "report.html"}:
        assert (tmp_path / "out" / name).read_bytes() == (out / name).read_bytes()
    report = (tmp_path / "out" / "report.html").read_text()
    assert "&lt;b&gt;my clip" in report and "<b>my clip" not in report
    assert [why for _, why in explain(renamed, cache)] == ["cached"] * 4


def test_one_changed_byte_is_another_video(ran, tmp_path):
    video, _, cache, _ = ran
    other = tmp_path / video.name
    other.write_bytes(video.read_bytes() + b"\0")
    assert next(iter(explain(other, cache))) == ("keypoints", "changed: inputs.video")


def test_what_lies_in_the_folder_and_is_not_of_a_run_stays(ran, tmp_path):
    video, out, cache, _ = ran
    (tmp_path / "person-2").mkdir()
    (tmp_path / "person-2" / "thesis.txt").write_text("the user's own")
    (tmp_path / "report.html").write_text("the user's own")
    run(video, tmp_path, cache=cache)
    assert (tmp_path / "person-2" / "thesis.txt").read_text() == "the user's own"
    assert (tmp_path / "report-old.html").read_text() == "the user's own"
    assert (tmp_path / "report.html").read_bytes() == (out / "report.html").read_bytes()


def test_a_name_that_is_no_text_works_and_is_recorded_as_it_can_be_shown(ran, tmp_path):
    video, _, cache, _ = ran
    named = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mp4"))
    shutil.copy(video, named)
    done = run(named, tmp_path / "out", cache=cache)
    assert (
        done.result["video"]["path"] == "../bad\\udcff.mp4"
        and "bad\\udcff.mp4" in (tmp_path / "out/report.html").read_text()
    )
    again = retrack(tmp_path / "out", Edit("rename", {"person": 1, "name": "Anna"}), cache=cache)  # and found again
    assert again.dancers[0].keypoints.name == "Anna"


@pytest.mark.parametrize("damage", ["clip.npz", "0000.npz", "person-1/pose3d.csv"])
def test_an_entry_that_lacks_what_it_must_hold_is_made_again(ran, tmp_path, damage, caplog):
    """Its manifest fits what is there: only who reads it can say what is missing."""
    video, _, cache, first = ran
    shutil.copytree(cache.root, tmp_path / "cache")
    stage = {"clip.npz": "keypoints", "0000.npz": "lift"}.get(damage, "outputs")
    keys = {line["stage"]: line["key"] for line in first.result["stages"]} | {"outputs": first.result["outputs"]["key"]}
    entry = tmp_path / "cache" / stage / keys[stage]
    manifest = json.loads((entry / "manifest.json").read_text())
    del manifest["files"][damage]
    (entry / "manifest.json").write_text(json.dumps(manifest))
    (entry / damage).unlink()
    again = run(video, tmp_path / "out", cache=Cache(tmp_path / "cache"))
    assert f"{damage} is missing" in caplog.text
    made = [line["stage"] for line in again.result["stages"] if not line["cached"]]
    assert made == ([stage] if stage != "outputs" else []) and again.result["outputs"]["cached"] == (stage != "outputs")
    assert {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()} == FILES


def test_nobody_in_the_video_is_a_result_too(tmp_path):
    with VideoWriter(tmp_path / "wall.mp4", (320, 240), 30) as writer:
        for frame in range(12):
            writer.write(np.full((240, 320, 3), 90 + frame, np.uint8), frame / 30)
    done = run(tmp_path / "wall.mp4", tmp_path / "out", cache=Cache(None))
    assert done.dancers == () and done.clip.frames == 12
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["dancers"] == [] and "nobody was found" in " ".join(result["warnings"])
    assert (tmp_path / "out" / "report.html").exists() and decoded(tmp_path / "out" / "overlay.mp4") == 12


def test_a_clip_of_one_frame_works_through_every_stage(ran, tmp_path):
    with av.open(str(ran[0])) as container:
        image = next(container.decode(video=0)).to_ndarray(format="rgb24")
    with VideoWriter(tmp_path / "one.mp4", (image.shape[1], image.shape[0]), 30) as writer:
        writer.write(image, 0.0)
    done = run(tmp_path / "one.mp4", tmp_path / "out", cache=Cache(None))
    assert done.clip.frames == 1
    assert len(rows(tmp_path / "out" / "person-1" / "movements.csv")) == 2


def test_until_writes_what_the_stages_made(ran, tmp_path):
    video, _, cache, _ = ran
    run_until("lift", video, tmp_path, cache=cache)
    assert sorted(p.name for p in (tmp_path / "person-1").iterdir()) == ["keypoints.npz", "lift.npz"]
    assert artefacts.load(tmp_path / "person-1" / "lift.npz", Pose3D).frames == decoded(video)


def test_export_writes_the_tables_again(ran, tmp_path):
    shutil.copytree(ran[1], tmp_path / "out")
    for path in (tmp_path / "out" / "person-1").glob("*.[cb]*"):
        path.unlink()
    written = export_again(tmp_path / "out", ["csv", "bvh", "json"])
    for path in written:
        if path.suffix != ".json":
            assert path.read_bytes() == (ran[1] / "person-1" / path.name).read_bytes(), path.name
    pose, stored = ran[3].dancers[0].pose, json.loads((tmp_path / "out" / "person-1" / "pose3d.json").read_text())
    assert np.allclose(np.array(stored["xyz"], float), pose.xyz, atol=1e-5, equal_nan=True)
    with pytest.raises(
        ValueError,
        match="'fbx' is not known; choose from csv, parquet, bvh, glb, usd, trc, mot, c3d, netcdf, sleap, nwb, "
        "rerun, json",
    ):
        export_again(tmp_path / "out", ["fbx"])
    with pytest.raises(ValueError, match="holds no results"):
        export_again(tmp_path, ["csv"])


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    """Random weights of a small detector: it finds nonsense, through everything that a good one goes through."""
    torch.manual_seed(0)
    net = HourglassNet(width=16, depth=8)
    path = tmp_path_factory.mktemp("detector") / "weights.safetensors"
    stored.save(path, {k: v.numpy() for k, v in net.state_dict().items()}, "detect", net.config | {"bones": 4.0})
    return path


def test_poses_may_come_from_detect_and_nobody_notices(ran, detector, tmp_path):
    video, _, cache, lifted = ran
    given = {"cache": cache, "pose_from": "detect", "weights": {"detect": detector}}
    done = run(video, tmp_path / "out", **given)
    assert {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()} == FILES
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["pose_from"] == "detect" and lifted.result["pose_from"] == "lift"
    assert [line["stage"] for line in result["stages"]] == ["detect", "motion", "genre"]
    film = json.loads(json.dumps(lifted.result["video"]))
    film["path"] = result["video"]["path"]  # seen from another folder
    assert set(result) == set(lifted.result) and result["video"] == film
    keys = {line["key"] for line in result["stages"]}
    assert keys.isdisjoint(line["key"] for line in lifted.result["stages"])
    (dancer,) = done.dancers
    pose, frames = dancer.pose, decoded(video)
    assert pose.frames == dancer.keypoints.frames == dancer.movements.frames == frames
    assert np.allclose(dancer.keypoints.xy, projection(pose).xy, equal_nan=True)
    said = "the 3D pose's own projection"
    assert said in " ".join(result["warnings"])
    assert said in (tmp_path / "out" / "report.html").read_text().replace("&#39;", "'")
    again = run(video, tmp_path / "out", **given)
    assert all(line["cached"] for line in again.result["stages"]) and again.result["outputs"]["cached"]
    run_until("detect", video, tmp_path / "part", **given)
    assert [p.name for p in (tmp_path / "part" / "person-1").iterdir()] == ["detect.npz"]


def test_nobody_is_found_by_detect_either(detector, tmp_path):
    with VideoWriter(tmp_path / "wall.mp4", (320, 240), 30) as writer:
        for frame in range(6):
            writer.write(np.full((240, 320, 3), 90 + frame, np.uint8), frame / 30)
    given = {"cache": Cache(None), "pose_from": "detect", "weights": {"detect": detector}}
    done = run(tmp_path / "wall.mp4", tmp_path / "out", **given)
    assert done.dancers == () and done.clip.frames == 6
    assert "nobody was found" in " ".join(done.result["warnings"]) and (tmp_path / "out" / "report.html").exists()
