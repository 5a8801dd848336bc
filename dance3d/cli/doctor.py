"""``dance3d doctor``: what this machine has and what is missing."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import dance3d
from dance3d.cli.options import Parser
from dance3d.lazy_import import TRAINING
from dance3d.pipeline.exit_codes import REFUSED

PACKAGES = ("torch", "numpy", "scipy", "av", "opencv-python", "onnxruntime", "safetensors")
"""Packages of every installation, beside those of ``lazy_import.TRAINING``."""
LEAST_GIB = 2.0


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option("--json", type=Path, metavar="FILE", help="write what was found into this file as well")


def run(options: Any) -> int:
    """Diagnose the machine; with ``-q`` only what is needed and missing is printed."""
    findings = examine()
    for finding in findings:
        bad = finding.needed and not finding.ok
        if bad or not options.quiet:
            print(f"{'ok ' if finding.ok else 'NO ' if finding.needed else '-- '} {finding.name}: {finding.text}")
    if options.json:
        options.json.write_text(json.dumps([vars(finding) for finding in findings], indent=1))
    return 0 if all(finding.ok for finding in findings if finding.needed) else REFUSED


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is as it should be, and whether dance3d needs it to be."""

    name: str
    ok: bool
    needed: bool
    text: str


def examine() -> list[Finding]:
    """Look at Python, packages, device, weights, cache and disk; nothing is changed and no network is asked."""
    from dance3d.io import fetch, weights
    from dance3d.pipeline.cache import default_root
    from dance3d.stages.keypoints.detectors import DETECTORS, requirements

    release = sys.version_info
    found = [
        Finding("dance3d", True, True, dance3d.__version__),
        Finding("python", (3, 11) <= release[:2] <= (3, 14), True, f"{platform.python_version()}, needs 3.11 to 3.14"),
    ]
    for name in (*PACKAGES, *TRAINING.values()):
        needed = name in PACKAGES
        try:
            found.append(Finding(name, True, needed, version(name)))
        except PackageNotFoundError:
            how = "install dance3d again" if needed else "only training needs it: pip install 'dance3d[train]'"
            found.append(Finding(name, False, needed, f"not installed; {how}"))
    found.append(_device())
    shipped: dict[str, Callable[[str], Path]] = dict.fromkeys(weights.manifest(), weights.default)
    shipped |= {name: fetch.located for name, row in fetch.third_party().items() if row.get("ships")}
    for name, path in shipped.items():
        try:
            found.append(Finding(f"weights of {name}", True, True, path(name).name))
        except ValueError as error:
            found.append(Finding(f"weights of {name}", False, True, str(error)))
    for name in DETECTORS:
        why = requirements.missing(name)
        found.append(Finding(f"keypoints by {name}", not why, False, why or "ready"))
    root = default_root()
    if root is None:
        return [*found, Finding("cache", False, False, "no home folder; DANCE3D_CACHE names another place")]
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(there).free / 2**30
    found.append(Finding("cache", free > LEAST_GIB, False, f"{root}, {free:.0f} GiB free"))
    if url := os.environ.get("DANCE3D_STORE"):
        found.append(_store(url))
    return found


def _store(url: str) -> Finding:
    """Whether the store that caches share can be asked, which is not tried."""
    from dance3d.io.remote_files import remote_files

    try:
        return Finding("store", True, False, remote_files(url).url)
    except ValueError as error:
        return Finding("store", False, False, str(error))


def _device() -> Finding:
    import torch

    from dance3d.stages.inference_device import inference_device

    try:
        device = inference_device()
    except ValueError as error:
        return Finding("device", False, True, str(error))
    if device.type == "cuda":
        return Finding("device", True, False, torch.cuda.get_device_name(device))
    threads = torch.get_num_threads()
    there = "DANCE3D_DEVICE says so" if torch.cuda.is_available() else "no CUDA device found"
    return Finding("device", True, False, f"CPU, {threads} thread{'s' * (threads > 1)}; {there}")
