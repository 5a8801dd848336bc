"""Eight processes at once on one cache and one folder of results, some of them killed; and edits at one time."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from torture.prepared import ANNA, Prepared, edit, edits_of, make, results
from torture.processes import LONG, Child, done, end_of
from torture.table import Tally, check_equal

from dance3d.tracks.edits import Edit

PROCESSES = 8
ROUNDS = 30  # of each kind
BERTA = Edit("rename", {"person": 2, "name": "Berta"})


def campaign(folder: Path, scale: float, seed: int, part: str) -> Iterator[Tally]:
    """Runs into one folder, into a folder each, and pairs of edits."""
    rounds = max(2, round(ROUNDS * scale))
    for name, work in {"one folder": one_folder, "a folder each": own_folders, "edits": edits}.items():
        if part in name:
            yield work(folder / name.replace(" ", "-"), rounds, seed)


def together(work: Sequence[Callable[[], object]], rng: random.Random, kill: bool) -> list[tuple[int, str]]:
    """Do things at the same time; exit code and last words of each that was not killed."""
    children = [Child(one) for one in work]
    victim = rng.choice(children) if kill else None
    if victim is not None:
        time.sleep(rng.uniform(0, 0.8))
        victim.kill()
        victim.said()
    return [(child.wait(LONG), child.said()) for child in children if child is not victim]


def check_ended(ends: list[tuple[int, str]]) -> None:
    """Raise unless all ended well."""
    wrong = [f"ended with {code}; {end_of(said)}" for code, said in ends if code != 0]
    assert not wrong, f"{len(wrong)} of {len(ends)}: {wrong[0]}"


def _again(clean: Prepared, out: Path, cache: Path) -> None:
    done(lambda: make(clean.video, out, cache))
    clean.check(out, "the next run")
    from dance3d.pipeline.cache import Cache

    assert not (faults := Cache(cache).verify()), f"verify finds {faults}"
    assert not (litter := [path.name for path in (cache / "tmp").glob("*")]), f"litter: {litter}"


def one_folder(folder: Path, rounds: int, seed: int) -> Tally:
    """All write the same results to the same place; in every other round one of them is killed."""
    tally, clean = Tally(f"rounds of {PROCESSES} runs, one cache, one folder"), Prepared(folder)
    with tally.timed():
        for number in range(rounds):
            rng = random.Random(f"{seed}/one/{number}")
            there = clean.copy("trial", out=False, without=clean.some_stages(rng))
            with tally.trial(f"seed {seed}, round {number}"):
                work = [lambda at=there: make(clean.video, at / "out", at / "cache")] * PROCESSES
                check_ended(together(work, rng, kill=bool(number % 2)))
                clean.check(there / "out", "after all")
                _again(clean, there / "out", there / "cache")
    return tally


def own_folders(folder: Path, rounds: int, seed: int) -> Tally:
    """All make the same from nothing, each for itself, with one cache; the work is done once."""
    tally, clean = Tally(f"rounds of {PROCESSES} runs, one cache, a folder each"), Prepared(folder)
    with tally.timed():
        for number in range(rounds):
            rng, there = random.Random(f"{seed}/own/{number}"), folder / "trial"
            shutil.rmtree(there, ignore_errors=True)
            with tally.trial(f"seed {seed}, round {number}"):
                outs = [there / f"out{i}" for i in range(PROCESSES)]
                cache = there / "cache"
                work = [lambda out=out, cache=cache: make(clean.video, out, cache) for out in outs]
                kill = bool(number % 2)
                check_ended(together(work, rng, kill))
                whole = [out for out in outs if (out / "result.json").exists()]
                assert len(whole) >= PROCESSES - kill, f"{len(whole)} results of {PROCESSES}"
                for out in whole:
                    clean.check(out, out.name)
                _again(clean, outs[0], cache)
    return tally


def edits(folder: Path, rounds: int, seed: int) -> Tally:
    """Two edits at once, or an edit during a run: both are kept, or one is refused in words."""
    tally, clean = Tally("pairs of an edit with another edit or a run"), Prepared(folder, (ANNA,))
    with tally.timed():
        for number in range(rounds * 2):
            rng = random.Random(f"{seed}/edits/{number}")
            there, carla = clean.copy("trial"), Edit("rename", {"person": 1, "name": f"Carla {number}"})
            other = _edit(there, BERTA) if number % 2 else _run(clean, there)
            with tally.trial(f"seed {seed}, pair {number}"):
                pause = rng.uniform(0, 0.3)
                pair = [lambda there=there, pause=pause, carla=carla: (time.sleep(pause), _edit(there, carla)()), other]
                ends = together(pair, rng, kill=False)
                wanted = [carla] * (ends[0][0] == 0) + [BERTA] * (number % 2 and ends[1][0] == 0)
                refused = [said for code, said in ends if code != 0]
                assert all("ValueError" in end_of(said) for said in refused), f"not refused in words: {refused}"
                assert len(refused) < 2, "both were refused"
                kept = [Edit(e["edit"], {k: v for k, v in e.items() if k not in ("edit", "note")})
                        for e in edits_of(there / "out")]  # fmt: skip
                lost = [str(one) for one in (ANNA, *wanted) if one not in kept]
                assert not lost, f"lost: {lost}; kept {[str(one) for one in kept]}"
                after = results(there / "out")
                done(lambda at=there: make(clean.video, at / "out", at / "cache"))
                check_equal(after, results(there / "out"), "what was left, against the next run,")
    return tally


def _edit(there: Path, change: Edit) -> Callable[[], None]:
    return lambda: edit(there / "out", there / "cache", change)


def _run(clean: Prepared, there: Path) -> Callable[[], None]:
    def again() -> None:
        os.environ["DANCE3D_CACHE"] = str(there)
        make(clean.video, there / "out", there / "fresh")

    return again
