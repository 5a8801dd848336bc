"""P9: what comes from the cache is, bit for bit, what is made anew.

Real stages with the weights that ship, on a rendered clip. Fails where a cached result stands for another one
(mutations/p09.yaml).
"""

import pytest
import torch

from dance3d.io import weights as stored
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.given import file_given
from dance3d.pipeline.run import run
from dance3d.pipeline.runner import Runner
from dance3d.registry import route
from dance3d.stages.detect.model import HourglassNet
from dance3d.synth.clip import write_scene


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    write_scene(folder, "salsa", 0.5, 5)
    return folder / "video.mp4"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random ones of a small detector: it finds nonsense, but always the same."""
    torch.manual_seed(0)
    net = HourglassNet(width=16, depth=8)
    path = tmp_path_factory.mktemp("detector") / "weights.safetensors"
    stored.save(path, {k: v.numpy() for k, v in net.state_dict().items()}, "detect", net.config | {"bones": 4.0})
    return {"detect": path}


def _files(results):
    return {
        (stage, name): (result.entry.folder / name).read_bytes()
        for stage, result in results.items()
        for name in result.entry.files
    }


@pytest.mark.parametrize("pose_from", ["lift", "detect"])
def test_every_stage_gives_the_same_from_the_cache_as_anew(clip, weights, tmp_path, pose_from):
    given = {"weights": weights if pose_from == "detect" else {}}
    kept, unkept = Cache(tmp_path), Cache(None)
    Runner(kept, **given).chain(file_given(clip), pose_from=pose_from)
    hits = Runner(kept, **given).chain(file_given(clip), pose_from=pose_from)
    fresh = Runner(unkept, **given).chain(file_given(clip), pose_from=pose_from)
    assert tuple(hits) == route(pose_from)
    assert all(result.cached for result in hits.values()) and not any(result.cached for result in fresh.values())
    assert {stage: result.key for stage, result in hits.items()} == {stage: r.key for stage, r in fresh.items()}
    assert _files(hits) == _files(fresh)


def test_so_do_the_files_of_the_results(clip, tmp_path):
    cache = Cache(tmp_path / "cache")
    for out, used in (("first", cache), ("cached", cache), ("fresh", Cache(None))):
        done = run(clip, tmp_path / out, cache=used)
        assert done.result["outputs"]["cached"] == (out == "cached")

    def files(out):
        found = {p.relative_to(tmp_path / out): p.read_bytes() for p in (tmp_path / out).rglob("*") if p.is_file()}
        return {str(name): data for name, data in found.items() if name.name != "result.json"}

    assert files("cached") == files("first")
    tables = {name for name in files("first") if name.startswith("person-1/")}
    assert len(tables) == 9 and {name: files("fresh")[name] for name in tables} == {
        name: files("cached")[name] for name in tables
    }
