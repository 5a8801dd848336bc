"""P4: a damaged entry is noticed on reading, put aside with one warning and made again; bad data is never returned.

Fails where the content of files is not compared with its sha256, where files that the manifest does not list pass, or
where names may lead out of the entry (mutations/p04.yaml).
"""

import hashlib
import json
import os
import random
import shutil

import pytest
from toy_chain import make_chain

from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import MANIFEST

FLIPS = 40  # of the bytes of all entries


@pytest.fixture
def chain(monkeypatch, tmp_path):
    made = make_chain(monkeypatch, tmp_path)
    made.run()
    return made


def _again(chain, caplog):
    """Run once more; the results must be those of before, with one warning for each entry put aside."""
    before = chain.contents()
    caplog.clear()
    chain.run()
    assert chain.contents() == before
    return [record.message for record in caplog.records if "is damaged" in record.message]


def test_each_flipped_byte_is_noticed(chain, caplog):
    files = sorted(p for p in (chain.folder / "cache").rglob("*") if p.is_file() and p.parts[-3] != "live")
    files = [path for path in files if "live" not in path.parts]
    rng = random.Random(0)
    for _ in range(FLIPS):
        path = rng.choice(files)
        data = bytearray(path.read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(data))
        said = _again(chain, caplog)
        # a flip in a manifest may hit a space or a part of an equal meaning: then nothing is damaged
        assert len(said) == 1 or (path.name == MANIFEST and said == []), f"{path}: {said}"


def _entry(chain, stage):
    return next((chain.folder / "cache" / stage).iterdir())


def _said(folder, **changes):
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _planted(folder):
    (folder.parents[2] / "planted").write_bytes(b"x")
    row = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    _said(folder, files=json.loads((folder / MANIFEST).read_text())["files"] | {"../../../planted": row})


DAMAGES = {
    "cut": lambda folder: os.truncate(folder / "0000.npz", 20),
    "missing": lambda folder: (folder / "0000.npz").unlink(),
    "a file more": lambda folder: (folder / "0001.npz").write_bytes(b"x"),
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "another version": lambda folder: _said(folder, version=99),
    "no files listed": lambda folder: _said(folder, files={}),
    "of another": lambda folder: shutil.copy(_sibling(folder) / MANIFEST, folder / MANIFEST),
    "leads out": _planted,
    "a folder": lambda folder: ((folder / MANIFEST).unlink(), (folder / MANIFEST).mkdir()),
    "a pipe": lambda folder: ((folder / MANIFEST).unlink(), os.mkfifo(folder / MANIFEST)),
    "itself": lambda folder: ((folder / MANIFEST).unlink(), (folder / MANIFEST).symlink_to(MANIFEST)),
    "endless": lambda folder: ((folder / MANIFEST).unlink(), (folder / MANIFEST).symlink_to("/dev/zero")),
    "deep": lambda folder: (folder / MANIFEST).write_text("[" * 200_000),
    "a file instead": lambda folder: (shutil.rmtree(folder), folder.write_text("x")),
}


def _sibling(folder):
    return next((folder.parents[1] / "motion").iterdir())


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_costs_one_warning_and_the_work(chain, caplog, damage):
    DAMAGES[damage](_entry(chain, "lift"))
    chain.calls.clear()
    assert len(_again(chain, caplog)) == 1 and chain.calls == ["lift"]
    assert Cache(chain.folder / "cache").verify() == []


@pytest.mark.parametrize("stage", ["keypoints", "lift", "motion", "genre", "outputs"])
def test_an_entry_that_lacks_a_file_is_made_again_even_if_its_manifest_agrees(chain, caplog, stage):
    folder = _entry(chain, stage)
    files = json.loads((folder / MANIFEST).read_text())["files"]
    for name in files:
        (folder / name).unlink()
    _said(folder, files={})
    assert len(_again(chain, caplog)) == 1
