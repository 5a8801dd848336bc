"""The stage as a whole: with a detector whose answers are known, and with MediaPipe on real and empty pictures."""

import hashlib
import os
import time as clock
import weakref
from itertools import islice

import keypoint_writers
import numpy as np
import pytest
from blazepose_bodies import body, needs_mediapipe
from filmed_background import SIZE, background, view
from told_detector import ToldDetector, dancer, film, tell

from dance3d.contracts import Clip, Keypoints2D
from dance3d.contracts.detections import Identities
from dance3d.io import pieces
from dance3d.io.pieces import pieces_in
from dance3d.io.progress import progress_to
from dance3d.io.video.reader import VideoError, VideoReader
from dance3d.io.video.writer import VideoWriter
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.stages.keypoints.detectors import DETECTORS
from dance3d.stages.keypoints.predict import DECODED_AHEAD, detect, predict
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.keypoints.tracking import TRACKERS


def told(**changes):
    return KeypointSettings.read({"backend": "known", "detect_size": 960} | changes)


class Known:
    """A detector that reads the frame's number from the picture's grey, and answers from a list."""

    layout = "blazepose33"
    answers: list
    shapes: set

    def __init__(self, model, people, *, fps):
        Known.fps = fps
        Known.seen, Known.shapes = [], set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __call__(self, image):
        Known.seen.append(round(image.mean() / 8))
        Known.shapes.add(image.shape)
        answer = Known.answers[len(Known.seen) - 1]
        return [] if answer is None else [answer * [*image.shape[1::-1], 1]]


def everything(detections, people):
    """A tracker for one body per frame."""
    return Identities(np.ones(len(detections), np.int64))


@pytest.fixture
def clip_of(tmp_path, monkeypatch):
    monkeypatch.setitem(DETECTORS, "known", f"{__name__}:Known")
    monkeypatch.setitem(TRACKERS, "everything", f"{__name__}:everything")

    def make(answers, size=(320, 200), fps=30):
        Known.answers = answers
        path = tmp_path / "clip.mp4"
        with VideoWriter(path, size, fps, crf=1) as writer:
            for i in range(len(answers)):
                writer.write(np.full((size[1], size[0], 3), i % 30 * 8, np.uint8), i / fps)
        return {"video": path}

    return make


def test_rows_are_frames_in_order(clip_of):
    clip, found = predict(clip_of([body()] * 25), told(), None)
    assert isinstance(clip, Clip) and isinstance(found, Keypoints2D)
    assert clip.frames == found.frames == 25 and found.start == 0 and found.person == 1 and found.size == (320, 200)
    np.testing.assert_array_equal(found.time, clip.time)
    assert Known.seen == list(range(25))
    assert found.measured.all() and np.isfinite(found.xy).all()
    wrist = found.xy[0, H36M17.index("left_wrist")]
    np.testing.assert_allclose(wrist, (0.61 * 320, 0.52 * 200), atol=0.01)
    assert (found.score == np.float32(0.9)).all() and found.raw is not None


def test_big_pictures_are_made_smaller_for_the_detector_only(clip_of):
    _, found = predict(clip_of([body()] * 3, size=(640, 400)), told(detect_size=160), None)
    assert Known.shapes == {(100, 160, 3)} and found.size == (640, 400)
    np.testing.assert_allclose(found.xy[0, H36M17.index("left_wrist")], (0.61 * 640, 0.52 * 400), atol=0.01)


def test_absence_is_nan_and_a_flag(clip_of):
    answers = [None] * 5 + [body()] * 10 + [None] * 6 + [body()] * 10 + [None] * 30 + [body()] * 15
    clip, found = predict(clip_of(answers), told(tracker="everything"), None)
    there = np.array([a is not None for a in answers])
    assert found.frames == clip.frames == len(answers)
    np.testing.assert_array_equal(found.measured.all(1), there)
    np.testing.assert_array_equal(np.isfinite(found.raw).all((1, 2)), there)
    bridged = np.zeros(len(answers), bool)
    bridged[15:21] = True  # a fifth of a second; the start and the whole second later stay open
    np.testing.assert_array_equal(np.isfinite(found.xy).all((1, 2)), there | bridged)
    assert (found.score[~(there | bridged)] == 0).all() and (found.score[bridged] > 0).all()


def test_nobody_gives_the_clip_alone(clip_of):
    (clip,) = predict(clip_of([None] * 4), told(), None)
    assert clip.frames == 4


def test_one_frame(clip_of):
    clip, found = predict(clip_of([body()]), told(), None)
    assert clip.frames == found.frames == 1 and np.isfinite(found.xy).all()


def test_a_detectors_error_and_a_damaged_end_do_not_hang(clip_of, monkeypatch):
    inputs = clip_of([body()] * 40)
    monkeypatch.setattr(Known, "__call__", lambda self, image: 1 / 0)
    began = clock.perf_counter()
    with pytest.raises(ZeroDivisionError):
        predict(inputs, told(), None)
    with pytest.raises(VideoError, match="beyond the limit of 1 s"):
        predict(inputs, told(limit_seconds=1), None)
    inputs["video"].write_text("no video")
    with pytest.raises(VideoError):
        predict(inputs, told(), None)
    assert clock.perf_counter() - began < 10


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"backend": "openpose"}, "'openpose' is not known; choose from .*mediapipe"),
        ({"detect_size": 3}, "detect_size is 3"),
    ],
)
def test_settings_are_refused_with_the_choices(clip_of, change, why):
    with pytest.raises(ValueError, match=why):
        predict(clip_of([None]), told(**change), None)


def test_a_missing_mediapipe_is_said(clip_of, monkeypatch):
    from dance3d.stages.keypoints.detectors import requirements

    monkeypatch.setattr(requirements, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"needs the package mediapipe.*pip install"):
        predict(clip_of([None]), told(backend="mediapipe"), None)


@needs_mediapipe
def test_mediapipe_finds_nobody_in_noise_and_says_nothing(clip_of, capfd):
    inputs = clip_of([None] * 3)
    os.write(2, b"before\n")
    (clip,) = predict(inputs, told(backend="mediapipe"), None)
    os.write(2, b"after\n")
    assert clip.frames == 3
    assert capfd.readouterr().err == "before\nafter\n"


@needs_mediapipe
def test_mediapipe_finds_the_dancer_of_a_real_clip(data_dir, capfd):
    clip, found = predict({"video": data_dir / "video" / "jacky_dance.mp4"}, told(backend="mediapipe"), None)
    assert clip.frames == found.frames == 65 and found.measured.mean() > 0.98
    assert capfd.readouterr().err == ""
    at = {j: found.xy[:, H36M17.index(j)] for j in H36M17.joints}
    upright = ["head", "nose", "thorax", "spine", "pelvis", "left_knee", "left_ankle"]
    heights = np.stack([at[j][:, 1] for j in upright])
    assert (np.diff(heights, axis=0) > 0).mean() > 0.98  # y is down
    for joint in ("shoulder", "hip"):  # he faces the camera, so his left is on the picture's right
        assert (at[f"left_{joint}"][:, 0] > at[f"right_{joint}"][:, 0]).all()
    shake = [np.linalg.norm(np.diff(a, 2, axis=0), axis=-1).mean() for a in (found.raw, found.xy)]
    assert shake[1] < 0.9 * shake[0]
    assert np.abs(found.xy - found.raw).mean() < 6  # smoothing moves little in a body of 600 px


def test_few_pictures_are_alive_however_long_the_clip(clip_of, monkeypatch):
    shown, most, show, call = [], [], VideoReader._show, Known.__call__

    def seen(self, picture):
        image = show(self, picture)
        shown.append(weakref.ref(image))
        return image

    def counted(self, image):
        clock.sleep(0.002)  # the decoder is faster, and has to wait
        most.append(sum(ref() is not None for ref in shown))
        return call(self, image)

    monkeypatch.setattr(VideoReader, "_show", seen)
    monkeypatch.setattr(Known, "__call__", counted)
    predict(clip_of([body()] * 120), told(), None)
    assert (
        len(shown) == 120 and 2 <= max(most) <= DECODED_AHEAD + 3
    )  # those that wait, one on each side, and one in between


def test_bodies_are_packed_on_the_way(clip_of, monkeypatch):
    monkeypatch.setattr("dance3d.stages.keypoints.detection_buffer.PACK_EVERY", 4)
    answers = [None, *[body() * [1, 1, 1 - i / 100] for i in range(10)], None]
    _, detections = detect(clip_of(answers)["video"], told(), None)
    np.testing.assert_array_equal(detections.frame, np.arange(1, 11))
    np.testing.assert_allclose(detections.score[:, 0], 0.9 * (1 - np.arange(10) / 100), atol=1e-6)
    np.testing.assert_allclose(detections.xy[:, H36M17.index("left_wrist")], [(0.61 * 320, 0.52 * 200)] * 10, atol=0.01)
    assert detections.xy.dtype == detections.colour.dtype == np.float32


def in_pieces(folder, video, settings, stop=None):
    """Detections of a video with a piece after every frame; of a run that is stopped as it reaches a frame, none."""

    def reached(done, expected):
        if done == stop:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pieces_in(folder), progress_to(reached):
        patch.setattr(pieces, "EVERY", 0)
        try:
            return bytes_of(*detect(video, settings, None))
        except KeyboardInterrupt:
            return None


def bytes_of(clip, found):
    arrays = (found.frame, found.xy, found.score, found.colour, found.extremities, found.time, clip.time)
    return [(array.dtype, array.shape, array.tobytes()) for array in arrays]


def test_detecting_goes_on_behind_the_last_piece(tmp_path, monkeypatch, caplog):
    answers = [[dancer(0.2 + 0.1 * j, i / 30) for j in range(i % 4)] for i in range(30)]
    settings = KeypointSettings.read(tell(monkeypatch, answers)["keypoints"])
    video, folder = film(tmp_path / "clip.mp4", np.arange(30) / 30), tmp_path / "pieces"
    whole = bytes_of(*detect(video, settings, None))
    assert in_pieces(folder, video, settings, 12) is None and len(list(folder.iterdir())) == 11
    assert in_pieces(folder, video, settings, 20) is None and len(ToldDetector.shapes) == 20 - 11
    assert in_pieces(folder, video, settings) == whole and len(ToldDetector.shapes) == 30 - 19
    assert in_pieces(folder, video, settings) == whole and ToldDetector.shapes == []  # no frame is left
    (folder / next(p.name for p in folder.iterdir() if p.name.startswith(f"{17:09d}"))).write_bytes(b"")
    assert in_pieces(folder, video, settings) == whole and len(ToldDetector.shapes) == 30 - 17
    assert caplog.text.count("going on from frame 17") == 1


@pytest.mark.parametrize(
    "name", ["frame", "xy", "score", "colour", "extremities", "camera.states", "small", "detector.next"]
)
def test_a_piece_of_something_else_is_refused_whole(tmp_path, monkeypatch, caplog, name):
    answers = [[dancer(0.4, i / 30)] for i in range(9)]
    settings = KeypointSettings.read(tell(monkeypatch, answers)["keypoints"])
    video, folder = film(tmp_path / "clip.mp4", np.arange(9) / 30), tmp_path / "pieces"
    whole = bytes_of(*detect(video, settings, None))
    in_pieces(folder, video, settings, 6)
    (path,) = folder.glob(f"{3:09d}*")
    arrays = dict(np.load(path))
    for wrong in (None, arrays[name][None], arrays[name] + 100 if name == "frame" else arrays[name][None]):
        path.unlink(missing_ok=True)
        np.savez(folder / "x.npz", **{k: v for k, v in {**arrays, name: wrong}.items() if v is not None})
        digest = hashlib.sha256((folder / "x.npz").read_bytes()).hexdigest()
        path = (folder / "x.npz").rename(folder / f"{3:09d}-{digest}.npz")
        assert in_pieces(folder, video, settings) == whole and len(ToldDetector.shapes) == 6
        path = next(folder.glob(f"{3:09d}*"))
    assert caplog.text.count("going on from frame 3") == 3


def test_shots_are_found_also_in_a_film_that_is_read_in_parts(tmp_path, monkeypatch):
    """A cut at frame 30; who stands there is known again behind it, but nothing goes on across."""
    settings = KeypointSettings.read(tell(monkeypatch, [[dancer(0.5, i / 30)] for i in range(60)])["keypoints"])
    video, folder, whole = tmp_path / "clip.mp4", tmp_path / "pieces", background()
    with VideoWriter(video, SIZE, 30, crf=10) as writer:
        for i in range(60):
            left = 500 if i < 30 else 1100
            picture = view(whole, (left, 450), 1.0, i)[0].rgb()
            writer.write(picture if i < 30 else picture[::-1].copy(), i / 30)
    assert in_pieces(folder, video, settings, 12) is None and in_pieces(folder, video, settings, 40) is None
    with pieces_in(folder):
        clip, _ = detect(video, settings, None)
    assert len(ToldDetector.shapes) == 60 - 39 and clip.shots == (0, 30)
    clip, found = predict({"video": video}, settings, None)
    assert clip.shots == found.shots == (0, 30) and found.measured.any(1).all() and found.still is None


def test_a_detector_that_cannot_say_its_state_is_not_kept(tmp_path, clip_of):
    video = clip_of([body()] * 6)["video"]
    assert in_pieces(tmp_path / "pieces", video, told(), 4) is None and not (tmp_path / "pieces").exists()
    assert in_pieces(tmp_path / "pieces", video, told()) == bytes_of(*detect(video, told(), None))


def test_movenet_and_the_reader_of_feet_go_on_to_the_byte(tmp_path, data_dir):
    """Stopped at a picture in which feet are read, and at one in which they are not."""
    with VideoReader(data_dir / "video" / "footskate_dance.mp4") as reader:
        shown = [frame.image for frame in islice(reader, 9)]
    with VideoWriter(tmp_path / "clip.mp4", (shown[0].shape[1], shown[0].shape[0]), 24) as writer:
        for i, image in enumerate(shown):
            writer.write(image, i / 24)
    settings, folder = told(backend="movenet", people=1), tmp_path / "pieces"
    clip, found = detect(tmp_path / "clip.mp4", settings, None)
    read = np.isfinite(found.extremities[:, 0]).all(-1)
    assert len(read) == 9 and 0 < read.sum() < 9
    for stop in (4, 7):
        in_pieces(folder, tmp_path / "clip.mp4", settings, stop)
    assert in_pieces(folder, tmp_path / "clip.mp4", settings) == bytes_of(clip, found)
    (track,) = (
        one for one in predict({"video": tmp_path / "clip.mp4"}, settings, None) if isinstance(one, Keypoints2D)
    )
    assert np.isfinite(track.extremities).all()
    without = told(backend="movenet", people=1, extremities=False)
    (same,) = (one for one in predict({"video": tmp_path / "clip.mp4"}, without, None) if isinstance(one, Keypoints2D))
    assert same.extremities is None
    np.testing.assert_array_equal(same.xy, track.xy)


@needs_mediapipe
def test_mediapipe_goes_on_to_the_byte_with_people_lost_too(tmp_path, data_dir):
    """Three dancers, whom nobody sees for three pictures; stopped in these and after them."""
    with VideoReader(data_dir / "video" / "kitasen_dancers.mp4") as reader:
        shown = [frame.image for frame in islice(reader, 255, 267)]
    with VideoWriter(tmp_path / "clip.mp4", (shown[0].shape[1], shown[0].shape[0]), 30) as writer:
        for i, image in enumerate(shown):
            writer.write(np.full_like(image, 90) if 6 <= i < 9 else image, i / 30)
    settings, folder = told(backend="mediapipe", detect_size=480), tmp_path / "pieces"
    whole = bytes_of(*detect(tmp_path / "clip.mp4", settings, None))
    for stop in (8, 10):
        in_pieces(folder, tmp_path / "clip.mp4", settings, stop)
    lost = [np.load(path)["detector.lost"] for path in sorted(folder.iterdir())]
    assert [len(of) and int(of.max()) for of in lost[5:9]] == [0, 1, 2, 3]
    assert in_pieces(folder, tmp_path / "clip.mp4", settings) == whole


def test_keypoints_of_another_tool_pass_as_they_are(tmp_path):
    xy = np.random.default_rng(0).uniform(50, 400, (5, 17, 2)).astype(np.float32)
    np.savez(tmp_path / "k.npz", xy=xy, fps=25, size=(640, 480))
    settings = told(backend="file", skeleton="h36m17")
    clip, track = predict({"video": tmp_path / "k.npz"}, settings, None)
    assert clip.frames == 5 and clip.size == (640, 480)
    np.testing.assert_array_equal(track.xy, xy)
    with pytest.raises(ValueError, match="does not name its skeleton"):
        predict({"video": tmp_path / "k.npz"}, told(backend="file"), None)


class WithSpectator(Known):
    """Beside the dancer of the list somebody smaller who stands still."""

    def __call__(self, image):
        return [*super().__call__(image), body() * [0.3, 0.3, 1] * [*image.shape[1::-1], 1]]


@pytest.mark.parametrize(("people", "kept"), [(None, 1), (1, 1), (2, 2), ("all", 2)])
def test_who_is_left_out_is_noted(clip_of, monkeypatch, people, kept):
    monkeypatch.setitem(DETECTORS, "known", f"{__name__}:WithSpectator")
    joints = np.arange(len(body()))[:, None]
    answers = [body() + 0.05 * np.sin(i / 3 + joints) * [1, 0, 0] + [0.2, 0, 0] for i in range(60)]
    clip, *found = predict(clip_of(answers), told(people=people), None)
    assert len(found) == kept
    left = ("1 other person seen but taken for no dancer and left out; with people=all everybody is kept",)
    assert clip.notes == (left if kept == 1 else ())


def test_a_camera_that_moves_is_told_and_one_that_stands_is_not(tmp_path, monkeypatch):
    settings = KeypointSettings.read(tell(monkeypatch, [[dancer(0.5, i / 30)] for i in range(30)])["keypoints"])
    whole = background()
    for name, step in (("stands", 0), ("pans", 6)):
        with VideoWriter(tmp_path / f"{name}.mp4", SIZE, 30, crf=10) as writer:
            for i in range(30):
                writer.write(view(whole, (500 + step * i, 450), 1.0, i)[0].rgb(), i / 30)
        clip, found = predict({"video": tmp_path / f"{name}.mp4"}, settings, None)
        if step:
            assert found.still[-1, 0, 2] == pytest.approx(29 * 6, abs=2)
            assert clip.notes == ("the camera moves; paths are those before a still camera",)
        else:
            assert found.still is None and clip.notes == ()


@pytest.mark.parametrize("ids", [None, [3]])
def test_a_file_with_feet_keeps_them_unless_nobody_wants_them(tmp_path, ids):
    path = keypoint_writers.alphapose(tmp_path / "k.json", keypoint_writers.HALPE, frames=12, ids=ids)
    for wanted in (True, False):
        said = KeypointSettings.read({"backend": "file", "size": (400, 300), "fps": 25, "extremities": wanted})
        _, track = predict({"video": path}, said, None)
        if not wanted:
            assert track.extremities is None
            continue
        toes = track.extremities[:, EXTREMITIES.index("left_toe")] - np.arange(12)[:, None] * [1, 0]
        np.testing.assert_allclose(toes, np.tile(keypoint_writers.FIGURE["left_big_toe"], (12, 1)), atol=0.5)
