"""P8: ``--explain`` names what changed, ``cache verify`` finds every damage, and gc spares what a live run may use.

Fails where verify ends at the first damage, where it does not see an entry without a manifest, where gc does not ask
who is alive, or where explain compares keys only (mutations/p08.yaml).
"""

import os
import shutil
import time

import pytest
from toy_chain import make_chain

from dance3d.cli import main
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import MANIFEST
from dance3d.pipeline.exit_codes import REFUSED


@pytest.fixture
def chain(monkeypatch, tmp_path):
    made = make_chain(monkeypatch, tmp_path)
    made.run()
    return made


def _command(chain, *words):
    return main([*words, "--cache", str(chain.folder / "cache")])


def test_explain_names_the_part_of_the_key_that_changed(chain, capsys):
    words = ["run", str(chain.video), "-o", str(chain.out), "--explain"]
    assert _command(chain, *words, "--set", "lift.height=1.7") == 0
    said = capsys.readouterr().out
    assert "lift       working (changed: settings.height)" in said
    assert "motion     working (changed: inputs.lift)" in said
    assert _command(chain, "cache", "explain", str(chain.video)) == 0
    assert capsys.readouterr().out.count("cached") == 4
    chain.video.write_bytes(b"other frames")
    assert _command(chain, "cache", "explain", str(chain.video)) == 0
    assert "keypoints  changed: inputs.video" in capsys.readouterr().out


DAMAGES = {
    "keypoints": ("clip.npz is not what was written", lambda f: os.truncate(f / "clip.npz", 9)),
    "lift": ("no manifest", lambda f: (f / MANIFEST).unlink()),
    "motion": ("it is no folder", lambda f: (shutil.rmtree(f), f.write_text("x"))),
    "genre": ("it is no file", lambda f: ((f / MANIFEST).unlink(), os.mkfifo(f / MANIFEST))),
    "outputs": ("is not in the manifest", lambda f: (f / "person-1" / "more").touch()),
}


def test_verify_finds_every_damage_and_each_is_mended_by_the_next_run(chain, capsys):
    for stage, (_, damage) in DAMAGES.items():
        damage(next((chain.folder / "cache" / stage).iterdir()))
    assert _command(chain, "cache", "verify") == REFUSED
    said = capsys.readouterr().out
    for stage, (fault, _) in DAMAGES.items():
        (line,) = [line for line in said.splitlines() if line.startswith(f"{stage}/")]
        assert fault in line and line.endswith("put aside")
    assert "5 damaged, 0 sound" in said
    before = chain.contents()
    chain.run()
    assert chain.contents() == before and _command(chain, "cache", "verify") == 0


def _used_long_ago(cache):
    for folder in cache.entries():
        os.utime(folder / MANIFEST, (1, 1))


@pytest.mark.parametrize("place", ["here", "elsewhere"])
def test_gc_spares_what_a_live_run_may_use_and_nothing_else(chain, place):
    cache = Cache(chain.folder / "cache")
    _used_long_ago(cache)
    if place == "here":
        child = os.fork()
        if child == 0:
            chain.run()
            (chain.folder / "ready").touch()
            time.sleep(60)
            os._exit(0)
        while not (chain.folder / "ready").exists():
            time.sleep(0.01)
    else:
        mark = chain.folder / "cache" / "live" / "0123456789ab.7.7"
        mark.write_text(str(time.time() - 5))
        chain.run()
    assert cache.gc(keep_days=0) == []
    if place == "here":
        os.kill(child, 9)
        os.waitpid(child, 0)
    else:
        mark.unlink()
    assert len(cache.gc(keep_days=0)) == 5 and list(cache.entries()) == []


def test_gc_spares_what_a_run_elsewhere_names_whatever_its_age(chain):
    """As on a file system that keeps no times of use: the run has found an entry and reads it later."""
    chain.run()
    cache = Cache(chain.folder / "cache")
    _used_long_ago(cache)
    (entry,) = (cache.root / "lift").iterdir()
    mark = cache.root / "live" / "0123456789ab.7.7"
    mark.write_text(f"{time.time()}\nlift/{entry.name}\n")
    assert entry not in cache.gc(keep_days=1) and list(cache.entries()) == [entry] and cache.verify() == []
