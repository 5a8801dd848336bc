"""P1: content decides whether something is made again; names, places and times never do.

Fails where a file counts by its size (``hash_file`` reads only its end), where the versions of libraries or the
skeleton are left out of the key, or where a folder's name is part of it (mutations/p01.yaml).
"""

import os
import shutil

import numpy as np
import pytest
from toy_chain import STAGES

from dance3d.io import weights as stored
from dance3d.pipeline import cache_key
from dance3d.pipeline.cache_entry import differences, key_of
from dance3d.pipeline.cache_key import components


def _touch(path):
    os.utime(path, (1, 1))
    return path


def _moved(path):
    (path.parent / "elsewhere").mkdir()
    return path.rename(path.parent / "elsewhere" / "tänzer 2.mov")


def _copied(path):
    return shutil.copyfile(path, path.with_name("copy.mkv"))


@pytest.mark.parametrize("change", [_touch, _moved, _copied])
def test_a_video_that_was_touched_moved_or_copied_is_a_hit(chain, change):
    done = chain.run(change(chain.video))
    assert chain.calls == [] and done.result["outputs"]["cached"]


def test_one_changed_byte_of_the_same_size_and_time_is_a_miss(chain):
    before = chain.video.stat()
    chain.video.write_bytes(b"Some frames")
    os.utime(chain.video, ns=(before.st_atime_ns, before.st_mtime_ns))
    chain.run()
    assert chain.calls == STAGES


def test_another_video_of_the_same_name_is_a_miss(chain):
    other = chain.folder / "other" / chain.video.name
    other.parent.mkdir()
    other.write_bytes(b"other frames")
    chain.run(other)
    assert chain.calls == STAGES


def test_a_weights_file_counts_by_its_bytes(chain):
    same = shutil.copyfile(chain.folder / "motion.safetensors", chain.folder / "mine.safetensors")
    chain.run(weights={"motion": same})
    assert chain.calls == []
    stored.save(same, {"w": np.ones(3, np.float32)}, "motion", {})
    chain.run(weights={"motion": same})
    assert chain.calls == ["motion", "genre"]


def _made_of(**changes):
    given = {"name": "lift", "code": ("dance3d.stages.lift.model",), "inputs": {"keypoints": "k"}, "settings": {"a": 1}}
    return components(**given | {"libraries": ("numpy",), "fetched": {"net": "1"}, "version": 1} | changes)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": "motion"}, "stage"),
        ({"version": 2}, "version"),
        ({"code": ("dance3d.stages.motion.model",)}, "code"),
        ({"inputs": {"keypoints": "l"}}, "inputs.keypoints"),
        ({"settings": {"a": 2}}, "settings.a"),
        ({"fetched": {"net": "2"}}, "fetched.net"),
    ],
)
def test_each_component_counts(change, named):
    one, other = _made_of(), _made_of(**change)
    assert key_of(one) != key_of(other) and list(differences(one, other)) == [named]
    assert key_of(one) == key_of(_made_of())


def test_versions_of_libraries_count(monkeypatch):
    one = _made_of()
    monkeypatch.setattr(cache_key, "_installed", lambda package: "another")
    assert list(differences(one, _made_of())) == ["libraries.numpy"]


def test_the_skeleton_counts(monkeypatch):
    class Other:
        name = "another skeleton"

    one = _made_of()
    monkeypatch.setattr(cache_key, "H36M17", Other)
    assert list(differences(one, _made_of())) == ["skeleton"]
