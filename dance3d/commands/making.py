"""Commands that make files: crops, synthetic dancers, tables of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.options import pairs


def export(options: Any) -> None:
    """Write a finished run's tables again, or a net for other programs."""
    if options.onnx:
        from dance3d.io.weights import default
        from dance3d.stages import get, resolve

        given = pairs(options.weights, Path)
        resolve(get(options.onnx).onnx)(given.get(options.onnx) or default(options.onnx), options.results)
        print(options.results)
        return
    from dance3d.exports import export_again

    for path in export_again(options.results, [kind.strip() for kind in options.to.split(",")]):
        print(path)


def synth(options: Any) -> None:
    """Render a synthetic dancer: a video, or a folder of crops."""
    if options.crops is not None:
        from dance3d.io.mocap import load_motion
        from dance3d.synth.shots import scenes, write_invented, write_shots

        if options.data is None:
            write_invented(options.out, options.crop_size, options.crops, options.seed, options.workers)
        else:
            takes, more = scenes(load_motion(options.data)), {"seed": options.seed, "workers": options.workers}
            write_shots(options.out, takes, options.crop_size, options.crops, options.views, **more)
        print(options.out)
        return
    from dance3d.synth.scene import write_scene

    options.out.mkdir(parents=True, exist_ok=True)
    write_scene(options.out, options.genre, options.seconds, options.seed)
    print(options.out / "video.mp4")


def crops(options: Any) -> None:
    """Cut people out of footage."""
    from dance3d.footage import write_crops

    how = (options.kind, options.foreground, options.size, options.every, options.split, options.standing)
    tally = write_crops(options.source, options.out, *how)
    for line in tally.lines():
        print(line)
    print(options.out)
