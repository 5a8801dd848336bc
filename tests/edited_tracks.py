"""Dancers who cross, and the folder of a run whose tracks are edited: what tests of edits share."""

from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.cli import main
from dance3d.contracts import Crossing, Keypoints2D
from dance3d.geometry.extremities import PARENTS
from dance3d.io import artefacts
from dance3d.io import weights as stored
from dance3d.io.video.writer import VideoWriter
from dance3d.pipeline import cache_entry, exporters, run
from dance3d.pipeline import runner as runner_module
from dance3d.pipeline.cache import Cache
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.assemble import track as clean_track

CLIP = fake_clip(4)


def body(person, seconds=4.0):
    """Raw points of a dancer who stays left (1), in the middle (2), ..."""
    time = fake_clip(seconds).time
    raw = np.asarray(fake_dancer(time, person=person).keypoints.xy, np.float64) + np.array([60.0 * person, 0])
    return raw, np.full(raw.shape[:2], 0.9), time


def dancer(person, missing=(), crossings=(), name="", seconds=4.0):
    """A track as the keypoints stage makes it: put right, filled and smoothed."""
    raw, score, time = body(person, seconds)
    raw[list(missing)], score[list(missing)] = np.nan, 0
    ends = raw[:, H36M17.indices(*PARENTS)] + [2, 3]
    made = clean_track(raw, score, time, CLIP.size, True, person, tuple(crossings), extremities=ends)
    return replace(made, name=name)


def make_three():
    """Three dancers; 1 and 2 cross at 2 s, not sure; 2 and 3 at 3 s, sure."""
    doubt, clear = Crossing(1.8, 2.0, 2, 0.62), Crossing(2.9, 3.1, 3, 0.97)
    return [
        dancer(1, crossings=[doubt]),
        dancer(2, crossings=[replace(doubt, other=1), clear]),
        dancer(3, crossings=[replace(clear, other=2)]),
    ]


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


def make_fake_run(monkeypatch, tmp_path):
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
    monkeypatch.setattr(cache_entry, "sync", lambda path: None)
    monkeypatch.setattr(exporters, "write_overlay", lambda video, clip, dancers, path: path.write_bytes(b"film"))
    with VideoWriter(tmp_path / "clip.mp4", SMALL, 25) as writer:
        for frame, time in enumerate(TIME):
            writer.write(np.full((72, 96, 3), 60 + frame, np.uint8), float(time))
    return tmp_path, calls, people


def first_run(fake_run, **more):
    folder, calls, _ = fake_run
    done = run.run(folder / "clip.mp4", folder / "out", cache=Cache(folder / "cache"), **more)
    calls.clear()
    return folder / "out", done


def loaded(out, person):
    return artefacts.load(out / f"person-{person}" / "keypoints.npz", Keypoints2D)


def command(fake_run, *words):
    folder, _, _ = fake_run
    action, *rest = map(str, words)
    more = [] if action == "list" else ["--cache", str(folder / "cache")]
    return main(["tracks", action, str(folder / "out"), *rest, *more])
