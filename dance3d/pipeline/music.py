"""The beat of a clip's sound, kept by key; whatever is wrong with the sound costs nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dance3d.contracts import Movements, Music
from dance3d.io.sound import has_sound
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Result, Runner, write_artefacts

MUSIC = "music"


def ensure_music(runner: Runner, video: Path, sha256: str) -> Result | None:
    """What the sound of a video says of its beat, from the cache or listened to now; none where there is no sound.

    Args:
        runner: has the cache.
        video: the file.
        sha256: of its bytes, the sound among them.
    """
    if not has_sound(video):
        return None
    code = ("dance3d.stages.motion.rhythm.music", "dance3d.io.sound_samples")
    parts = components(MUSIC, code, {"video": sha256}, libraries=("av", "numpy", "scipy"))
    given = {"video": file_given(video)}
    lacking = lambda entry: "" if "0000.npz" in entry.files else "0000.npz"  # noqa: E731
    return runner.ensure_files(
        MUSIC, parts, lambda folder: write_artefacts([_listen(video)], folder), given, Music, lacking
    )


def heard_in(result: Result | None) -> Music | None:
    """The beat of the sound, or none where there is no sound."""
    return None if result is None else result.load()[0]


def danced_to(movements: Movements, music: Music | None) -> Movements:
    """Movements whose rhythm knows the music."""
    if music is None or movements.rhythm is None:
        return movements
    return replace(movements, rhythm=replace(movements.rhythm, music=music))


def _listen(video: Path) -> Music:
    """The beat of a video's sound; where it cannot be heard, why."""
    from dance3d.io.sound_samples import RATE, read_sound
    from dance3d.stages.motion.rhythm.music import music

    try:
        samples = read_sound(video)
        return Music() if samples is None else music(samples, RATE)
    except (ValueError, ArithmeticError, MemoryError, RuntimeError, OSError) as error:
        return Music(note=f"the beat of the sound is not known: {' '.join(str(error).split())}")
