"""Put freshly trained weights into the package, with a manifest entry that says where they come from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from dance3d.benchmarks import model_card
from dance3d.benchmarks.run import pieces
from dance3d.io.file_hash import hash_file
from dance3d.io.weights import FOLDER, MANIFEST, manifest
from dance3d.registry import get

OVERRIDES = {"lift": {"data": {"train_on_val": True}}}
"""What trains otherwise for shipping: the lifter's validation takes train too, once all choices are made."""
OF_METHOD = {
    "unsupervised": "; keypoints alone, as single virtual cameras saw them, beside motion invented by dance3d; "
    "no 3D label",
    "extremities": "; poses that the shipped lifter makes of films by virtual cameras",
}
"""What a method trains on beside that, or makes of it."""
LICENSE = "MIT"
_CMU = "CMU motion capture (mocap.cs.cmu.edu, NSF EIA-0196217; free, also commercially): "
_TAKES = _CMU + "salsa, indian, martial, break, stylised, general; without 05_*, salsa_13 and salsa_28"
TRAINED_ON = {
    "lift": f"{_TAKES} for lift and motion",
    "motion": f"{_TAKES} for lift and motion, cross-fitted in three folds; beside motion that dance3d invents",
    "keypoints": f"people that dance3d rendered from {_TAKES}, and from motion that it invents, with their joints",
    "detect": f"masks and calibrated views that dance3d rendered from {_TAKES}, no pose label of it; "
    "beside bodies invented by dance3d, with their own joints",
    "genre": f"{_CMU}salsa, indian, martial, break, general, seven takes of modern, and half of stylised as none of "
    "these; without salsa_13 and salsa_28; each film read by lifters and recognisers that never saw its dancer",
}
LEFT_OUT = ("foreground", "on_beat", "rhythm", "rules")
"""First names of figures that say nothing of the weights."""
SCORED = {
    "keypoints": "dance3d.benchmarks.keypoints.keypoint_net:bench",
    "genre": "dance3d.benchmarks.genre.scores:shipped",
    "lift-extremities": "dance3d.benchmarks.lift.extremities:bench",
}
"""What scores weights, by their name, where most of the stage's own figures say nothing of them."""


def release(stage: str, weights: Path, data: str, method: str = "", recipe: str = "") -> None:
    """Copy weights into the package, score them with ``dance3d bench``, and write the manifest and the model card.

    Args:
        stage: that they are of.
        weights: file.
        data: what they were trained on.
        method: by which they were trained, if another than the stage's own.
        recipe: of which the training was, if any.

    Raises:
        ValueError: they were not trained on the CMU data that their licence text speaks of.
    """
    if not Path(data).is_dir():
        raise ValueError(f"weights ship only when trained on motion capture that may be shipped, not on {data!r}")
    name = get(stage).weights.get(method, stage)
    if method and name == stage:
        raise ValueError(f"method {method!r} of stage {stage} makes no weights that ship")
    command = f"make weights STAGE={stage} {f'METHOD={method} ' if method else ''}DATA=<folder of CMU motion capture>"
    if recipe:
        command = f"dance3d train {stage} --recipe {recipe} --ship --data <folder of CMU motion capture>"
    target = FOLDER / f"{name}.safetensors"
    shutil.copyfile(weights, target)
    entry = {
        "file": target.name,
        "sha256": hash_file(target),
        "bytes": target.stat().st_size,
        "license": LICENSE,
        "commercial_ok": True,
        "trained_on": TRAINED_ON[stage] + OF_METHOD.get(method, ""),
        "command": command,
        "scores": {},
    }
    _write(name, entry)
    figures = {k: v for piece in pieces(SCORED.get(name, get(stage).bench), None) for k, v in piece.items()}
    methods, wanted = set(get(stage).methods), {method} if method else set()
    names = {key: key.split(".") for key in figures}
    counted = [key for key, parts in names.items() if methods & set(parts) == wanted and parts[0] not in LEFT_OUT]
    own = {key: round(figures[key], 4) for key in counted}
    _write(name, entry | {"scores": own})
    model_card.update_card(name)


def _write(stage: str, entry: dict[str, object]) -> None:
    MANIFEST.write_text(json.dumps({**manifest(), stage: entry}, indent=1, sort_keys=True) + "\n")
