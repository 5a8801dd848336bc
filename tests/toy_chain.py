"""The whole way from a video to a folder of results in milliseconds: stand-ins for the work of stages and exports."""

from pathlib import Path

import numpy as np

from dance3d.contracts import Clip, Genre, Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.io import weights as stored
from dance3d.io.export_files.formats import DEFAULTS, chosen
from dance3d.movement_types import MOVEMENTS
from dance3d.pipeline import exporters, run, runner
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.outputs import NAME_MARK

TIME = np.arange(4) / 30
STAGES = ["keypoints", "lift", "motion", "genre"]


def _keypoints(inputs, settings):
    value = float(sum(inputs["video"].read_bytes())) + settings.smooth
    return [
        Clip(TIME, (64, 48)),
        Keypoints2D(np.full((4, 17, 2), value), np.ones((4, 17)), np.ones((4, 17)), TIME, (64, 48)),
    ]


def _poses(inputs, settings):
    height = settings.height or 1.0
    return [
        Pose3D(np.full((4, 17, 3), k.xy.mean() * height), np.ones(4), np.zeros(4), k.time) for k in inputs["keypoints"]
    ]


def _movements(inputs, settings):
    return [Movements(np.full((4, len(MOVEMENTS)), np.tanh(abs(p.xyz.mean()))), p.time) for p in inputs["lift"]]


def _genres(inputs, settings):
    return [Genre([0.5, 0.5], ("a", "b")) for _ in inputs["motion"]]


def _export(video, clip, dancers, out, info):
    for dancer in dancers:
        folder = out / f"person-{dancer.person}"
        folder.mkdir()
        for name in ("keypoints", "pose", "movements"):
            artefacts.save(getattr(dancer, name), folder / f"{'pose3d' if name == 'pose' else name}.npz")
        for file in chosen(DEFAULTS):
            (folder / file.name).write_text(f"{file.name} of {dancer.keypoints.name} {dancer.pose.xyz.mean():.3f}\n")
    (out / "overlay.mp4").write_bytes(video.read_bytes() * 50)
    (out / "report.html").write_text(f"<h1>{NAME_MARK}</h1>{info['edits']}")


class Chain:
    """A video, a cache and a folder of results, and which stages have worked.

    Attributes:
        folder: holds all of them.
        video: some bytes.
        out: where results go.
        calls: names of the stages that worked, in order.
        during: called with a stage's name when it has worked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.video, self.out = folder, folder / "clip.mp4", folder / "out"
        self.calls: list[str] = []
        self.during = lambda stage: None
        self.video.write_bytes(b"some frames")

    def run(self, video=None, out=None, cache=None, **more):
        """A run, by default with the cache and into the folder that belong to the chain."""
        place = out or self.out
        return run.run(video or self.video, place, cache=cache or Cache(self.folder / "cache"), **more)

    def contents(self, out=None):
        """Every file of the results but ``result.json``, by name."""
        out = out or self.out
        files = {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
        return {name: data for name, data in files.items() if name != "result.json"}


def make_chain(monkeypatch, folder: Path) -> Chain:
    """Put the stand-ins in place of the work."""
    chain = Chain(folder)
    work = {"keypoints": _keypoints, "lift": _poses, "motion": _movements, "genre": _genres}

    def resolve(path):
        name = path.split(".")[2]

        def predict(inputs, settings, weights):
            made = work[name](inputs, settings)
            chain.calls.append(name)
            chain.during(name)
            return made

        return predict

    for name in STAGES[1:]:
        stored.save(folder / f"{name}.safetensors", {"w": np.zeros(3, np.float32)}, name, {})
    monkeypatch.setattr(runner, "resolve", resolve)
    monkeypatch.setattr(stored, "default", lambda stage: folder / f"{stage}.safetensors")
    monkeypatch.setattr(run, "probe", lambda path: None)
    monkeypatch.setattr(exporters, "export", _export)
    return chain
