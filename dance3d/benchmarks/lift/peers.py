"""``dance3d bench lift --peers``: our lifters and those of others on the same takes, cameras and keypoints, one table.

Every lifter is scored twice: its answers as they are (``alone``), and with the steps that dance3d does after a net
(``steps``: bones of constant length, joints moved towards the keypoints, feet; for our nets known proportions, too).
All are asked for the clip and its mirror image, and the mean is taken. Nothing is aligned that a metric does not name.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from math import nan, prod
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from dance3d.benchmarks.lift.genre_table import ERRORS, scores
from dance3d.benchmarks.lift.human36m_pictures import PICTURES, read_pictures, score_pictures
from dance3d.benchmarks.lift.scores import NOISES, VIEW
from dance3d.benchmarks.run import publish
from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.datasets.mocap import bench_takes
from dance3d.geometry.camera_settings import CameraSettings
from dance3d.io import weights
from dance3d.io.paths import data_root
from dance3d.skeleton import H36M17
from dance3d.stages.inference_device import on_device, one_thread
from dance3d.stages.lift.load import AnyNet, load
from dance3d.stages.lift.nets.checkpoints import SUFFIXES
from dance3d.stages.lift.nets.onnx_lifter import SUFFIX, OnnxLifter
from dance3d.stages.lift.predict import in_chunks, lift
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film

log = logging.getLogger(__name__)
OURS = {"default": "lift", "unsupervised": "lift-unsupervised", "seeds": ""}
"""Names of our own lifters, with those of their weights."""
WAYS = {
    "alone": {"rigid": False, "proportions": False, "floor": False},
    "steps": {},
}
"""What ``LiftSettings`` say of the steps after a net, by the name of the figures."""
_SIZED = ("mpjpe", "mpjve")  # errors that mean nothing where the net does not know a body's size
_FLOATING = (1, 10, 11, 16)  # float, half, double and bfloat16, as ONNX numbers its types
_REPEATS = 3  # of which the fastest counts
_WIDE = 140  # characters of the table in a file; chosen
_OURS = ".safetensors"
_TRIED = 3  # frames of the first answer; chosen
_TIMED = 600  # frames that are timed; chosen


@dataclass(frozen=True, eq=False)
class PeerLifter:
    """A lifter to compare.

    Attributes:
        name: of its row.
        net: none for multi-seed optimisation.
        parameters: how many it has; nan where it cannot be told.
    """

    name: str
    net: AnyNet | None
    parameters: float

    @property
    def known_size(self) -> bool:
        """Whether its bodies have a size."""
        return not isinstance(self.net, OnnxLifter) or self.net.known_size

    def ways(self) -> dict[str, LiftSettings]:
        """Settings of each way to lift that makes sense, by name."""
        given = {"method": "seeds"} if self.net is None else {}
        return {
            name: LiftSettings.read({**VIEW, **given, **{key: value for key, value in said.items() if self._has(key)}})
            for name, said in WAYS.items()
            if name == "alone" or self.known_size
        }

    def _has(self, setting: str) -> bool:
        return self.net is not None or setting != "proportions"


def compare(files: Sequence[Path], data: Path | None = None, out: Path | None = None, shown: bool = True) -> None:
    """Score our lifters and those of files, and print one table.

    Args:
        files: as of ``bench_peers``.
        data: likewise.
        out: JSON file for the figures, as ``benchmarks.run.bench`` writes it, which grows with every lifter.
        shown: whether the table is printed.

    Raises:
        ValueError: as ``bench_peers``.
    """
    rows: list[dict[str, float]] = []

    def measured() -> Iterator[tuple[str, dict[str, float]]]:
        for found in bench_peers(files, data):
            rows.append(found)
            log.info("measured: %s", _name(found))
            yield "lift", found

    try:
        publish(measured(), out, shown=False)
    finally:  # what was measured before an error or Ctrl-C took minutes
        if shown and rows:
            screen = Console()
            (screen if screen.is_terminal else Console(width=_WIDE)).print(table(rows))


def bench_peers(files: Sequence[Path], data: Path | None = None) -> Iterator[dict[str, float]]:
    """Score our lifters and those of files, one after the other.

    Args:
        files: weights of ours, checkpoints of VideoPose3D, or ONNX with a YAML beside each (docs/peers.md).
        data: folder of motion capture, of which every take is scored; none for the takes held out for testing.

    Yields:
        Of each lifter ``peers.<name>.{parameters,ms}``, milliseconds a frame, and for both of ``WAYS``
        ``peers.<name>.<way>.{gt,noise5}.{mpjpe,p_mpjpe,n_mpjpe,mpjve}``, millimetres, all takes; ``.human36m.p_mpjpe``
        of the pictures of Human3.6M, where they are there. A file's name is its own, without suffix.

    Raises:
        ValueError: a file that is no lifter, two of one name, or nothing to score on; before anything is measured.
    """
    peers = [*map(_ours, OURS), *map(read_peer, files)]
    if twice := [name for name, count in Counter(one.name for one in peers).items() if count > 1]:
        raise ValueError(f"two of the lifters are named {twice[0]!r}; rename a file")
    clips = bench_takes(data)
    filmed = {name: film(clips, noise) for name, noise in NOISES.items()}
    for one in peers:
        if isinstance(one.net, OnnxLifter):  # whether it is as its YAML says, the first answer tells
            _trial(one.net)
    pictures = read_pictures(folder) if (folder := data_root() / PICTURES).is_dir() else []
    for one in peers:
        found = {"parameters": one.parameters, "ms": milliseconds(one, filmed["gt"][0].keypoints)}
        for way, settings in one.ways().items():
            for keypoints, each in filmed.items():
                told = scores(each, lift_all(one.net, [film.keypoints for film in each], settings), ERRORS)[""]
                found |= {f"{way}.{keypoints}.{name}": round(value, 2) for name, value in told.items()}
            if pictures:
                found[f"{way}.human36m.p_mpjpe"] = score_pictures(pictures, partial(_lift_picture, one.net, settings))
        dropped = () if one.known_size else _SIZED
        yield {f"peers.{one.name}.{key}": value for key, value in found.items() if key.split(".")[-1] not in dropped}


@torch.no_grad()
def _trial(net: OnnxLifter) -> None:
    """Have a net answer for a few frames.

    Raises:
        ValueError: it cannot, or the answer is not as its YAML says.
    """
    rays = torch.linspace(-0.2, 0.2, _TRIED * len(H36M17.joints) * 2).view(1, _TRIED, -1, 2)
    in_chunks(net, net.read(rays, torch.ones(rays.shape[:3], dtype=torch.bool), PROTOCOL_CAMERA).features)


def read_peer(path: Path) -> PeerLifter:
    """The lifter of a file.

    Raises:
        ValueError: it is no lifter, or one without what its format needs.
    """
    name = path.stem.replace(".", "_")
    if path.suffix.lower() == SUFFIX:
        return PeerLifter(name, OnnxLifter(path), onnx_parameters(path))
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    if path.suffix.lower() not in (*SUFFIXES, _OURS):
        raise ValueError(f"{path} is no lifter; expected a file {', '.join((_OURS, *SUFFIXES))} or {SUFFIX}")
    return _of_net(name, path)


def _ours(name: str) -> PeerLifter:
    return _of_net(name, weights.default(OURS[name])) if OURS[name] else PeerLifter(name, None, 0)


def _of_net(name: str, path: Path) -> PeerLifter:
    net = on_device(load(path))
    return PeerLifter(name, net, sum(value.numel() for value in net.parameters()))


def onnx_parameters(path: Path) -> float:
    """How many numbers the weights of an ONNX file have; nan where the package onnx is not installed."""
    if find_spec("onnx") is None:
        return nan
    import onnx

    graph = onnx.load(str(path), load_external_data=False).graph
    return float(sum(prod(one.dims) for one in graph.initializer if one.data_type in _FLOATING))


@one_thread()
def lift_all(net: AnyNet | None, tracks: Sequence[Keypoints2D], settings: LiftSettings) -> list[Pose3D]:
    """Lift tracks, each by itself.

    Args:
        net: none for multi-seed optimisation.
        tracks: keypoints.
        settings: of the stage.
    """
    return [lift(net, track, settings) for track in tracks]


def _lift_picture(net: AnyNet | None, settings: LiftSettings, track: Keypoints2D, camera: CameraSettings) -> Pose3D:
    return lift_all(net, [track], replace(settings, camera=camera))[0]


@one_thread()
def milliseconds(one: PeerLifter, track: Keypoints2D) -> float:
    """What a frame takes on one core, the mirror image included: the net alone, or the whole optimisation.

    Args:
        one: lifter.
        track: keypoints, repeated to ``_TIMED`` frames.
    """
    rows = np.resize(np.arange(track.frames), _TIMED)
    rays = torch.from_numpy((track.xy[rows] - np.array(PROTOCOL_CAMERA.centre)) / PROTOCOL_CAMERA.focal).float()[None]
    kept = {name: getattr(track, name)[rows] for name in ("xy", "score", "measured")}
    long = replace(track, **kept, time=np.arange(_TIMED) / track.fps, extremities=None)
    present = torch.ones(rays.shape[:3], dtype=torch.bool)

    def work() -> None:
        if one.net is None:
            lift(None, long, one.ways()["alone"])
            return
        for _ in range(2):
            in_chunks(one.net, one.net.read(rays, present, PROTOCOL_CAMERA).features)

    took = []
    with torch.no_grad():
        for _ in range(_REPEATS):
            start = perf_counter()
            work()
            took.append(perf_counter() - start)
    return round(1000 * min(took) / _TIMED, 4)


def table(rows: Sequence[Mapping[str, float]]) -> Table:
    """What ``bench_peers`` gave as one table, a row for each way of each lifter."""
    shown = Table(title="lift: MPJPE / P-MPJPE / N-MPJPE in mm, MPJVE in mm a frame", title_justify="left")
    for name in ("lifter", "steps after it", "parameters", "ms a frame", *NOISES, "Human3.6M pictures, P-MPJPE"):
        shown.add_column(name, justify="left" if name in ("lifter", "steps after it") else "right")
    for found in rows:
        told = {key.split(".", 2)[2]: value for key, value in found.items()}
        for way in WAYS:
            if f"{way}.gt.p_mpjpe" not in told:
                continue
            errors = (" / ".join(_text(told.get(f"{way}.{noise}.{error}")) for error in ERRORS) for noise in NOISES)
            count = told["parameters"]
            shown.add_row(
                _name(found),
                "yes" if way == "steps" else "no",
                "-" if count != count else f"{count / 1e6:.2f} M",
                f"{told['ms']:.3g}",
                *errors,
                _text(told.get(f"{way}.human36m.p_mpjpe")),
            )
    return shown


def _name(found: Mapping[str, float]) -> str:
    return next(iter(found)).split(".")[1]


def _text(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.1f}"
