"""Inputs first, then predict, then publish: every stage's output is ensured, by key, through the cache.

A stage's output depends on what its key is made of and on nothing else: see ``dance3d.pipeline.cache_key``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from dance3d.contracts import ARTEFACTS, Artefact, Clip, Keypoints2D
from dance3d.io import artefacts
from dance3d.io import weights as stored_weights
from dance3d.io.passing_faults import again
from dance3d.lazy_import import resolve
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import Components, Entry, key_of
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.given import Given, check, look_unchanged
from dance3d.pipeline.unfinished import place, unfinished
from dance3d.registry import DEFAULT_POSES, STAGES, get, route
from dance3d.stages.settings import Settings
from dance3d.tracks.edits import Edit, apply

CLIP = "clip.npz"
EDITED = "tracks"
"""The name of keypoints after edits of who is who, which the stages after them read as ``keypoints``."""
READ_AS = "lift"
"""The name under which later stages read poses, whichever stage made them."""


@dataclass(frozen=True)
class Result:
    """A stage's output.

    Attributes:
        entry: where it lies.
        kind: class of the artefacts in it.
        cached: whether it was there already.
        seconds: what ensuring it took.
        why: why it was made or not.
    """

    entry: Entry
    kind: type
    cached: bool
    seconds: float
    why: str

    @property
    def key(self) -> str:
        """The output key."""
        return self.entry.key

    def load(self) -> list[Any]:
        """The artefacts, one per dancer or training clip."""
        return self._tracks

    @cached_property
    def _tracks(self) -> list[Any]:
        paths = [self.entry.folder / name for name in numbered(self.entry)]
        return [again(partial(artefacts.load, path, self.kind)) for path in paths]

    @property
    def clip(self) -> Clip:
        """What decoding the video found; only a stage that reads the video has it."""
        return artefacts.load(self.entry.folder / CLIP, Clip)


Input = Given | Result


def write_artefacts(made: list[Artefact], folder: Path) -> None:
    """Save artefacts in order as ``0000.npz``, ...; a ``Clip`` among them as ``clip.npz``."""
    for number, artefact in enumerate(a for a in made if not isinstance(a, Clip)):
        artefacts.save(artefact, folder / f"{number:04d}.npz")
    for clip in (a for a in made if isinstance(a, Clip)):
        artefacts.save(clip, folder / CLIP)


def numbered(entry: Entry) -> list[str]:
    """Names of an entry's artefacts, one per dancer or training clip, in order."""
    return sorted(name for name in entry.files if name != CLIP and name.endswith(".npz"))


def _lacking(entry: Entry, read: Mapping[str, Input]) -> str:
    """The file that is missing in a stage's output, or nothing; each dancer who went in comes out."""
    names, wanted = set(entry.files), {CLIP} if "video" in read else set()
    for given in read.values():
        if isinstance(given, Result):
            wanted |= {f"{number:04d}.npz" for number in range(len(numbered(given.entry)))}
    wanted |= {f"{number:04d}.npz" for number in range(len(numbered(entry)))}
    return min(wanted - names, default="")


def merge_settings(given: Mapping[str, Mapping[str, Any] | Settings]) -> dict[str, Settings]:
    """The stages' default settings with changes laid over them.

    Raises:
        ValueError: a stage or a setting that does not exist, or a value that a setting cannot have.
    """
    changed = {get(name).name: changes for name, changes in given.items()}
    return {name: stage.settings.read(changed.get(name)) for name, stage in STAGES.items()}


class Runner:
    """Ensures outputs with one cache, one set of settings and one set of weights."""

    def __init__(
        self,
        cache: Cache,
        settings: Mapping[str, Mapping[str, Any] | Settings] | None = None,
        weights: Mapping[str, Path] | None = None,
        report: Callable[[str, str, Result | None], None] = lambda stage, why, result: None,
    ) -> None:
        """Set up a runner.

        Args:
            cache: where outputs are kept.
            settings: per stage, what differs from the defaults, by name or as the stage's class of settings.
            weights: per stage, a weights file in place of the one that ships.
            report: called with a stage's name and why it runs or not: once as it begins to work, with no result yet,
                and once with its result.

        Raises:
            ValueError: a stage, setting, weights file or file of a setting that does not exist, or a value that a
                setting cannot have.
        """
        self.cache = cache
        self.settings = merge_settings(settings or {})
        for chosen in self.settings.values():
            chosen.check_files()
        self.weights = {get(name).name: path for name, path in (weights or {}).items()}
        self._shipped: dict[str, Path] = {}
        for name, path in self.weights.items():
            if not path.is_file():
                raise ValueError(f"weights of {name}: no such file {path}")
        self.report = report

    def components(self, stage: str, inputs: Mapping[str, Input]) -> dict[str, Any]:
        """What a stage's output key is made of."""
        row = get(stage)
        return components(
            row.name,
            (row.predict.partition(":")[0],),
            {name: inputs[name].key for name in row.needs},
            self.settings[row.name].plain(),
            version=row.version,
            weights=self._weights(stage),
            fetched=row.fetched_weights(self.settings[row.name]),
            libraries=row.libraries,
        )

    def ensure(self, stage: str, inputs: Mapping[str, Input]) -> Result:
        """A stage's output, from the cache or made now.

        Raises:
            InputChanged: an input file changed while it was read; nothing is published.
        """
        row = get(stage)

        def write(folder: Path) -> None:
            values = {name: inputs[name].load() for name in row.needs}
            if all(values.values()):  # nobody in, nobody out: no net is loaded for an empty stage
                write_artefacts(resolve(row.predict)(values, self.settings[stage], self._weights(stage)), folder)

        read = {name: inputs[name] for name in row.needs}
        parts, kind = self.components(stage, inputs), ARTEFACTS[row.makes]
        return self.ensure_files(stage, parts, write, inputs, kind, lambda entry: _lacking(entry, read))

    def ensure_files(
        self,
        name: str,
        components: Components,
        write: Callable[[Path], None],
        inputs: Mapping[str, Input],
        kind: type = object,
        lacking: Callable[[Entry], str] = lambda entry: "",
    ) -> Result:
        """Find files by their key in the cache, or make them.

        Args:
            name: of what is made.
            components: what its key is made of.
            write: fills an empty folder.
            inputs: results that ``write`` reads, by name.
            kind: type of the artefact in the files.
            lacking: says of an entry which file of a whole one is not there; such an entry is made again.
        """
        began = time.perf_counter()
        key = key_of(components)
        files = {name: given for name, given in inputs.items() if isinstance(given, Given)}

        def find() -> Entry | None:
            entry = self.cache.find(name, key)
            if entry is not None and (lack := lacking(entry)):
                self.cache.put_aside(entry.folder, f"{lack} is missing")
                return None
            return entry

        def checked(folder: Path) -> None:
            write(folder)
            check(files)

        entry = find()
        if entry is not None:
            result = Result(entry, kind, True, time.perf_counter() - began, "cached")
        else:
            with self.cache.lock(name, key):
                entry = find()
                why = self.cache.explain(name, components)
                if entry is None:
                    self.report(name, why, None)
                    folder = place(self.cache.root, name, key)
                    with unfinished(folder, lambda: self.cache.lasting and look_unchanged(files)):
                        entry = self.cache.publish(name, components, checked)
                result = Result(entry, kind, False, time.perf_counter() - began, why)
        self.report(name, result.why, result)
        return result

    def _weights(self, stage: str) -> Path | None:
        row = get(stage)
        if not row.reads_weights(self.settings[stage]):
            return None
        if stage in self.weights:
            return self.weights[stage]
        if stage not in self._shipped:  # apart: what is recorded of a run is the weights that somebody gave
            self._shipped[stage] = stored_weights.default(row.shipped(self.settings[stage]))
        return self._shipped[stage]

    def chain(
        self,
        given: Input,
        until: str = "",
        pose_from: str = DEFAULT_POSES,
        edits: Sequence[Edit] = (),
        made: Mapping[str, Result] | None = None,
    ) -> dict[str, Result]:
        """Every stage on the way from a video to the genre, in order of data flow.

        Args:
            given: the video.
            until: stop after this stage.
            pose_from: the stage that makes the poses.
            edits: of the keypoints; the result has them as ``tracks``, right after ``keypoints``.
            made: outputs that are there already, by stage.

        Raises:
            ValueError: ``until`` is not on the way, there is no way by ``pose_from``, or edits do not fit.
        """
        done: dict[str, Input] = {"video": given}
        results: dict[str, Result] = {}
        names = route(pose_from)
        if until and until not in names:
            raise ValueError(f"{until} does not run where poses come from {pose_from}; choose from {', '.join(names)}")
        for name in names:
            results[name] = done[name] = (made or {}).get(name) or self.ensure(name, done)
            moves = [edit for edit in edits if edit.moves]
            if name == "keypoints" and moves:
                results[EDITED] = done[name] = self._edited(results[name], moves)
            if name == pose_from:
                done[READ_AS] = done[name]
            if name == until:
                break
        return results

    def _edited(self, keypoints: Result, edits: Sequence[Edit]) -> Result:
        """The tracks after edits, kept like a stage's output."""
        smooth = self.settings["keypoints"].plain()["smooth"]
        parts = components(
            EDITED,
            ("dance3d.tracks.edits",),
            {"keypoints": keypoints.key},
            {"edits": [edit.plain() for edit in edits], "smooth": smooth},
            libraries=("numpy", "scipy"),
        )

        def write(folder: Path) -> None:
            write_artefacts([keypoints.clip, *apply(keypoints.load(), edits, smooth)], folder)

        lacking: Callable[[Entry], str] = lambda entry: "" if CLIP in entry.files else CLIP  # noqa: E731
        return self.ensure_files(EDITED, parts, write, {}, Keypoints2D, lacking)
