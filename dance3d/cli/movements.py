"""``dance3d movements``: words and types, labels of motion as CSV, and how often they happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.options import Parser, strict_option
from dance3d.pipeline.exit_codes import UsageError

if TYPE_CHECKING:
    from dance3d.contracts import Movements, Pose3D
    from dance3d.stages.motion.rules.custom import OwnType


def arguments(parser: Parser) -> None:
    """Add the command's actions."""
    parser.action("words", "every word: what one sees, and the types that merge into it", _words)

    text = "YAML of your own movement types (docs/movements-own.md)"

    types = parser.action("list", "every type: kind, how well 17 joints show it, title, mirror image", _list)
    types.option("--part", metavar="PART", help="only of this part, such as l_arm, head or body")
    types.option("--types", type=Path, metavar="YAML", help=text)

    label = parser.action("label", "when what happens: a CSV to read, correct and train on", _label)
    said = "file or folder of motion, which the rules label, or folder of a finished run, whose labels are written"
    label.option("source", type=Path, metavar="FILE_OR_FOLDER", help=said)
    label.option("-o", "--out", type=Path, required=True, metavar="CSV", help="file to write")
    label.option("--types", type=Path, metavar="YAML", help=text)
    label.option("--rules", action="store_true", help="of a run: label its poses by the rules instead")
    strict_option(label)

    rates = parser.action("rates", "how often and how long each type happens, as a table and plots", _rates)
    rates.option("data", type=Path, metavar="DIR", help="folder of motion")
    rates.option("-o", "--out", type=Path, required=True, metavar="FOLDER", help="folder for the table and the plots")


def run(options: Any) -> int:
    """Do what the action says."""
    return options.act(options) or 0


def _own(options: Any) -> tuple[OwnType, ...]:
    from dance3d.stages.motion.custom_types import read_types

    return read_types(options.types) if options.types else ()


def _list(options: Any) -> None:
    from dance3d.movement_types import MOVEMENTS, PARTS, mirrored

    if options.part not in (None, *PARTS):
        raise UsageError(f"--part {options.part} is no part of the body; choose from {', '.join(PARTS)}")
    for one in (*MOVEMENTS, *(own.movement for own in _own(options))):
        if options.part in (None, one.part):
            said = f"; {one.sentence}" if one.sentence else ""
            print(f"{one.name:24} {one.kind or '-'} {one.shown:3} {one.title}; mirrored {mirrored(one)}{said}")


def _words(options: Any) -> None:
    from dance3d.movement_types import WORDS

    for word in WORDS:
        print(f"{word.name:18} {word.sentence} [{', '.join(word.types) or 'a rule of its own'}]")


def _label(options: Any) -> None:
    from dance3d.datasets import movement_labels

    types = tuple(own for own in _own(options) if own.when)
    if options.rules and not _of_run(options.source):
        raise UsageError(
            f"--rules counts only with the folder of a finished run; motion, as {options.source}, has no other"
        )
    clips = dict(_found(options.source, options.rules, types, options.strict))
    if not clips:
        raise ValueError(f"{options.source} has no take of at least a second")
    labels = [label for clip, found in clips.items() for label in movement_labels.from_movements(clip, found)]
    movement_labels.write(labels, options.out)
    number = f"{len(labels)} labels of {len(clips)} clip{'s' * (len(clips) > 1)}"
    print(options.out if options.quiet else f"{options.out}: {number}")


def _found(source: Path, by_rules: bool, types: tuple[OwnType, ...], strict: bool) -> Iterator[tuple[str, Movements]]:
    """Movements by the name of their clip: of a finished run, or of motion by the rules."""
    from dance3d.contracts import Movements, Pose3D
    from dance3d.datasets import mocap
    from dance3d.io import artefacts
    from dance3d.io.world_frame import pose_of
    from dance3d.stages.motion.rules import computed_labels

    files = _of_run(source)
    for path in files:
        pose = artefacts.load(path.with_name("pose3d.npz"), Pose3D)
        found = computed_labels.movements(pose) if by_rules else artefacts.load(path, Movements)
        yield f"{source.resolve().name}-{path.parent.name}", _with_own(found, types, pose)
    if not files:
        for clip in mocap.load_motion(source, strict=strict):
            pose = pose_of(clip)
            yield clip.name, _with_own(computed_labels.movements(pose), types, pose)


def _of_run(source: Path) -> list[Path]:
    """The movements of every dancer of a run; none where the source is no run."""
    from dance3d.pipeline.result_json import dancer_folders

    files = [folder / "movements.npz" for folder in dancer_folders(source).values()]
    return [file for file in files if file.is_file()]


def _with_own(found: Movements, types: tuple[OwnType, ...], pose: Pose3D) -> Movements:
    """Movements with a user's types beside them, which are told by rule."""
    from dataclasses import replace

    import numpy as np

    from dance3d.stages.motion.rules.custom import label_own

    if not types:
        return found
    return replace(found, own=label_own(types, pose).astype(np.float32), own_names=tuple(own.name for own in types))


def _rates(options: Any) -> None:
    from dance3d.lazy_import import resolve

    for path in resolve("dance3d.stages.motion.rates:write")(options.data, options.out):
        print(path)
