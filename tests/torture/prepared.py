"""A small take of two dancers, its clean results, and copies of both to be attacked."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torture.processes import done
from torture.table import check_equal, contents

from dance3d.tracks.edits import Edit

STAGES = ("keypoints", "lift", "motion", "genre", "outputs")
ANNA = Edit("rename", {"person": 1, "name": "Anna"})
FILE = {"keypoints": {"backend": "file"}}


def write_take(path: Path, frames: int = 12, dancers: int = 2, seed: int = 1) -> Path:
    """Keypoints of a file, so small that a run of all stages takes half a second."""
    rng = np.random.default_rng(seed)
    x = 200 + np.linspace(0, 60, 17) + rng.normal(0, 2, (frames, 17))
    y = 100 + np.linspace(0, 300, 17) + rng.normal(0, 2, (frames, 17))
    one = np.stack([x, y], -1)
    stored = np.stack([one + 50 * number for number in range(dancers)])
    np.savez(path, xy=stored, skeleton="coco17", size=[640, 480], fps=30.0)
    return path


def make(video: Path, out: Path, cache: Path) -> None:
    """All stages, quietly."""
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.run import run

    run(video, out, cache=Cache(cache), settings=FILE)


def edit(out: Path, cache: Path, change: Edit | None) -> None:
    """One more edit of who is who, or, without one, the last taken back."""
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.retrack import retrack

    retrack(out, change, cache=Cache(cache))


def results(out: Path) -> dict[str, bytes]:
    """The files of a results folder, without what differs from run to run: seconds, and what was cached."""
    found = {name: data for name, data in contents(out).items() if not name.startswith(".dance3d")}
    if "result.json" in found:
        said = json.loads(found["result.json"])
        for line in _lines(said):
            line.pop("seconds", None)
            line.pop("cached", None)
        found["result.json"] = json.dumps(said, sort_keys=True).encode()
    return found


def _lines(said: object) -> list[dict]:
    """Every dictionary in a document."""
    if isinstance(said, dict):
        return [said, *(line for value in said.values() for line in _lines(value))]
    return [line for value in said for line in _lines(value)] if isinstance(said, list) else []


def edits_of(out: Path) -> list[dict]:
    """The edits that a folder keeps."""
    path = out / "tracks.json"
    return json.loads(path.read_text())["edits"] if path.exists() else []


class Prepared:
    """The take, and what a run of it gives when nothing goes wrong.

    Args:
        folder: where everything lies; every attack has a folder of its own in it.
    """

    def __init__(self, folder: Path, edits: Sequence[Edit] = ()) -> None:
        self.folder, self.edits = folder, tuple(edits)
        folder.mkdir(parents=True, exist_ok=True)
        self.video = write_take(folder / "two.npz")
        self.clean = folder / "clean"
        done(lambda: make(self.video, self.clean / "out", self.clean / "cache"))
        for one in edits:
            done(lambda one=one: edit(self.clean / "out", self.clean / "cache", one))
        self.wanted = results(self.clean / "out")
        if len(self.wanted) < 15 or b"person" not in self.wanted["result.json"]:
            raise AssertionError(f"the clean run gave only {sorted(self.wanted)}")

    def copy(self, name: str, out: bool = True, without: Sequence[str] = ()) -> Path:
        """A folder ``name`` with ``cache`` and ``out`` as after the clean run.

        Args:
            name: of the folder.
            out: whether the results are there too.
            without: stages whose entries the cache does not have.
        """
        there = self.folder / name
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir()
        shutil.copytree(self.clean / "cache", there / "cache", ignore=lambda at, names: set(without) & set(names))
        if out:
            shutil.copytree(self.clean / "out", there / "out")
        return there

    def some_stages(self, rng: random.Random) -> list[str]:
        """Stages to do again: none, one, or all from one on."""
        at = rng.randrange(len(STAGES) + 1)
        return [*STAGES[at:]] if rng.random() < 0.7 else [*STAGES[at : at + 1]]

    def check(self, out: Path, where: str) -> None:
        """Raise unless a results folder is as after the clean run, and holds nothing unfinished."""
        check_equal(results(out), self.wanted, where)
        unfinished = [path.name for path in out.glob(".dance3d*") if path.is_dir()]
        assert not unfinished, f"{where}: {unfinished} are left over"


def warm() -> None:
    """Import and load in this process what every child needs, once."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        video = write_take(root / "two.npz")
        make(video, root / "out", root / "cache")
        edit(root / "out", root / "cache", ANNA)
