"""The runner: each stage gets what the one before made, and works only when something it depends on has changed."""

import numpy as np
import pytest

from dance3d.contracts import Clip, Genre, Keypoints2D, Movements, Pose3D
from dance3d.io import fetch
from dance3d.io import weights as stored
from dance3d.movement_types import MOVEMENTS
from dance3d.pipeline import runner as module
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.given import Given, file_given
from dance3d.pipeline.runner import Runner, merge_settings
from dance3d.stages.keypoints.qualities import QUALITIES
from dance3d.stages.keypoints.settings import KeypointSettings

TIME = np.arange(4) / 30


def make_keypoints(inputs, settings, weights):
    value = float(len(inputs["video"].read_bytes())) + settings.smooth
    track = Keypoints2D(np.full((4, 17, 2), value), np.ones((4, 17)), np.ones((4, 17)), TIME, (64, 48))
    return [Clip(TIME, (64, 48)), track]


def make_poses(inputs, settings, weights):
    return [
        Pose3D(np.full((4, 17, 3), k.xy.mean()), np.ones(4), np.zeros(4), k.time, person=k.person)
        for k in inputs["keypoints"]
    ]


def make_movements(inputs, settings, weights):
    return [Movements(np.zeros((4, len(MOVEMENTS))), p.time) for p in inputs["lift"]]


def make_genres(inputs, settings, weights):
    return [Genre([0.5, 0.5], ("a", "b")) for _, _ in zip(inputs["motion"], inputs["lift"], strict=True)]


def make_detected(inputs, settings, weights):
    value = float(len(inputs["video"].read_bytes()))
    return [Clip(TIME, (64, 48)), Pose3D(np.full((4, 17, 3), value), np.ones(4), np.zeros(4), TIME)]


@pytest.fixture
def stages(monkeypatch, tmp_path):
    """Stand-ins for the stages' work, which count their calls; and weights for those that learn."""
    calls: list[str] = []
    work = {"keypoints": make_keypoints, "lift": make_poses, "motion": make_movements, "genre": make_genres}
    work["detect"] = make_detected

    def resolve(path):
        name = path.split(".")[2]

        def predict(*args):
            calls.append(name)
            return work[name](*args)

        return predict

    for name in ("lift", "detect", "motion", "genre"):
        stored.save(tmp_path / f"{name}.safetensors", {"w": np.zeros(3, np.float32)}, name, {})
    monkeypatch.setattr(module, "resolve", resolve)
    monkeypatch.setattr(stored, "default", lambda stage: tmp_path / f"{stage}.safetensors")
    return calls


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"some frames")
    return path


def run(tmp_path, video, **kwargs):
    return Runner(Cache(tmp_path / "cache"), **kwargs).chain(file_given(video))


ALL = ["keypoints", "lift", "motion", "genre"]


def test_a_second_run_works_on_nothing_and_gives_the_same(tmp_path, video, stages):
    first = run(tmp_path, video)
    assert stages == ALL
    second = run(tmp_path, video)
    assert stages == ALL
    assert all(r.cached for r in second.values()) and not any(r.cached for r in first.values())
    unkept = Cache(None)  # its folder lives as long as it does
    fresh = Runner(unkept).chain(file_given(video))
    for name in ALL:
        assert [r.key for r in (first[name], fresh[name])] == [second[name].key] * 2
        assert first[name].entry.files == fresh[name].entry.files
        for file in first[name].entry.files:
            assert (second[name].entry.folder / file).read_bytes() == (fresh[name].entry.folder / file).read_bytes()


def test_the_name_of_the_video_does_not_count_its_bytes_do(tmp_path, video, stages):
    run(tmp_path, video)
    renamed = video.rename(tmp_path / "tänzer 2.mov")
    run(tmp_path, renamed)
    assert stages == ALL
    other = tmp_path / "elsewhere" / "clip.mp4"
    other.parent.mkdir()
    other.write_bytes(b"Some frames")
    assert run(tmp_path, other)["keypoints"].load()[0].xy.mean() == 12
    assert stages == 2 * ALL


def test_settings_weights_and_code_cost_only_what_follows(tmp_path, video, stages, monkeypatch):
    run(tmp_path, video)
    stages.clear()
    run(tmp_path, video, settings={"lift": {"height": 1.7}})
    assert stages == ["lift", "motion", "genre"]
    stages.clear()
    stored.save(tmp_path / "new.safetensors", {"w": np.ones(3, np.float32)}, "motion", {})
    run(tmp_path, video, weights={"motion": tmp_path / "new.safetensors"})
    assert stages == ["motion", "genre"]
    stages.clear()
    monkeypatch.setattr(
        "dance3d.pipeline.cache_key.fingerprint", lambda name, training: "new code" if ".lift." in name else "old"
    )
    run(tmp_path, video)
    stages.clear()
    monkeypatch.setattr(
        "dance3d.pipeline.cache_key.fingerprint", lambda name, training: "newer code" if ".lift." in name else "old"
    )
    run(tmp_path, video)
    assert stages == ["lift", "motion", "genre"]


def test_an_input_that_changes_meanwhile_fails_and_publishes_nothing(tmp_path, video, stages):
    versions = iter([True, False])
    given = Given("key", lambda: video, lambda: next(versions) and False)
    runner = Runner(Cache(tmp_path / "cache"))
    with pytest.raises(InputChanged, match="the video was changed"):
        runner.chain(given)
    assert list(runner.cache.entries()) == []


def test_nobody_in_the_video_gives_empty_stages_without_loading_a_net(tmp_path, video, stages, monkeypatch):
    monkeypatch.setitem(globals(), "make_keypoints", None)
    monkeypatch.setattr(module, "resolve", lambda path: lambda *args: [Clip(TIME, (64, 48))])
    results = run(tmp_path, video)
    assert results["keypoints"].clip.frames == 4
    assert [r.load() for r in results.values()] == [[], [], [], []]
    assert results["lift"].entry.files == ()


def test_until_stops_there(tmp_path, video, stages):
    assert list(Runner(Cache(tmp_path / "cache")).chain(file_given(video), until="lift")) == ["keypoints", "lift"]
    assert stages == ["keypoints", "lift"]


def test_unknown_settings_and_stages_are_named_with_the_choices():
    with pytest.raises(ValueError, match=r"stage lift has no setting 'hight'; its settings are: .*height"):
        merge_settings({"lift": {"hight": 1}})
    with pytest.raises(ValueError, match=r"stage 'lifts' is not known; choose from keypoints, lift"):
        merge_settings({"lifts": {}})


def test_each_result_says_why_it_was_made(tmp_path, video, stages):
    lines = []
    run(tmp_path, video, report=lambda stage, why, result: lines.append((stage, why, result is None)))
    assert lines[:2] == [("keypoints", "never made here", True), ("keypoints", "never made here", False)]
    lines.clear()
    run(
        tmp_path,
        video,
        settings={"lift": {"height": 1.6}},
        report=lambda stage, why, result: lines.append((stage, why, result is None)),
    )
    assert ("keypoints", "cached", False) in lines and ("lift", "changed: settings.height", True) in lines
    assert ("motion", "changed: inputs.lift", True) in lines


def test_poses_from_detect_need_no_keypoints_and_are_read_all_the_same(tmp_path, video, stages):
    lifted = run(tmp_path, video)
    stages.clear()
    runner = Runner(Cache(tmp_path / "cache"))
    detected = runner.chain(file_given(video), pose_from="detect")
    assert stages == list(detected) == ["detect", "motion", "genre"]
    assert detected["detect"].clip.frames == 4
    assert {detected[name].key for name in ("motion", "genre")}.isdisjoint(lifted[name].key for name in ALL)
    assert all(r.cached for r in runner.chain(file_given(video), pose_from="detect").values())
    assert list(runner.chain(file_given(video), until="detect", pose_from="detect")) == ["detect"]
    with pytest.raises(ValueError, match="lift does not run where poses come from detect; choose from detect, motion"):
        runner.chain(file_given(video), until="lift", pose_from="detect")
    with pytest.raises(ValueError, match="'motion'; choose from lift, detect"):
        runner.chain(file_given(video), pose_from="motion")


def test_what_is_in_a_model_counts(tmp_path):
    """A file put in another's place makes other keypoints."""
    for name in ("boxes", "pose"):
        (tmp_path / name).write_bytes(b"1")
    settings = {"keypoints": {"backend": "rtmpose", "model": f"{tmp_path}/boxes+{tmp_path}/pose"}}
    runner, video = Runner(Cache(tmp_path / "cache"), settings), {"video": Given("key", lambda: tmp_path)}
    first = runner.components("keypoints", video)
    (tmp_path / "pose").write_bytes(b"2")
    second = runner.components("keypoints", video)
    assert first != second and len(second["files"]) == 2
    assert Runner(Cache(tmp_path / "cache")).components("keypoints", video)["files"] == []


def test_weights_of_others_count_as_the_list_pins_them(monkeypatch):
    """Also where no setting names them: they are the backend's own."""
    video = {"video": Given("key", lambda: None)}
    model = "yolox-nano+rtmpose-m"
    given = [{"backend": "rtmpose"}, {"backend": "rtmpose", "model": model}, {}]

    def kept():
        return [Runner(Cache(None), {"keypoints": one}).components("keypoints", video)["fetched"] for one in given]

    rows = fetch.third_party()
    pins = {name: rows[name]["sha256"] for name in ("rtmpose-m", "yolox-nano")}
    feet = {"blazepose-full": rows["blazepose-full"]["sha256"]}  # which read feet for a detector without any
    nets = QUALITIES[KeypointSettings().quality]
    own = {name: rows[name]["sha256"] for name in (nets.reader, nets.finder)} | feet
    assert kept() == [{"rtmpose-m": pins["rtmpose-m"], **feet}, pins | feet, own]
    monkeypatch.setattr(fetch, "third_party", lambda: rows | {"rtmpose-m": rows["rtmpose-m"] | {"sha256": "other"}})
    assert [found.get("rtmpose-m") for found in kept()] == ["other", "other", None]


def test_what_is_in_a_file_of_movement_types_counts(tmp_path):
    file, pose = tmp_path / "own.yaml", {"lift": Given("key", lambda: [])}
    kept = []
    for label in ("one", "two"):
        file.write_text(f"body.{label}: {{rule: labels}}")
        runner = Runner(Cache(None), {"motion": {"types": str(file)}})
        kept.append(runner.components("motion", pose)["files"])
    assert len(kept[0]) == 1 and kept[0] != kept[1]
