"""Files of movement types of a user."""

from motion_bodies import TIME, Y

from dance3d.stages.motion.custom_types import read_types
from dance3d.stages.motion.rules import computed_labels
from dance3d.stages.motion.rules.custom import flags


def make_written(tmp_path):
    def write(text):
        path = tmp_path / "own.yaml"
        path.write_text(text)
        return read_types(path)

    return write


def found(types, body):
    [stretch] = computed_labels.sample(body - body[:, :1], TIME[: len(body)], Y, body[:, 0])[0]
    return {own.name: on for own, on in zip(types, flags(types, stretch.signals).T, strict=True)}
