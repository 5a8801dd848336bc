"""Small clips that break video tools, written anew by each test session."""

import random
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT = 192, 96
TICKS = 600  # per second
EVEN = [20 * i for i in range(60)]  # 30 frames/s
UNEVEN = [20 * i for i in range(30)] + [600 + 60 * i for i in range(30)]  # 30, then 10 frames/s


def picture(i: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Black, with a bright top left corner that tells which way is up, and a green that tells the frame."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = 255
    image[..., 1] = i * 4 % 240
    return image


def write(path: Path, ticks: list[int], codec: str = "libx264", pixels: str = "yuv420p", aspect: int = 1) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.sample_aspect_ratio = Fraction(aspect, 1)
        if codec == "libx264":
            # one thread: with more, the bytes depend on which is faster, and damage then hits other things
            stream.options = {"bf": "0", "g": "15", "threads": "1", "rc-lookahead": "0"}
        for i, t in enumerate(ticks):
            frame = av.VideoFrame.from_ndarray(picture(i), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = t, Fraction(1, TICKS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def write_sound(path: Path, seconds: int = 1, video: bool = False) -> Path:
    with av.open(str(path), "w") as out:
        sound = out.add_stream("aac", rate=44100)
        if video:
            stream = out.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for i in range(30 * seconds):
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture(i), format="rgb24")))
            out.mux(stream.encode())
        tone = np.sin(np.arange(44100 * seconds) / 20)[None].astype(np.float32)
        for at in range(0, tone.shape[1] - 1023, 1024):
            frame = av.AudioFrame.from_ndarray(tone[:, at : at + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, at
            out.mux(sound.encode(frame))
        out.mux(sound.encode())
    return path


def turn(source: Path, target: Path, degrees: int) -> Path:
    """Copy an MP4 with a display matrix that turns it clockwise."""
    data = bytearray(source.read_bytes())
    at = data.find(b"tkhd") + 44  # version 0: 4 name, 4 flags, 20 times and lengths, 16 layer and volume
    one, end = 1 << 16, 1 << 30
    matrix = {
        0: (one, 0, 0, 0, one, 0, 0, 0, end),
        90: (0, one, 0, -one, 0, 0, HEIGHT * one, 0, end),
        180: (-one, 0, 0, 0, -one, 0, WIDTH * one, HEIGHT * one, end),
        270: (0, -one, 0, one, 0, 0, 0, WIDTH * one, end),
    }[degrees]
    struct.pack_into(">9i", data, at, *matrix)
    target.write_bytes(bytes(data))
    return target


def halve(source: Path, target: Path) -> Path:
    data = source.read_bytes()
    target.write_bytes(data[: len(data) // 2])
    return target


def damage(source: Path, target: Path, seed: int = 0) -> Path:
    """Flip bytes in the middle third."""
    data, rng = bytearray(source.read_bytes()), random.Random(seed)
    for _ in range(12):
        data[rng.randrange(len(data) // 3, 2 * len(data) // 3)] ^= 0xFF
    target.write_bytes(bytes(data))
    return target
