"""Disks full after so many bytes, or read-only: a run goes on without its cache, and nothing half-written is taken."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from torture.kills import train_toy
from torture.prepared import ANNA, Prepared, edit, edits_of, make, results
from torture.processes import FILE, LONG, Child, end_of
from torture.table import Tally, check_equal

SIZES = 60  # disks of each kind
PAGE = 4096


def campaign(folder: Path, scale: float, seed: int, part: str) -> Iterator[Tally]:
    """Full and read-only disks under the cache, the results, and a training."""
    work = {"cache": full_cache, "results": full_results, "training": full_training, "read-only": read_only}
    for name, one in work.items():
        if part in name:
            yield one(folder / name, max(4, round(SIZES * scale)), seed)


def can_mount() -> bool:
    """Whether this process may make small disks of its own."""
    return os.geteuid() == 0 and shutil.which("mount") is not None


class Disk:
    """A folder that holds so many bytes; for those who may not mount, files that can be so long."""

    def __init__(self, at: Path, size: int) -> None:
        self.at, self.size, self.real = at, size, can_mount()
        at.mkdir(parents=True, exist_ok=True)
        if self.real:
            self.real = _mount("-t", "tmpfs", "-o", f"size={max(size, PAGE)}", "tmpfs", str(at))

    @property
    def file(self) -> int:
        """Bytes that a file may have where the disk itself has no end; enough for the child's own words."""
        return FILE if self.real else max(self.size, 2**14)

    def lock(self) -> bool:
        """Make it read-only; whether that can be done here."""
        if self.real:
            return _mount("-o", "remount,ro", str(self.at))
        for path in (self.at, *self.at.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        return os.geteuid() != 0

    def grow(self) -> None:
        """There is room again."""
        if self.real:
            _mount("-o", f"remount,rw,size={2**30}", str(self.at))
        self.size = FILE

    def close(self) -> None:
        if self.real:
            subprocess.run(["umount", "-l", str(self.at)], check=False, capture_output=True)
        else:
            for path in self.at.rglob("*"):
                path.chmod(0o755 if path.is_dir() else 0o644)


def _mount(*words: str) -> bool:
    return subprocess.run(["mount", *words], check=False, capture_output=True).returncode == 0


@contextmanager
def disk(at: Path, size: int) -> Iterator[Disk]:
    shutil.rmtree(at, ignore_errors=True)
    one = Disk(at, size)
    try:
        yield one
    finally:
        one.close()


def _ended(work: Callable[[], object], file: int = FILE) -> tuple[int, str]:
    child = Child(work, file=file)
    code = child.wait(LONG)
    return code, end_of(child.said())


def _sizes(count: int, most: int, seed: int, name: str) -> list[int]:
    """Sizes up to ``most``, the small ones more often, as most writes come early."""
    rng = random.Random(f"{seed}/{name}")
    return [int(most * rng.random() ** 2) for _ in range(count)]


def _bytes(folder: Path) -> int:
    """What a folder takes on a disk."""
    return sum(-(-path.stat().st_size // PAGE) * PAGE + PAGE for path in folder.rglob("*"))


def _not_refused(code: int, said: str) -> str:
    """Why an end is neither a good one nor an error of the system in words; empty if it is."""
    in_words = code == 1 and ("[Errno" in said or "ValueError:" in said)
    return "" if code == 0 or in_words else f"ended with {code}; {said}"


def full_cache(folder: Path, count: int, seed: int) -> Tally:
    """The cache's disk is full: the run ends well all the same, and what was published is whole."""
    from dance3d.pipeline.cache import Cache

    tally, clean = Tally("runs with a cache on a full disk"), Prepared(folder)
    with tally.timed():
        for number, size in enumerate(_sizes(count, _bytes(clean.clean / "cache"), seed, "cache")):
            shutil.rmtree(folder / "trial", ignore_errors=True)
            with tally.trial(f"seed {seed}, try {number}, {size} bytes"), disk(folder / "disk", size) as small:
                out, cache = folder / "trial" / "out", small.at / "cache"
                code, said = _ended(lambda out=out, cache=cache: make(clean.video, out, cache), small.file)
                if small.real:  # else the results' own files may be too long, too
                    assert code == 0, f"ended with {code}; {said}"
                    clean.check(out, "the run")
                small.grow()
                assert not (faults := Cache(cache).verify()), f"verify finds {faults}"
                code, said = _ended(lambda out=out, cache=cache: make(clean.video, out, cache))
                assert code == 0, f"the next run ended with {code}; {said}"
                clean.check(out, "the next run")
    return tally


def full_results(folder: Path, count: int, seed: int) -> Tally:
    """The disk of the results is full: an error in words, no results that are half of this run, no edit lost."""
    tally, clean = Tally("runs and edits of results on a full disk"), Prepared(folder, (ANNA,))
    first, refused = (clean.clean / "out" / "tracks.json").read_bytes(), 0
    with tally.timed():
        for number, size in enumerate(_sizes(count, _bytes(clean.clean / "out") + 40_000, seed, "results")):
            there, state = clean.copy("trial"), ("new", "finished", "edit")[number % 3]
            room = size if state == "new" else _bytes(clean.clean / "out") + size // 8
            label = f"seed {seed}, try {number}, {state}, {room} bytes"
            with tally.trial(label), disk(clean.folder / "disk", room) as small:
                out, cache = small.at / "out", there / "cache"
                if state == "new":
                    out.mkdir()
                    (out / "tracks.json").write_bytes(first)
                else:
                    shutil.copytree(there / "out", out)
                act = _berta(out, cache) if state == "edit" else lambda o=out, c=cache: make(clean.video, o, c)
                code, said = _ended(act, small.file)
                assert not (wrong := _not_refused(code, said)), wrong
                refused += code != 0
                kept = [one["edit"] for one in edits_of(out)]
                assert kept == ["rename"] or (state == "edit" and kept == ["rename"] * 2), f"tracks.json has {kept}"
                if (out / "result.json").exists() and len(kept) == 1:
                    clean.check(out, "results on a full disk, with a result.json,")
                small.grow()
                code, said = _ended(lambda o=out, c=cache: make(clean.video, o, c))
                assert code == 0, f"the next run ended with {code}; {said}"
                if len(kept) == 1:
                    clean.check(out, "the next run")
    tally.note = f"{refused} met the end of the disk"
    return tally


def _berta(out: Path, cache: Path) -> Callable[[], None]:
    from torture.load import BERTA

    return lambda: edit(out, cache, BERTA)


def full_training(folder: Path, count: int, seed: int) -> Tally:
    """The disk of a training is full: an error in words, and it goes on from a whole checkpoint when there is room."""
    import toy_runs

    tally, whole, refused = Tally("trainings on a full disk"), folder / "whole", 0
    _ended(lambda: train_toy(whole))
    weights = (whole / "weights.safetensors").read_bytes()
    with tally.timed():
        for number, size in enumerate(_sizes(max(count // 2, 2), _bytes(whole) + 60_000, seed, "training")):
            label = f"seed {seed}, try {number}, {size} bytes"
            with tally.trial(label), disk(folder / "disk", size) as small:
                run = small.at / "run"
                code, said = _ended(lambda run=run: train_toy(run), small.file)
                assert not (wrong := _not_refused(code, said)), wrong
                refused += code != 0
                small.grow()
                code, said = _ended(lambda run=run: train_toy(run))
                assert code == 0, f"going on ended with {code}; {said}"
                assert (run / "weights.safetensors").read_bytes() == weights, "other weights"
                toy_runs.assert_equal_runs(run, whole)
    tally.note = f"{refused} met the end of the disk"
    return tally


def read_only(folder: Path, count: int, seed: int) -> Tally:
    """A read-only cache is gone without; read-only results are an error in words, and stay as they were."""
    tally, clean = Tally("runs on read-only disks"), Prepared(folder)
    with tally.timed():
        for number in range(max(count // 6, 4)):
            rng, there = random.Random(f"{seed}/read-only/{number}"), clean.copy("trial", out=False)
            kind = ("cache", "results", "input")[number % 3]
            with tally.trial(f"seed {seed}, try {number}, {kind}"), disk(folder / "disk", 2**25) as small:
                out, cache, video = folder / "trial" / "out", there / "cache", clean.video
                if kind == "cache":
                    cache = small.at / "cache"
                    lost = clean.some_stages(rng)
                    shutil.copytree(there / "cache", cache, ignore=lambda at, names, lost=lost: set(lost) & set(names))
                elif kind == "results":
                    out = small.at / "out"
                    shutil.copytree(clean.clean / "out", out)
                else:
                    video = Path(shutil.copy(video, small.at / "two.npz"))
                before = results(out)
                if not small.lock():
                    continue  # nothing is read-only for root without a mount
                code, said = _ended(lambda v=video, o=out, c=cache: make(v, o, c))
                if kind == "results":
                    assert code != 0, "nothing was said of it"
                    assert not (wrong := _not_refused(code, said)), wrong
                    check_equal(results(out), before, "read-only results")
                    continue
                assert code == 0, f"ended with {code}; {said}"
                if kind == "cache":
                    clean.check(out, "the run")
                else:
                    assert results(out).keys() == clean.wanted.keys(), "files are missing"
    return tally
