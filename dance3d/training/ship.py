"""Put freshly trained weights into the package, with a manifest entry that says where they come from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from dance3d.api import predict
from dance3d.cache import hash_file
from dance3d.io.weights import FOLDER, MANIFEST, manifest
from dance3d.stages import get, resolve
from dance3d.training import card

OVERRIDES = {"lift": {"data": {"train_on_val": True}}}
"""What trains otherwise for shipping: the lifter's validation takes train too, once all choices are made."""
NO_LABELS = "; keypoints alone, as single virtual cameras saw them, beside motion invented by dance3d; no 3D label"
LICENSE = "MIT"
TRAINED_ON = (
    "CMU motion capture (mocap.cs.cmu.edu, NSF EIA-0196217; free, also commercially): salsa, indian, martial, general; "
    "without 05_*, salsa_13 and salsa_28 for lift and motion"
)
GENRE_TRAINED_ON = (
    "CMU motion capture (mocap.cs.cmu.edu, NSF EIA-0196217; free, also commercially): the first 60% of every take, "
    "read by the shipped lift and motion stages"
)


def ship(stage: str, weights: Path, data: str, method: str = "") -> None:
    """Copy weights into the package, score them with ``dance3d bench``, and write the manifest and the model card.

    Args:
        stage: that they are of.
        weights: file.
        data: what they were trained on.
        method: by which they were trained, if another than the stage's own.

    Raises:
        ValueError: they were not trained on the CMU data that their licence text speaks of.
    """
    if not Path(data).is_dir():
        raise ValueError(f"weights ship only when trained on motion capture that may be shipped, not on {data!r}")
    name = get(stage).shipped({"method": method})
    if method and name == stage:
        raise ValueError(f"method {method!r} of stage {stage} makes no weights that ship")
    target, how = FOLDER / f"{name}.safetensors", f"METHOD={method} " if method else ""
    shutil.copyfile(weights, target)
    entry = {
        "file": target.name,
        "sha256": hash_file(target),
        "bytes": target.stat().st_size,
        "license": LICENSE,
        "commercial_ok": True,
        "trained_on": GENRE_TRAINED_ON if stage == "genre" else TRAINED_ON + (NO_LABELS if method else ""),
        "command": f"make weights STAGE={stage} {how}DATA=<folder of CMU motion capture>",
        "scores": {},
    }
    _write(name, entry)
    figures: dict[str, float] = resolve(get(stage).bench)(None, predict)
    methods, wanted = set(get(stage).methods), {method} if method else set()
    own = {key: round(value, 4) for key, value in figures.items() if methods & set(key.split(".")) == wanted}
    _write(name, entry | {"scores": own})
    card.renew(name)


def _write(stage: str, entry: dict[str, object]) -> None:
    MANIFEST.write_text(json.dumps({**manifest(), stage: entry}, indent=1, sort_keys=True) + "\n")
