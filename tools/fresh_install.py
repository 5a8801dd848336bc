"""Install a wheel of dance3d into an empty environment, run it once, and print what that took.

    python tools/fresh_install.py dist/dance3d-0.1.0-py3-none-any.whl --tool uv --extra train --no-cache

prints a row of the table in docs/getting-started.md. Leave out ``--no-cache`` where only the outcome counts.
``--torch`` holds torch to one version, such as ``2.13.0+cpu``;
without it the newest of the index is taken, which on Linux has CUDA with it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIRST_RUN = Path(__file__).parent / "first_run.py"
NO_TORCH = 4  # exit code: the torch that was asked for cannot be had for this Python
HERE = ("PYTHONPATH", "VIRTUAL_ENV", "DANCE3D_DATA", "DANCE3D_CACHE")  # what leads to a checkout


def main() -> int:
    """Install, run, print; the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the wheel of dance3d")
    parser.add_argument("--tool", choices=("pip", "uv"), default="pip", help="what installs")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the environment")
    parser.add_argument("--extra", default="", help="such as train")
    parser.add_argument("--torch", default="", help="this version and no other")
    parser.add_argument("--no-cache", action="store_true", help="download and build everything anew")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        return measure(asked, Path(made))


def measure(asked: argparse.Namespace, folder: Path) -> int:
    """Do it in a folder.

    Args:
        asked: the command line's.
        folder: that is empty.
    """
    env = {name: value for name, value in os.environ.items() if name not in HERE}
    env.setdefault("UV_FIND_LINKS", env.get("PIP_FIND_LINKS", ""))  # uv reads none of pip's settings
    python, limits = folder / "env/bin/python", folder / "limits.txt"
    limits.write_text(f"torch=={asked.torch}\n" if asked.torch else "")
    if asked.tool == "uv":
        uv = shutil.which("uv") or sys.exit("uv is not on the path")
        begin, install = [uv, "venv", "-q", "--python", asked.python], [uv, "pip", "install", "-q", "--python", python]
    else:
        begin, install = [asked.python, "-m", "venv"], [python, "-m", "pip", "install", "-q"]
    install += ["-c", limits, *(["--no-cache" if asked.tool == "uv" else "--no-cache-dir"] if asked.no_cache else [])]

    def call(*words: object) -> int:
        return subprocess.run([*map(str, words)], env=env, cwd=folder, stdout=sys.stderr).returncode

    start = time.monotonic()
    if code := call(*begin, folder / "env"):
        return code
    if asked.torch and call(*install, "--dry-run", "--no-deps", f"torch=={asked.torch}"):
        return NO_TORCH
    wheel = f"{asked.wheel.absolute()}[{asked.extra}]" if asked.extra else asked.wheel.absolute()
    if code := call(*install, wheel):
        return code
    seconds, files = time.monotonic() - start, [path for path in (folder / "env").rglob("*") if path.is_file()]
    packages = len([path for path in (folder / "env").rglob("*.dist-info")])
    size = sum(path.stat().st_size for path in files if not path.is_symlink()) / 1e6
    print(f"| {asked.tool} | {asked.extra or 'core'} | {packages} | {size:.0f} MB | {seconds:.0f} s |", flush=True)
    return call(python, FIRST_RUN)


if __name__ == "__main__":
    sys.exit(main())
