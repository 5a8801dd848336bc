"""``make demo``: train small stages on the synthetic dancer, run them on a clip they never saw, score it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.common import open_cache, reporter, say
from dance3d.cli.options import Parser, stage_options
from dance3d.registry import PLAIN, route

if TYPE_CHECKING:
    from dance3d.contracts import Keypoints2D, Pose3D
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.run import Run
    from dance3d.pipeline.runner import Result

GENRE, SECONDS, SEED = "salsa", 6.0, 9001  # a seed far from those that train


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    text = "your own video: the shipped weights run on it instead"
    parser.option("video", nargs="?", type=Path, metavar="VIDEO", help=text)
    parser.option("-o", "--out", type=Path, default=Path("out/demo"), help="folder for the results (out/demo)")
    stage_options(parser)


def run(options: Any) -> None:
    """Everything from nothing, or the shipped weights on a video."""
    report = reporter(options)
    demo(options.video, options.out, open_cache(options), report, lambda line: say(options, line))
    page = options.out / "report.html"
    print(page if options.quiet else f"report: {page}")


def demo(
    video: Path | None,
    out: Path,
    cache: Cache,
    report: Callable[[str, str, Result | None], None],
    tell: Callable[[str], None],
) -> Run:
    """Run the whole of dance3d once, from nothing; or, with a video, its shipped weights on it.

    Args:
        video: a user's own, or none for the synthetic dancer.
        out: folder for the results.
        cache: where stages keep their outputs.
        report: as in ``pipeline.runner.Runner``.
        tell: takes lines for the user.
    """
    from dance3d.contracts import Keypoints2D, Pose3D
    from dance3d.io import artefacts
    from dance3d.pipeline.run import run as run_chain
    from dance3d.pipeline.runner import Runner

    if video is not None:
        return run_chain(video, out, cache=cache, report=report)
    from dance3d.training.learner import Learner

    tell("1/3  training small stages on the synthetic dancer, from scratch")
    runner = Runner(cache, report=report)
    learner = Learner(runner, tiny=True, runs=out.parent / "runs")
    weights = {stage: learner.train(stage) for stage in route() if stage in PLAIN}
    tell(f"2/3  rendering a {GENRE} clip that was not in the training, and running the chain on it")
    with tempfile.TemporaryDirectory() as folder:
        from dance3d.synth.clip import write_scene

        scene = Path(folder)
        write_scene(scene, GENRE, SECONDS, SEED)
        done = run_chain(scene / "video.mp4", out, cache=cache, weights=weights, report=report)
        shutil.copy(scene / "video.mp4", out / "input.mp4")
        tell("3/3  scores on that clip, against its ground truth")
        truth = artefacts.load(scene / "truth.npz", Pose3D)
        keypoints = artefacts.load(scene / "keypoints.npz", Keypoints2D)
    for line in _scores(done, truth, keypoints):
        tell(f"     {line}")
    return done


def _scores(done: Run, truth: Pose3D, keypoints: Keypoints2D) -> list[str]:
    """Scores of the first dancer, of the frames in which somebody was found; their share stands first."""
    if not done.dancers:
        return ["nobody was found in the rendered clip"]
    import numpy as np
    import torch

    from dance3d import metrics
    from dance3d.stages.motion.rules import computed_labels

    dancer = done.dancers[0]
    seen = np.asarray(np.isfinite(dancer.pose.xyz).all((1, 2)))
    off = np.linalg.norm(dancer.keypoints.xy - keypoints.xy, axis=-1)
    lines = [
        f"dancer found in {seen.mean():.1%} of {len(seen)} frames; keypoints off by {np.nanmedian(off):.1f} px (median)"
    ]
    pred, true = (torch.from_numpy(pose.xyz[None, seen]) for pose in (dancer.pose, truth))
    for name, metric in (("MPJPE", metrics.MPJPE()), ("P-MPJPE", metrics.PMPJPE())):
        metric.update(pred, true)
        lines.append(f"{name} {float(metric.compute()):.1f} mm")
    happens = computed_labels.movements(truth).made
    tally = metrics.MovementCounts.of_frames(dancer.movements.made[:, : happens.shape[1]], happens)
    lines.append(f"movements: macro-F1 {tally.macro_f1:.2f} against the rules on the true pose")
    lines.append(f"genre: {dancer.genre.best} ({dancer.genre.sure:.0%}); danced was {GENRE}")
    return lines
