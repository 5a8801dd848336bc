"""Kills at random moments, of what publishes, runs, edits tracks and trains: what is left is whole, or is not taken."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from torture.prepared import ANNA, STAGES, Prepared, edit, edits_of, make, results, write_take
from torture.processes import Aim, done, duration, killed
from torture.table import Tally, check_equal

from dance3d.tracks.edits import Edit

SHARES = {"publish": 0.42, "run": 0.25, "tracks": 0.2, "train": 0.11, "commands": 0.02}
KILLS = 1000
MISSES = 6  # tries a kill at most: one that comes too late is none
PARTS, BYTES = 4, 60_000  # files of a toy entry


def campaign(folder: Path, scale: float, seed: int, part: str) -> Iterator[Tally]:
    """1,000 kills at scale 1, in shares; ``part`` is in the names of those that are wanted."""
    work = {"publish": publish, "run": runs, "tracks": tracks, "train": trainings, "commands": commands}
    for name, share in SHARES.items():
        if part in name:
            yield work[name](folder / name, max(2, round(KILLS * share * scale)), seed)


def attempts(tally: Tally, wanted: int, seed: int) -> Iterator[tuple[str, random.Random]]:
    """Labels and random numbers until there were enough kills, or too many came too late."""
    for number in range(wanted * MISSES):
        if tally.tried >= wanted:
            return
        yield f"seed {seed}, try {number}", random.Random(f"{seed}/{tally.what}/{number}")


# ---- an entry of the cache ------------------------------------------------------------------------------------------


def toy_files(number: int) -> dict[str, bytes]:
    return {f"{part}.bin": random.Random(f"{number}/{part}").randbytes(BYTES) for part in range(PARTS)}


def toy_publish(root: Path, number: int) -> None:
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.cache_entry import key_of

    def write(folder: Path) -> None:
        for name, data in toy_files(number).items():
            (folder / name).write_bytes(data)

    cache, parts = Cache(root), {"toy": number}
    with cache.lock("toy", key_of(parts)):
        if cache.find("toy", key_of(parts)) is None:
            cache.publish("toy", parts, write)


def check_toy(root: Path, number: int, there: bool) -> bool:
    """Raise unless the entry is as written, or, where it need not be there, is not there; whether it is."""
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.cache_entry import key_of

    entry = Cache(root).find("toy", key_of({"toy": number}))
    if entry is None and not there:
        return False
    assert entry is not None, "nothing was published"
    found = {name: (entry.folder / name).read_bytes() for name in entry.files}
    check_equal(found, toy_files(number), "the entry")
    return True


def publish(folder: Path, wanted: int, seed: int, act: Callable[[Path, int], None] = toy_publish) -> Tally:
    """Kills of a process that publishes an entry; ``act`` does that."""
    tally, root, whole = Tally("kills while an entry is published"), folder / "cache", 0
    aim = Aim(duration(lambda: act(root, -1)))
    with tally.timed():
        for number, (label, rng) in enumerate(attempts(tally, wanted, seed)):
            if not killed(lambda n=number: act(root, n), rng, aim):
                continue
            with tally.trial(label):
                whole += check_toy(root, number, there=False)
                done(lambda n=number: act(root, n))
                check_toy(root, number, there=True)
                unfinished = [path.name for path in (root / "tmp").glob("*")]
                assert not unfinished, f"litter: {unfinished}"
            if number % 50 == 49:
                shutil.rmtree(root)
    tally.note = f"{whole} left it whole, the others nothing"
    return tally


# ---- a run ----------------------------------------------------------------------------------------------------------


def runs(folder: Path, wanted: int, seed: int) -> Tally:
    """Kills of runs with nothing, some or all of it cached, into an empty, a finished or another take's folder."""
    tally, clean = Tally("kills during a run"), Prepared(folder)
    other = write_take(folder / "other.npz", frames=9, dancers=3, seed=2)
    done(lambda: make(other, folder / "other" / "out", folder / "other" / "cache"))
    before = {"finished": clean.wanted, "other": results(folder / "other" / "out"), "empty": {}}
    longest, amid = duration(lambda: make(clean.video, folder / "timed" / "out", folder / "timed" / "cache")), 0
    aims = {stages: Aim(longest * (stages + 0.3) / len(STAGES)) for stages in range(len(STAGES) + 1)}
    with tally.timed():
        for label, rng in attempts(tally, wanted, seed):
            state, lost = rng.choice(list(before)), clean.some_stages(rng)
            there = clean.copy("trial", out=state == "finished", without=lost)
            if state == "other":
                shutil.copytree(folder / "other" / "out", there / "out")
            act = lambda at=there: make(clean.video, at / "out", at / "cache")  # noqa: E731
            if not killed(act, rng, aims[len(lost)], _sometimes(rng, there / "out")):
                continue
            with tally.trial(f"{label}, {state} folder, without {lost}"):
                if (there / "out" / "result.json").exists():
                    left = results(there / "out")
                    if left != before[state]:
                        check_equal(left, clean.wanted, "what the kill left, with a result.json,")
                amid += in_delivery(there / "out")
                check_again(clean, there)
    tally.note = f"{amid} while files were put in place"
    return tally


def in_delivery(out: Path) -> bool:
    """Whether a kill left results that wait beside their places."""
    return any(path.is_dir() for path in out.glob(".dance3d*"))


def _sometimes(rng: random.Random, out: Path) -> Callable[[], bool] | None:
    """For a third of the kills: wait until results begin to be put in place, which takes a few milliseconds."""
    return (lambda: in_delivery(out)) if rng.random() < 1 / 3 else None


def check_again(clean: Prepared, there: Path) -> None:
    """The next run gives what a clean one gives, and leaves nothing behind in the cache."""
    from dance3d.pipeline.cache import Cache

    done(lambda: make(clean.video, there / "out", there / "cache"))
    clean.check(there / "out", "the next run")
    assert not (faults := Cache(there / "cache").verify()), f"verify finds {faults}"
    assert not (litter := [path.name for path in (there / "cache" / "tmp").glob("*")]), f"litter: {litter}"


# ---- edits ----------------------------------------------------------------------------------------------------------


EDITS = (
    Edit("rename", {"person": 2, "name": "Berta"}),
    Edit("swap", {"first": 1, "second": 2, "frame": 6}),
    Edit("keep", {"persons": [2]}),
    None,
)


def tracks(folder: Path, wanted: int, seed: int) -> Tally:
    """Kills of edits: afterwards the list is the one before or the one after, and a run follows it."""
    tally = Tally("kills while tracks are edited")
    start = Prepared(folder / "start", (ANNA,))
    ends = [_edited(start, folder / f"end{n}", change) for n, change in enumerate(EDITS)]
    there = start.copy("timed")
    longest, amid = duration(lambda: edit(there / "out", there / "cache", EDITS[1])), 0
    aims = [Aim(longest * (1.0 if change and change.moves else 0.4)) for change in EDITS]
    with tally.timed():
        for label, rng in attempts(tally, wanted, seed):
            number = rng.randrange(len(EDITS))
            there = start.copy("trial")
            act = lambda at=there, change=EDITS[number]: edit(at / "out", at / "cache", change)  # noqa: E731
            if not killed(act, rng, aims[number], _sometimes(rng, there / "out")):
                continue
            with tally.trial(f"{label}, {EDITS[number]}"):
                kept = edits_of(there / "out")
                choices = {"before": (edits_of(start.clean / "out"), start.wanted), "after": ends[number]}
                fitting = [wanted_files for listed, wanted_files in choices.values() if listed == kept]
                assert fitting, f"tracks.json has neither the edits before nor those after: {kept}"
                amid += in_delivery(there / "out")
                if (there / "out" / "result.json").exists():
                    left = results(there / "out")
                    assert left in [files for _, files in choices.values()], "a result.json, and files of two results"
                done(lambda at=there: make(start.video, at / "out", at / "cache"))
                check_equal(results(there / "out"), fitting[0], "the next run")
    tally.note = f"{amid} while files were put in place"
    return tally


def _edited(start: Prepared, name: Path, change: Edit | None) -> tuple[list[dict], dict[str, bytes]]:
    """The list of edits and the results after one more edit."""
    there = start.copy(name.name)
    done(lambda: edit(there / "out", there / "cache", change))
    done(lambda: make(start.video, there / "out", there / "cache"))
    return edits_of(there / "out"), results(there / "out")


# ---- trainings ------------------------------------------------------------------------------------------------------


def register_toy() -> None:
    """Let this process know the toy stage."""
    from dance3d import registry

    row = registry.Stage("toy", ("lift",), "Movements", 1, "", module="toy_stage:ToyModule", data="toy_stage:ToyData")
    registry.STAGES["toy"] = row


def train_toy(folder: Path, epochs: int = 4) -> None:
    """A net of a few numbers, trained as the stages are."""
    import toy_runs

    register_toy()
    toy_runs.fit(folder, **{"trainer.max_epochs": epochs})


def trainings(folder: Path, wanted: int, seed: int, act: Callable[[Path], None] = train_toy) -> Tally:
    """Kills of trainings, up to three in one; what goes on to the end equals what was never stopped."""
    import toy_runs

    tally, whole = Tally("kills during training"), folder / "whole"
    aim = Aim(duration(lambda: act(whole)))
    there = folder / "trial"
    weights = (whole / "weights.safetensors").read_bytes()
    with tally.timed():
        for label, rng in attempts(tally, wanted, seed):
            shutil.rmtree(there, ignore_errors=True)
            times = sum(killed(lambda: act(there), rng, aim) for _ in range(rng.choice((1, 1, 2, 3))))
            if not times:
                continue
            with tally.trial(f"{label}, {times} kills", times):
                if (there / "weights.safetensors").exists():
                    assert (there / "weights.safetensors").read_bytes() == weights, "half-trained weights"
                done(lambda: act(there))
                toy_runs.assert_equal_runs(there, whole)
                assert (there / "weights.safetensors").read_bytes() == weights, "other weights"
    return tally


# ---- the real commands ----------------------------------------------------------------------------------------------


def commands(folder: Path, wanted: int, seed: int) -> Tally:
    """Kills of ``dance3d run``, ``tracks`` and ``lift fit`` as the shell starts them."""
    tally, clean = Tally("kills of real commands"), Prepared(folder)
    train = ["lift", "fit", "-c", "base", "-c", "lift", "-c", "tiny/lift", "--trainer.max_epochs", "1"]
    train += ["--trainer.check_val_every_n_epoch", "1", "--data.steps", "3", "--data.minutes", "0.2"]
    train += ["--trainer.accelerator", "cpu", "--model.width", "32"]
    whole = folder / "whole"
    command(folder, *train, "--run_folder", whole)
    weights = (whole / "weights.safetensors").read_bytes()
    with tally.timed():
        for label, rng in attempts(tally, wanted, seed):
            kind = rng.choice(("run", "tracks", "train"))
            there = clean.copy("trial", out=kind == "tracks", without=clean.some_stages(rng) if kind == "run" else ())
            run = ["run", clean.video, "--keypoints", "-o", there / "out", "--cache", there / "cache"]
            words = {
                "run": run,
                "tracks": ["tracks", "rename", there / "out", "1", "Anna", "--cache", there / "cache"],
                "train": [*train, "--run_folder", there / "run", "--resume", "true"],
            }[kind]
            if not _command_killed(folder, words, rng.uniform(0.2, 9.0 if kind == "train" else 4.0)):
                continue
            with tally.trial(f"{label}, {kind}"):
                if kind == "train":
                    command(folder, *words)
                    assert (there / "run" / "weights.safetensors").read_bytes() == weights, "other weights"
                    continue
                kept = edits_of(there / "out")
                assert kept in ([], [{**ANNA.plain(), "note": str(ANNA)}]), f"tracks.json has {kept}"
                command(folder, *run)
                if not kept:
                    clean.check(there / "out", "the next run")
                assert edits_of(there / "out") == kept, "an edit is gone"
    return tally


def _started(folder: Path, words: list[object]) -> subprocess.Popen:
    line = [sys.executable, "-m", "dance3d", *map(str, words)]
    with (folder / "command.log").open("wb") as log:
        return subprocess.Popen(line, stdout=log, stderr=log, start_new_session=True)


def command(folder: Path, *words: object) -> None:
    """A command that must end with 0."""
    code = _started(folder, list(words)).wait(300)
    if code != 0:
        said = (folder / "command.log").read_text(errors="replace")[-800:]
        raise AssertionError(f"dance3d {words[0]} ended with {code}; {said}")


def _command_killed(folder: Path, words: list[object], seconds: float) -> bool:
    process = _started(folder, words)
    time.sleep(seconds)
    process.kill()
    return process.wait() == -signal.SIGKILL
