"""Figures of the body against the music: made-up clips with a dancer who rests a known time after every beat."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count, cycle, product
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip, Music, Pose3D
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.sound_samples import read_sound
from dance3d.stages.motion.rhythm.music import music
from dance3d.stages.motion.rhythm.tempo import rhythm
from dance3d.synth.drum_track import KINDS, RATE, as_samples, babble, drum_track, noise
from dance3d.synth.random_motion import random_motion
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, Filmed, film
from dance3d.timeseries.on_beat import OnBeat, on_beat

Array = NDArray[np.float64]
TEMPI = (60, 75, 90, 105, 120, 135, 150, 165, 180)
"""Beats per minute."""
LATE = (-0.12, -0.06, 0.0, 0.06, 0.12)
"""Seconds that the dancer rests after the beat."""
SECONDS, FPS, NOISE_PX = 14.0, 30.0, 5.0  # of a clip; noise on the keypoints that are lifted


class Wrapping(NamedTuple):
    """How a clip is filed: suffix, codec of the sound, seconds at which sound and pictures begin, uneven pictures."""

    suffix: str
    codec: str
    sound_at: float = 0.0
    pictures_at: float = 0.0
    uneven: bool = False


WRAPPINGS = (
    Wrapping("mp4", "aac"),
    Wrapping("mov", "pcm_s16le"),
    Wrapping("mp4", "aac", sound_at=0.37),
    Wrapping("mov", "pcm_s16le", pictures_at=0.41),
    Wrapping("mkv", "aac", pictures_at=0.2, uneven=True),
    Wrapping("mp4", "mp3", uneven=True),
    Wrapping("ts", "aac", sound_at=0.23),
)


def bench(predict: Callable[..., list[Any]]) -> dict[str, float]:
    """Film dancers who rest on the beat, early or late, to made-up music in files of several kinds, and measure them.

    Args:
        predict: runs a stage by name on inputs with settings, with its default weights.

    Returns:
        Of ``true`` poses and of those ``lifted`` from keypoints with 5 px of noise: ``on_beat.<kind>.found``, the share
        of clips in which the body is found to keep the beat; there ``median_ms`` and ``worst_ms``, by how much ``late``
        is off. ``on_beat.none.told``: the share of clips with noise or babble that are said to have a beat.
        ``on_beat.seconds_per_minute``: what a minute of sound takes once it is decoded.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = [make(Path(folder), *case) for case in cases()]
    late = np.array([one.late for one in made])
    lifted = predict(
        "lift", {"keypoints": [one.film.keypoints for one in made]}, {"field_of_view": PROTOCOL_CAMERA.field_of_view}
    )
    began = time.perf_counter()
    heard = [music(one.samples, RATE) for one in made]
    out = {"on_beat.seconds_per_minute": (time.perf_counter() - began) / (len(made) * SECONDS / 60)}
    for kind, poses in (("true", [one.film.truth for one in made]), ("lifted", lifted)):
        found = [against(pose, one) for pose, one in zip(poses, heard, strict=True)]
        off = np.array([np.nan if one is None or not one.steady else one.late for one in found]) - late
        out[f"on_beat.{kind}.found"] = float(np.isfinite(off).mean())
        out[f"on_beat.{kind}.median_ms"] = float(1e3 * np.nanmedian(np.abs(off)))
        out[f"on_beat.{kind}.worst_ms"] = float(1e3 * np.nanmax(np.abs(off)))
    without = [music(as_samples(make(SECONDS, seed)), RATE) for make in (noise, babble) for seed in range(20)]
    out["on_beat.none.told"] = float(np.mean([bool(one.beats) for one in without]))
    return {name: round(value, 4) for name, value in out.items()}


def cases(
    tempi: Sequence[int] = TEMPI, late: Sequence[float] = LATE
) -> Iterator[tuple[int, float, str, Wrapping, int]]:
    """Arguments of ``make``: every tempo with every offset, kinds of music and of files in turn."""
    turns = zip(product(tempi, late), cycle(KINDS), cycle(WRAPPINGS), count())
    return ((bpm, off, kind, wrapping, seed) for (bpm, off), kind, wrapping, seed in turns)


def against(pose: Pose3D, heard: Music) -> OnBeat | None:
    """How the body of a pose keeps to the music."""
    return on_beat(replace(rhythm(pose), music=heard))


class Made(NamedTuple):
    """A clip: how late the dancer rests (seconds), the sound as read from its file, and the dancer filmed."""

    late: float
    samples: NDArray[np.int16]
    film: Filmed


def make(folder: Path, bpm: int, late: float, kind: str, wrapping: Wrapping, seed: int) -> Made:
    """Write a clip with sound and read it back.

    Args:
        folder: for the file.
        bpm: tempo of the music; the dancer rests once a beat.
        late: seconds that he rests after it.
        kind: of ``drum_track``.
        wrapping: of the file.
        seed: of the first beat, the music, the dancer and the pictures' times.
    """
    rng = np.random.default_rng(seed)
    beats = np.arange(rng.uniform(0, 60 / bpm), SECONDS, 60 / bpm)
    sound = as_samples(drum_track(kind, beats, SECONDS, seed))
    steps = np.full(round((SECONDS - wrapping.pictures_at) * FPS), 1 / FPS)
    if wrapping.uneven:
        steps *= rng.uniform(0.6, 1.4, len(steps))
    times = wrapping.pictures_at + np.cumsum(steps) - steps[0]
    path = folder / f"{seed}.{wrapping.suffix}"
    write_clip(path, times, sound[round(wrapping.sound_at * RATE) :], wrapping)
    with VideoReader(path) as reader:
        read = sum(1 for _ in reader)
        shown = reader.clip().time
    samples = read_sound(path)
    if read != len(times) or samples is None:
        raise ValueError(f"{path.name}: {read} of {len(times)} pictures came back")
    filmed = film([dancer(times, beats + late, seed)], NOISE_PX, seed)[seed % 4]
    seen, true = replace(filmed.keypoints, time=shown), replace(filmed.truth, time=shown)
    return Made(late, samples, replace(filmed, keypoints=seen, truth=true))


def dancer(times: Array, rests: Array, seed: int) -> MotionClip:
    """A body that goes from one chance posture to the next and comes to rest in each.

    Args:
        times: (T,) seconds at which it is seen.
        rests: (R,) seconds at which it rests, evenly spaced.
        seed: of the postures.
    """
    step = rests[1] - rests[0]
    turn = (times - rests[0]) / step + 4  # it rests before the first, too
    at, part = np.floor(turn).astype(int), (turn % 1)[:, None, None]
    postures = random_motion(2.0 * (at.max() + 3), seed).xyz[:: 2 * round(FPS)]  # one every 2 s is unlike the last
    part = part**3 * (10 - 15 * part + 6 * part**2)  # least jerk (Flash & Hogan, 1985)
    xyz = postures[at] * (1 - part) + postures[at + 1] * part
    return MotionClip(xyz.astype(np.float32), FPS, f"rests-{seed}", f"rests-{seed}")


def write_clip(
    path: Path, times: Array, sound: NDArray[np.int16], wrapping: Wrapping, bright_from: float = np.inf
) -> None:
    """Write a video of small dark pictures with sound.

    Args:
        path: of the new file.
        times: (T,) seconds of the pictures.
        sound: samples from ``wrapping.sound_at`` on.
        wrapping: codec of the sound, and when it begins; without one there is no sound.
        bright_from: seconds from which the pictures are bright.
    """
    with av.open(str(path), "w") as out:
        pictures: Any = out.add_stream("libx264", rate=round(FPS), options={"preset": "ultrafast"})
        pictures.width = pictures.height = 32
        pictures.pix_fmt = "yuv420p"
        pictures.codec_context.time_base = Fraction(1, 12800)
        track: Any = out.add_stream(wrapping.codec, rate=RATE, layout="mono") if wrapping.codec else None
        packets = []
        for at in times:
            level = 220 if at >= bright_from - 1e-6 else 40
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), level, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(at * 12800), Fraction(1, 12800)
            packets += pictures.encode(frame.reformat(format="yuv420p"))
        for packet in (*packets, *pictures.encode(), *(() if track is None else _encoded(track, sound, wrapping))):
            out.mux(packet)


def _encoded(track: Any, sound: NDArray[np.int16], wrapping: Wrapping) -> Iterator[Any]:
    """Packets of sound that begins at ``wrapping.sound_at``."""
    resampler = av.AudioResampler(format=track.format.name, layout="mono", rate=RATE)
    for first in range(0, len(sound), 1024):
        piece = av.AudioFrame.from_ndarray(sound[None, first : first + 1024], format="s16", layout="mono")
        piece.sample_rate, piece.time_base = RATE, Fraction(1, RATE)
        piece.pts = first + round(wrapping.sound_at * RATE)
        for fitted in resampler.resample(piece):
            yield from track.encode(fitted)
    yield from track.encode()
