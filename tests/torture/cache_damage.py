"""Damage to entries of the cache and their manifests: verify names each, and the next run gives the clean bytes."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from torture.prepared import Prepared, make
from torture.processes import done
from torture.table import Tally

TRIALS = 500
SECONDS = 30.0  # for a verify or a run; a FIFO that is opened never ends
DEEP = 200_000  # brackets
MANIFEST = "manifest.json"


def campaign(folder: Path, scale: float, seed: int, part: str) -> Iterator[Tally]:
    """500 damaged entries at scale 1; each is verified in one copy, and run over in another.

    Args:
        folder: for what is written.
        scale: of the number of trials, which are at least one for each kind of damage.
        seed: of which entry and which byte.
        part: is in the names of the kinds that are wanted.
    """
    kinds = [kind for kind in DAMAGE if part in kind]
    clean, wanted = Prepared(folder), max(len(kinds), round(TRIALS * scale * len(kinds) / len(DAMAGE)))
    named, again = Tally("damaged entries that verify names"), Tally("runs over a damaged entry")
    for number in range(wanted):
        kind = kinds[number % len(kinds)]
        label = f"seed {seed}, try {number}, {kind}"
        with named.timed(), named.trial(label):
            there = clean.copy("trial", out=False)
            hurt = damage(kind, there / "cache", random.Random(f"{seed}/{number}"))
            check_named(there / "cache", hurt)
        with again.timed(), again.trial(label):
            there = clean.copy("trial", out=False)
            hurt = damage(kind, there / "cache", random.Random(f"{seed}/{number}"))
            check_made_again(clean, there)
    yield named
    yield again


def check_named(cache: Path, hurt: list[Path], verify: Callable[[Path], list[Path]] | None = None) -> None:
    """Raise unless verify names every entry that was hurt, and no other."""
    told = cache.parent / "told.json"

    def ask() -> None:
        told.write_text(json.dumps([str(path) for path in (verify or entries_at_fault)(cache)]))

    _within_limits(ask)
    found, wanted = set(json.loads(told.read_text())), {str(path) for path in hurt}
    assert wanted <= found, f"not named: {sorted(_short(p) for p in wanted - found)}"
    assert found <= wanted, f"named without reason: {sorted(_short(p) for p in found - wanted)}"


def entries_at_fault(cache: Path) -> list[Path]:
    """What the package's own verify names."""
    from dance3d.pipeline.cache import Cache

    return [folder for folder, _ in Cache(cache).verify()]


def check_made_again(clean: Prepared, there: Path) -> None:
    """Raise unless a run gives the clean results, and leaves a cache that is whole."""
    _within_limits(lambda: make(clean.video, there / "out", there / "cache"))
    clean.check(there / "out", "the run after the damage")
    _within_limits(lambda: make(clean.video, there / "second", there / "cache"))
    clean.check(there / "second", "the second run after the damage")
    check_named(there / "cache", [])


def _within_limits(work: Callable[[], None]) -> None:
    done(work, SECONDS)


def _short(path: str) -> str:
    return "/".join(part[:12] for part in Path(path).parts[-2:])


def damage(kind: str, cache: Path, rng: random.Random) -> list[Path]:
    """Hurt entries of a cache in one way; which."""
    entries = sorted(path.parent for path in cache.glob(f"*/*/{MANIFEST}"))
    entry = rng.choice(entries)
    files = sorted(path for path in entry.rglob("*") if path.is_file() and path.name != MANIFEST)
    return DAMAGE[kind](entry, rng.choice(files), rng) or [entry]


def _flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _truncate(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])


def _append(path: Path, rng: random.Random) -> None:
    path.write_bytes(path.read_bytes() + rng.randbytes(rng.randrange(1, 100)))


def _delete(path: Path, rng: random.Random) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _folder(path: Path, rng: random.Random) -> None:
    _delete(path, rng)
    path.mkdir()
    if rng.random() < 0.5:
        (path / "inside").write_text("x")


def _link(target: str) -> Callable[[Path, random.Random], None]:
    def replace(path: Path, rng: random.Random) -> None:
        _delete(path, rng)
        path.symlink_to(path.name if target == "itself" else target)

    return replace


def _fifo(path: Path, rng: random.Random) -> None:
    _delete(path, rng)
    os.mkfifo(path)


def _text(text: str) -> Callable[[Path, random.Random], None]:
    return lambda path, rng: path.write_text(text) and None


def _noise(path: Path, rng: random.Random) -> None:
    path.write_bytes(rng.randbytes(rng.randrange(1, 2000)))


def _swap_files(entry: Path, file: Path, rng: random.Random) -> None:
    """A file's bytes are those of another of the same cache."""
    others = [p for p in entry.parents[1].glob("*/*/*.npz") if p.read_bytes() != file.read_bytes()]
    file.write_bytes(rng.choice(others).read_bytes())


def _swap_manifests(entry: Path, file: Path, rng: random.Random) -> list[Path]:
    others = [p for p in sorted(entry.parents[1].glob(f"*/*/{MANIFEST}")) if p.parent != entry]
    other = rng.choice(others).parent
    one, two = (entry / MANIFEST).read_bytes(), (other / MANIFEST).read_bytes()
    (entry / MANIFEST).write_bytes(two)
    (other / MANIFEST).write_bytes(one)
    return [entry, other]


def _said(change: Callable[[dict, random.Random], object]) -> Callable[[Path, Path, random.Random], None]:
    """A manifest that says something else."""

    def rewrite(entry: Path, file: Path, rng: random.Random) -> None:
        said = json.loads((entry / MANIFEST).read_text())
        change(said, rng)
        (entry / MANIFEST).write_text(json.dumps(said, sort_keys=True, indent=1))

    return rewrite


def _file_of(said: dict, rng: random.Random) -> str:
    return rng.choice(sorted(said["files"]))


def _entry_replaced(by: Callable[[Path, random.Random], None]) -> Callable[[Path, Path, random.Random], None]:
    return lambda entry, file, rng: by(entry, rng)


def _of_file(by: Callable[[Path, random.Random], None]) -> Callable[[Path, Path, random.Random], None]:
    return lambda entry, file, rng: by(file, rng)


def _of_manifest(by: Callable[[Path, random.Random], None]) -> Callable[[Path, Path, random.Random], None]:
    return lambda entry, file, rng: by(entry / MANIFEST, rng)


ANYWHERE = {
    "flip": _flip,
    "truncate": _truncate,
    "delete": _delete,
    "noise": _noise,
    "folder": _folder,
    "link to itself": _link("itself"),
    "link to nowhere": _link("/nowhere/at/all"),
    "link to zeros": _link("/dev/zero"),
    "fifo": _fifo,
}
"""What can happen to a file or to a manifest."""
DAMAGE: dict[str, Callable[[Path, Path, random.Random], list[Path] | None]] = {
    **{f"file: {name}": _of_file(by) for name, by in ANYWHERE.items()},
    **{f"manifest: {name}": _of_manifest(by) for name, by in ANYWHERE.items()},
    "file: append": _of_file(_append),
    "file: swap": _swap_files,
    "manifest: append": _of_manifest(_append),
    "manifest: swap": _swap_manifests,
    **{f"manifest: {text[:9]!r}": _of_manifest(_text(text)) for text in ("", "{}", "[]", "null", "3", '"x"', "NaN")},
    "manifest: deep list": _of_manifest(_text("[" * DEEP)),
    "manifest: deep dictionary": _of_manifest(_text('{"files":' * DEEP)),
    "manifest: huge number": _of_manifest(_text('{"version": ' + "9" * 5000 + "}")),
    "manifest: no files": _said(lambda said, rng: said["files"].clear()),
    "manifest: one file less": _said(lambda said, rng: said["files"].pop(_file_of(said, rng))),
    "manifest: one file more": _said(lambda said, rng: said["files"].update(x={"size": 1, "sha256": "0" * 64})),
    "manifest: a file outside": _said(
        lambda said, rng: said["files"].update({"../../x": said["files"].pop(_file_of(said, rng))})
    ),
    "manifest: size": _said(lambda said, rng: said["files"][_file_of(said, rng)].update(size=rng.randrange(10**6))),
    "manifest: sha256": _said(lambda said, rng: said["files"][_file_of(said, rng)].update(sha256="f" * 64)),
    "manifest: version": _said(lambda said, rng: said.update(version=rng.choice((0, 2, "1", None, [])))),
    "manifest: key": _said(lambda said, rng: said.update(key="0" * 64)),
    "manifest: stage": _said(lambda said, rng: said.update(stage=rng.choice(("lift2", None, 3)))),
    "manifest: components": _said(lambda said, rng: said["components"].update(x=1)),
    "entry: file": _entry_replaced(lambda path, rng: (_delete(path, rng), path.write_text("x")) and None),
    "entry: empty folder": _entry_replaced(lambda path, rng: (_delete(path, rng), path.mkdir()) and None),
    "entry: link to nowhere": _entry_replaced(_link("/nowhere/at/all")),
    "entry: link to itself": _entry_replaced(_link("itself")),
    "entry: fifo": _entry_replaced(_fifo),
}
"""Name to what is done to an entry, one of its files, with random numbers; the entries hurt, if not that one."""
