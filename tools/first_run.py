"""Run dance3d once as it is installed: a made-up video of a second through the whole chain, and what it left.

Needs nothing but the package: the clip is drawn by PyAV, and nobody dances in it. Run it outside of the sources, or the
package that lies beside is taken.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import dance3d
from dance3d.cli import main as run
from dance3d.io.video.writer import VideoWriter


def main() -> int:
    """Draw a clip, run it by the command, and look for the report; the exit code."""
    print(f"dance3d {dance3d.__version__} in {Path(dance3d.__file__).parent}")
    with tempfile.TemporaryDirectory() as folder:
        clip, out = Path(folder) / "clip.mp4", Path(folder) / "results"
        with VideoWriter(clip, (320, 240), 25) as writer:
            for frame in range(25):
                writer.write(np.full((240, 320, 3), 90 + 3 * frame, np.uint8), frame / 25)
        code = run(["run", str(clip), "-o", str(out), "--no-cache"])
        left = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    print("left:", ", ".join(left))
    return code or int("report.html" not in left)


if __name__ == "__main__":
    sys.exit(main())
