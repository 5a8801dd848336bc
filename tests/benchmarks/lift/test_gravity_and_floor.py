from dataclasses import replace

import numpy as np
from filmed_floor import dance

from dance3d.benchmarks.lift import gravity_and_floor as floor_bench
from dance3d.contracts import MotionClip
from dance3d.stages.lift.postprocess import floor_contact
from dance3d.stages.lift.postprocess.gravity import KnownFrames
from dance3d.synth.virtual_cameras import film


def test_figures_of_the_floor_against_the_truth():
    clip = MotionClip(dance(seconds=3), 30.0, "a", "a", "salsa")
    filmed = film([clip])
    bodies = [
        KnownFrames(*(np.asarray(a, float) for a in (one.truth.xyz, one.truth.root, one.truth.time))) for one in filmed
    ]
    blind = [replace(one.truth, up=None) for one in filmed]
    figures = floor_bench.score(filmed, blind, [one.truth for one in filmed])
    assert figures["up_degrees"] < 0.1 < 3 < figures["up_degrees.level"] < 12
    assert figures["skate.before"] == figures["skate.after"] == figures["skate.true"]
    shaken = [
        replace(pose, root=body.root + 0.02 * np.sin(np.arange(90) / 2)[:, None] * [0, 0, 1])
        for pose, body in zip(blind, bodies, strict=True)
    ]
    figures = floor_bench.score(
        filmed,
        shaken,
        floor_contact.stand_on_floor(shaken[:1]) + [floor_contact.stand_on_floor([p])[0] for p in shaken[1:]],
    )
    assert (
        figures["up_degrees"] < figures["up_degrees.level"] and figures["skate.after"] < 0.7 * figures["skate.before"]
    )
    assert figures["slides.after"] <= figures["slides.before"]


def test_figures_of_feet_tell_what_the_legs_change():
    clip = MotionClip(dance(seconds=3), 30.0, "a", "a", "salsa")
    filmed = film([clip])
    truth = [one.truth for one in filmed]
    moved = [replace(pose, xyz=pose.xyz + np.float32(0.01) * (np.arange(17) > 0)[:, None]) for pose in truth]
    figures = floor_bench.feet(filmed, truth, moved)
    assert figures["mpjpe.before"] < 1e-3 < 10 < figures["mpjpe.after"] < 25
    assert figures["skate.before"] == figures["skate.true"]
    asked = []
    floor_bench.bench_floor([clip], lambda tracks, settings: asked.append(settings) or truth[: len(tracks)])
    ways = [{name: on for name, on in one.items() if name != "field_of_view"} for one in asked]
    assert ways[:3] == [{"floor": False}, {"feet": False}, {}]
