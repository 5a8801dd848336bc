"""Every reader of the package, with a sound file for each to be made hostile."""

from __future__ import annotations

import gzip
import json
import pickle
import shutil
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import bad_clips
import camera_sets
import crop_sets
import keypoint_writers
import motion_sets
import numpy as np
import panoptic_archives
import videopose3d_nets
from fake_dancers import fake_dancer
from torture import prepared
from torture.kills import register_toy, train_toy


class Reader(NamedTuple):
    """How a kind of file is made and read.

    Attributes:
        write: makes a sound one in an empty folder; the file of it that is made hostile.
        read: reads that file, or the folder that it lies in.
        names: what a refusal may name in place of the file.
    """

    write: Callable[[Path], Path]
    read: Callable[[Path], object]
    names: str = ""


def readers() -> dict[str, Reader]:
    """All of them, by name."""
    return {**_videos(), **_keypoints(), **_motions(), **_own_files(), **_texts(), **_nets()}


# ---- videos ---------------------------------------------------------------------------------------------------------


def read_video(path: Path) -> object:
    from dance3d.io.limits import Limits
    from dance3d.io.video.reader import VideoReader, probe

    probe(path)
    with VideoReader(path, Limits(seconds=600, pixels=4_000_000, frames=5000)) as reader:
        for _ in reader:
            pass
        return reader.clip()


def read_sound(path: Path) -> object:
    """A video whose pictures can be read gives an overlay, whatever its sound is like."""
    from dance3d.visualization.overlay import write_overlay

    clip = read_video(path)
    try:
        write_overlay(path, clip, [], path.with_name("overlay.mp4"))
    except ValueError as error:
        raise RuntimeError(f"no overlay of a video that was read: {error}") from error
    return clip


def _videos() -> dict[str, Reader]:
    even = bad_clips.EVEN[:20]
    films = {
        "video mp4": lambda at: bad_clips.write(at / "a.mp4", even),
        "video mkv": lambda at: bad_clips.write(at / "a.mkv", even),
        "video webm": lambda at: bad_clips.write(at / "a.webm", even[:8], codec="libvpx"),
        "video avi": lambda at: bad_clips.write(at / "a.avi", even, codec="mpeg4"),
        "video mov": lambda at: bad_clips.write(at / "a.mov", even, codec="mpeg4"),
        "video turned": lambda at: bad_clips.turn(bad_clips.write(at / "b.mp4", even), at / "a.mp4", 90),
    }
    found = {name: Reader(write, read_video) for name, write in films.items()}
    sounding = Reader(lambda at: _sounding(at / "a.mp4"), read_sound)
    return {**found, "sound of a video": sounding}


def _sounding(path: Path) -> Path:
    bad_clips.write_sound(path, 1, video=True)
    return path


# ---- keypoints and motion -------------------------------------------------------------------------------------------


def _read_keypoints(path: Path, format: str, said: dict) -> object:
    from dance3d.io.keypoint_files import read

    return read(path, format, **{"size": keypoint_writers.SIZE, "fps": keypoint_writers.FPS, **said})


def _hurt(made: Path) -> Path:
    """The file of a folder that is made hostile, or the file itself."""
    return sorted(made.iterdir())[1] if made.is_dir() else made


def _keypoints() -> dict[str, Reader]:
    found = {}
    for label, (format, write, said, _, _) in keypoint_writers.CASES.items():

        def read(path: Path, format: str = format, said: dict = said) -> object:
            return _read_keypoints(path.parent if path.parent.name == "k" else path, format, said)

        found[f"keypoints {label}"] = Reader(lambda at, write=write: _hurt(write(at)), read)
    npz = Reader(lambda at: prepared.write_take(at / "k.npz"), lambda path: _read_keypoints(path, "npz", {}))
    movement = Reader(_movement, lambda path: _read_keypoints(path, "movement", {}))
    sleap = {"keypoints sleap-io": Reader(_sleap, lambda path: _read_keypoints(path, "sleap-io", {}))}
    return {**found, "keypoints npz": npz, "keypoints movement": movement, **(sleap if find_spec("sleap_io") else {})}


def _movement(at: Path) -> Path:
    """Two frames of one figure as movement saves them."""
    import xarray

    body = np.array([keypoint_writers.body(keypoint_writers.COCO, t) for t in range(2)], float)
    data = {
        "position": (("time", "space", "keypoints", "individuals"), body[..., :2].transpose(0, 2, 1)[..., None]),
        "confidence": (("time", "keypoints", "individuals"), body[..., 2:]),
    }
    names = {"space": ["x", "y"], "keypoints": list(keypoint_writers.COCO), "individuals": ["ida"]}
    said = {"ds_type": "poses", "time_unit": "seconds", "fps": keypoint_writers.FPS}
    xarray.Dataset(data, {"time": np.arange(2.0), **names}, said).to_netcdf(at / "a.nc", engine="scipy")
    return at / "a.nc"


def _sleap(at: Path) -> Path:
    """Two frames of one figure as SLEAP saves them."""
    import sleap_io as sio

    skeleton, track = sio.Skeleton(nodes=list(keypoint_writers.COCO)), sio.Track("ida")
    video = sio.Video("a.mp4", backend_metadata={"shape": (2, *keypoint_writers.SIZE[::-1], 3)}, open_backend=False)
    frames = []
    for t in range(2):
        body = np.asarray(keypoint_writers.body(keypoint_writers.COCO, t), float)
        one = sio.PredictedInstance.from_numpy(body[:, :2], skeleton, body[:, 2], 0.9, track)
        frames.append(sio.LabeledFrame(video=video, frame_idx=t, instances=[one]))
    sio.save_slp(sio.Labels(frames, [video], [skeleton], [track]), str(at / "a.slp"))
    return at / "a.slp"


def read_motion(path: Path, **more: object) -> object:
    from dance3d.io.motion_files import read_motion

    return read_motion(path, **more)


def _motions() -> dict[str, Reader]:
    figure = motion_sets.figure(8)

    def bvh(at: Path) -> Path:
        (at / "a.bvh").write_text(motion_sets.bvh_text(motion_sets.tool_joints(figure, "vicon")))
        return at / "a.bvh"

    def packed(at: Path) -> Path:
        (at / "a.bvh.gz").write_bytes(gzip.compress(bvh(at).read_bytes()))
        return at / "a.bvh.gz"

    def skeleton(at: Path) -> Path:
        motion_sets.write_amc(at / "a_01.amc", figure)
        return at / "a.asf"

    def made(name: str, write: Callable[[Path, object], object], form: str | None = None) -> Reader:
        return Reader(lambda at: write(at / name, figure) or at / name, partial(read_motion, format=form))

    c3d = made("a.c3d", lambda path, xyz: motion_sets.write_c3d(path, motion_sets.markers(xyz)))
    return {
        "motion bvh": Reader(bvh, read_motion),
        "motion bvh.gz": Reader(packed, read_motion),
        "motion c3d": c3d,
        "motion amc": made("a.amc", motion_sets.write_amc),
        "motion asf": Reader(skeleton, lambda path: read_motion(path.with_name("a_01.amc"))),
        "motion motive": made("a.csv", lambda path, xyz: motion_sets.write_motive(path, motion_sets.motive_bones(xyz))),
        "motion ballroom": made("skeletons.json", motion_sets.write_ballroom),
        "motion aist": made("a.pkl", motion_sets.write_aist, "aist"),
        "motion videopose3d": made("a.npz", motion_sets.write_videopose3d, "videopose3d"),
        "motion npz": made("a.npz", motion_sets.write_npz, "npz"),
        "motion clip": made("a.npz", motion_sets.write_clip, "clip"),
        "motion panoptic": made(panoptic_archives.NAME, lambda path, xyz: panoptic_archives.write_standing(path)),
    }


# ---- files of the package's own -------------------------------------------------------------------------------------


def _artefact(kind: str) -> Reader:
    def write(at: Path) -> Path:
        from dance3d.io import artefacts

        artefacts.save(getattr(fake_dancer(np.arange(12) / 30), kind), at / "a.npz")
        return at / "a.npz"

    def read(path: Path) -> object:
        from dance3d import contracts
        from dance3d.io import artefacts

        kinds = {"keypoints": "Keypoints2D", "pose": "Pose3D", "movements": "Movements", "genre": "Genre"}
        return artefacts.load(path, getattr(contracts, kinds[kind]))

    return Reader(write, read)


def _in_results(name: str, read: Callable[[Path], object]) -> Reader:
    """A file of a finished run's folder."""

    def write(at: Path) -> Path:
        video = prepared.write_take(at / "two.npz")
        prepared.make(video, at / "out", at / "cache")
        prepared.edit(at / "out", at / "cache", prepared.ANNA)
        return at / "out" / name

    return Reader(write, read)


def _read_tracks(path: Path) -> object:
    from dance3d.tracks.edits import read_sheet

    return read_sheet(path.parent)


def _read_result(path: Path) -> object:
    from dance3d.pipeline.result_json import read_result
    from dance3d.pipeline.retrack import table

    return read_result(path.parent), list(table(path.parent))


def _read_dance(path: Path) -> object:
    from dance3d.comparison.load import read_dance

    return read_dance(path)


def _read_pickle(path: Path) -> object:
    from dance3d.io.safe_pickle import unpickled

    return unpickled(path.read_bytes(), path)


def _pickled(at: Path, protocol: int) -> Path:
    stored = {"a": [1, 2.5, "x", None, True, (3, b"y")], "b": np.arange(12.0).reshape(3, 4), "c": {"d": np.float32(1)}}
    (at / "a.pkl").write_bytes(pickle.dumps(stored, protocol))
    return at / "a.pkl"


def _own_files() -> dict[str, Reader]:
    return {
        **{f"artefact {kind}": _artefact(kind) for kind in ("keypoints", "pose", "movements", "genre")},
        "tracks.json": _in_results("tracks.json", _read_tracks),
        "result.json": _in_results("result.json", _read_result),
        "pose3d.npz to compare": _in_results("person-1/pose3d.npz", _read_dance),
        **{f"pickle {n}": Reader(lambda at, n=n: _pickled(at, n), _read_pickle) for n in (0, 2, 4, 5)},
    }


# ---- texts ----------------------------------------------------------------------------------------------------------


TYPES = """- name: reach_up
  part: l_arm
  when: {signal: left_wrist_height, above: 1.5, seconds: 0.4}
"""
LABELS = "clip,start,stop,movement\na,0.5,1.25,l_arm.raise_side\nb,,,body.jump\n"
MAP = "left_hip: LeftUpLeg\nright_hip: RightUpLeg\nnose: {Head: 0.5, Neck: 0.5}\n"
SETTINGS = "pose_from: lift\nkeypoints:\n  smooth: true\nlift:\n  height: 1.7\nmotion: {}\n"
SPLITS = "train: [a, b-*]\nval: c\ntest: [d]\n"


def _written(name: str, text: str, read: Callable[[Path], object]) -> Reader:
    def write(at: Path) -> Path:
        (at / name).write_text(text)
        return at / name

    return Reader(write, read)


def _texts() -> dict[str, Reader]:
    def labels(path: Path) -> object:
        from dance3d.datasets.movement_labels import read

        return read(path)

    def classes(path: Path) -> object:
        from dance3d.datasets.class_labels import read_labels

        return read_labels(path)

    def types(path: Path) -> object:
        from dance3d.stages.motion.custom_types import read_types

        return read_types(path)

    def joints(path: Path) -> object:
        from dance3d.io.motion_files.names import read_map

        return read_map(path)

    def settings(path: Path) -> object:
        from dance3d.cli.run_settings import _from_files

        return _from_files([path])

    def splits(path: Path) -> object:
        from dance3d.datasets.splits import read_index

        return read_index(path)

    def genres(at: Path) -> Path:
        for name in ("a.mp4", "b.mp4"):
            (at / name).write_bytes(b"x")
        (at / "labels.csv").write_text("path,label\na.mp4,salsa\nb.mp4,waltz\n")
        return at / "labels.csv"

    return {
        "labels csv": _written("labels.csv", LABELS, labels),
        "genres csv": Reader(genres, classes),
        "movement types yaml": Reader(_types, types),
        "map of joints yaml": _written("map.yaml", MAP, joints),
        "settings yaml": _written("settings.yaml", SETTINGS, settings),
        "splits yaml": _written("splits.yaml", SPLITS, splits),
        "training yaml": Reader(_training, read_training, names="training of toy"),
        "calibration xml": Reader(_calibration, _read_views),
        **{f"picture {end}": Reader(partial(_picture, end=end), _read_picture) for end in ("png", "jpg", "bmp")},
        "crops index": Reader(lambda at: crop_sets.invented(at / "crops", 2) / "index.json", _read_crops),
        "coco set json": Reader(_coco_set, _read_coco),
    }


def _types(at: Path) -> Path:
    from doc_pages import blocks

    text = next(block.code for block in blocks("docs/movements-own.md") if block.language == "yaml")
    (at / "types.yaml").write_text(text)
    return at / "types.yaml"


def _training(at: Path) -> Path:
    text = "wandb: 'off'\ntrainer:\n  max_epochs: 1\n  accelerator: cpu\nmodel:\n  width: 8\n"
    (at / "toy.yaml").write_text(text + "data:\n  count: 16\n  batch_size: 8\noptimizer:\n  lr: 1.0e-3\n")
    return at / "toy.yaml"


def read_training(path: Path) -> object:
    """A training by a YAML of its own; what it makes is taken away."""
    import toy_runs

    from dance3d.training import fit

    register_toy()
    there = path.with_name("run")
    shutil.rmtree(there, ignore_errors=True)
    return fit.fit("toy", {"checkpoint.monitor": "val/loss", "trainer.max_steps": 1}, [toy_runs.BASE, path], there)


def _calibration(at: Path) -> Path:
    return camera_sets.write_set(at / "set") / "calibration" / "Calib.qca.txt"


def _read_views(path: Path) -> object:
    from dance3d.datasets.calibrated_multiview import read_views

    return read_views(path.parents[1])


def _picture(at: Path, end: str) -> Path:
    import cv2

    cv2.imwrite(str(at / f"a.{end}"), bad_clips.picture(5))
    return at / f"a.{end}"


def _read_picture(path: Path) -> object:
    from dance3d.io.images import read_mask, read_picture

    return read_picture(path), read_mask(path)


def _read_crops(path: Path) -> object:
    from dance3d.datasets.crop_folder import Crops

    return Crops(path.parent)


def _coco_set(at: Path) -> Path:
    (at / "images").mkdir()
    for name in ("img8.png", "img9.png", "img10.png"):
        _picture(at / "images", "png").rename(at / "images" / name)
    path = keypoint_writers.coco(at / "set.json", keypoint_writers.COCO)
    said = json.loads(path.read_text())
    for one in said["annotations"]:
        one |= {"bbox": [10, 10, 50, 60], "segmentation": [[10, 10, 60, 10, 60, 70, 10, 70]]}
    path.write_text(json.dumps(said))
    return path


def _read_coco(path: Path) -> object:
    from dance3d.datasets.coco import coco_moments

    return list(coco_moments(path))


# ---- weights and checkpoints ----------------------------------------------------------------------------------------


def _weights(stage: str) -> Reader:
    """Weights of a stage, read by a run that has everything before that stage in its cache."""

    def write(at: Path) -> Path:
        from dance3d.io import weights

        prepared.make(prepared.write_take(at / "two.npz"), at / "out", at / "cache")
        shutil.copy(weights.default(stage), at / "a.safetensors")
        return at / "a.safetensors"

    def read(path: Path) -> object:
        from dance3d.pipeline.cache import Cache
        from dance3d.pipeline.run import run

        scratch = path.with_name("scratch")
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(path.with_name("cache"), scratch)
        weights = {stage: path}
        return run(path.with_name("two.npz"), None, cache=Cache(scratch), settings=prepared.FILE, weights=weights)

    return Reader(write, read)


def read_checkpoint(path: Path) -> object:
    """A training that goes on from a checkpoint for one step more."""
    import toy_runs

    register_toy()
    there = path.with_name("run")
    shutil.rmtree(there, ignore_errors=True)
    return toy_runs.fit(there, resume=False, **{"ckpt_path": str(path), "trainer.max_epochs": 3})


def _checkpoint(at: Path) -> Path:
    train_toy(at / "first", epochs=2)
    shutil.copy(at / "first" / "checkpoints" / "last.ckpt", at / "a.ckpt")
    return at / "a.ckpt"


def _read_foreign(path: Path) -> object:
    from dance3d.stages.lift.nets.checkpoints import load

    return load(path)


def _foreign(at: Path) -> Path:
    videopose3d_nets.written(at / "a.bin", videopose3d_nets.reference(width=8))
    return at / "a.bin"


def _nets() -> dict[str, Reader]:
    return {
        **{f"weights of {stage}": _weights(stage) for stage in ("lift", "motion", "genre")},
        "checkpoint": Reader(_checkpoint, read_checkpoint),
        "checkpoint of VideoPose3D": Reader(_foreign, _read_foreign),
    }
