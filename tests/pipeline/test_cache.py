"""The cache: content decides, entries appear whole or not at all, damage is noticed, nothing here stops a run."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dance3d.pipeline import cache as module
from dance3d.pipeline import cache_entry, cache_gc
from dance3d.pipeline.cache import Cache, default_root
from dance3d.pipeline.cache_entry import MANIFEST, key_of
from dance3d.pipeline.owner import owner_mark

COMPONENTS = {"stage": "lift", "settings": {"a": 1}, "inputs": {"keypoints": "k"}, "code": "c"}


def fill(folder: Path, text: str = "one") -> None:
    (folder / "0000.npz").write_text(text)
    (folder / "sub").mkdir()
    (folder / "sub" / "more").write_text(text * 1000)
    (folder / "sub" / MANIFEST).write_text("of the stage itself")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_an_entry_is_found_by_what_it_was_made_of(tmp_path):
    cache = Cache(tmp_path)
    entry = cache.publish("lift", COMPONENTS, fill)
    assert entry.files == ("0000.npz", "sub/manifest.json", "sub/more")
    assert Cache(tmp_path).find("lift", key_of(COMPONENTS)) == entry
    assert cache.find("lift", key_of({**COMPONENTS, "code": "d"})) is None
    assert cache.find("motion", key_of(COMPONENTS)) is None


def test_a_key_does_not_know_the_order_of_its_components():
    assert key_of(COMPONENTS) == key_of(dict(reversed(COMPONENTS.items())))
    assert key_of(COMPONENTS) != key_of({**COMPONENTS, "settings": {"a": "1"}})


def test_a_failure_publishes_nothing_and_leaves_no_litter(tmp_path):
    cache = Cache(tmp_path)

    def fail(folder: Path) -> None:
        fill(folder)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        cache.publish("lift", COMPONENTS, fail)
    assert cache.find("lift", key_of(COMPONENTS)) is None
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "manifest", "version", "other entry"])
def test_a_damaged_entry_is_put_aside_and_counts_as_none(tmp_path, damage, caplog):
    cache = Cache(tmp_path)
    folder = cache.publish("lift", COMPONENTS, fill).folder
    target = folder / "sub" / "more"
    data = bytearray(target.read_bytes())
    if damage == "flip":
        data[random.Random(0).randrange(len(data))] ^= 1
        target.write_bytes(bytes(data))
    elif damage == "cut":
        target.write_bytes(bytes(data[:-1]))
    elif damage == "missing":
        target.unlink()
    elif damage == "manifest":
        (folder / MANIFEST).write_text("{")
    elif damage == "version":
        manifest = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps({**manifest, "version": 99}))
    else:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["components"]["code"] = "of something else"
        (folder / MANIFEST).write_text(json.dumps(manifest))
    assert cache.find("lift", key_of(COMPONENTS)) is None
    assert "damaged" in caplog.text
    assert not folder.exists()
    again = cache.publish("lift", COMPONENTS, fill)
    assert cache.find("lift", again.key) == again


def test_every_flipped_byte_is_noticed(tmp_path):
    cache = Cache(tmp_path)
    folder = cache.publish("lift", COMPONENTS, fill).folder
    whole, rng = (folder / "0000.npz").read_bytes(), random.Random(1)
    for at in rng.sample(range(len(whole)), len(whole)):
        (folder / "0000.npz").write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        assert len(cache.verify()) == 1
        cache.publish("lift", COMPONENTS, fill)
    assert cache.verify() == []


def _killed_at(root: Path, count: int) -> bool:
    """Publish in a child that kills itself at the ``count``-th step that touches the disk; whether it was killed."""
    child = os.fork()
    if child == 0:
        seen = [0]

        def deadly(function):
            def step(*args, **kwargs):
                seen[0] += 1
                if seen[0] == count:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*args, **kwargs)

            return step

        for name in ("write_text", "replace", "mkdir", "touch"):
            setattr(Path, name, deadly(getattr(Path, name)))
        os.fsync = deadly(os.fsync)
        Cache(root).publish("lift", COMPONENTS, fill)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_killed_at_any_step_the_next_run_gives_what_a_clean_one_gives(tmp_path):
    clean = contents(Cache(tmp_path / "clean").publish("lift", COMPONENTS, fill).folder)
    count = 1
    while _killed_at(root := tmp_path / str(count), count):
        cache = Cache(root)
        entry = cache.find("lift", key_of(COMPONENTS)) or cache.publish("lift", COMPONENTS, fill)
        assert contents(entry.folder) == clean, f"killed at step {count}"
        assert not list((root / "tmp").glob("*")), "litter is collected"
        count += 1
    assert count > 8


def test_processes_that_make_the_same_at_once_all_succeed_and_one_works(tmp_path):
    log = tmp_path / "log"

    def slow(folder: Path) -> None:
        with log.open("a") as file:
            file.write("made\n")
        time.sleep(0.05)
        fill(folder)

    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            cache = Cache(tmp_path / "cache")
            for round_ in range(5):
                components = {**COMPONENTS, "round": round_}
                key = key_of(components)
                with cache.lock("lift", key):
                    entry = cache.find("lift", key) or cache.publish("lift", components, slow)
                assert (entry.folder / "0000.npz").read_text() == "one"
            os._exit(0)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    assert log.read_text().count("made") == 5


def test_without_locks_two_makers_still_publish_one_sound_entry(tmp_path):
    one, two = Cache(tmp_path), Cache(tmp_path)

    def beaten(folder: Path) -> None:
        two.publish("lift", COMPONENTS, fill)
        fill(folder)

    entry = one.publish("lift", COMPONENTS, beaten)
    assert one.find("lift", entry.key) == entry
    assert one.verify() == []


def test_a_root_that_cannot_be_written_costs_a_warning_only(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    assert cache.find("lift", key_of(COMPONENTS)) is None
    entry = cache.publish("lift", COMPONENTS, fill)
    assert (entry.folder / "0000.npz").read_text() == "one"
    assert cache.find("lift", entry.key) == entry
    assert caplog.text.count("going on without it") == 1


def test_a_full_disk_costs_a_warning_only(tmp_path, caplog):
    cache, calls = Cache(tmp_path), []

    def full_once(folder: Path) -> None:
        calls.append(folder)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        fill(folder)

    entry = cache.publish("lift", COMPONENTS, full_once)
    assert (entry.folder / "0000.npz").exists()
    assert "No space left" in caplog.text


def test_no_cache_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cache = Cache(None)
    assert cache.publish("lift", COMPONENTS, fill).folder.is_relative_to(tmp_path)
    del cache
    assert not list(tmp_path.iterdir())


def test_gc_removes_what_was_not_used_and_spares_what_a_live_run_may_use(tmp_path):
    cache = Cache(tmp_path)
    old = cache.publish("lift", COMPONENTS, fill)
    used = cache.publish("lift", {**COMPONENTS, "code": "d"}, fill)
    for entry in (old, used):
        os.utime(entry.folder / MANIFEST, (0, 0))
    assert cache.find("lift", used.key)
    assert cache.gc(keep_days=1) == [old.folder]
    assert cache.find("lift", used.key)
    child = os.fork()
    if child == 0:
        Cache(tmp_path).find("lift", used.key)
        time.sleep(30)
        os._exit(0)
    try:
        while not [mark for mark in (tmp_path / "live").glob(f"*.{child}.*") if mark.read_text()]:
            time.sleep(0.01)
        assert cache.find("lift", used.key)  # used while the other lives
        assert cache.gc(keep_days=0) == []
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert cache.gc(keep_days=0) == [used.folder]


def test_explain_names_what_changed_against_the_nearest_entry(tmp_path):
    cache = Cache(tmp_path)
    assert cache.explain("lift", COMPONENTS) == "never made here"
    cache.publish("lift", COMPONENTS, fill)
    cache.publish("lift", {**COMPONENTS, "code": "x", "settings": {"a": 9}}, fill)
    assert cache.explain("lift", COMPONENTS) == "cached"
    assert cache.explain("lift", {**COMPONENTS, "settings": {"a": 2}}) == "changed: settings.a"
    assert cache.explain("lift", {**COMPONENTS, "inputs": {"keypoints": "z"}}) == "changed: inputs.keypoints"


def test_without_a_home_folder_there_is_no_cache_and_that_is_said(monkeypatch, caplog):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    for name in ("DANCE3D_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert default_root() is None
    assert "no home folder; going on without a cache" in caplog.text


def test_what_a_killed_process_left_in_the_temporary_folder_is_removed_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "dance3d-notes").mkdir()  # a name like ours
    child = os.fork()
    if child == 0:
        Cache(None).publish("lift", COMPONENTS, lambda folder: os.kill(os.getpid(), signal.SIGKILL))
    os.waitpid(child, 0)
    assert len(list(tmp_path.iterdir())) == 2
    Cache(None)
    assert [path.name for path in tmp_path.iterdir()] == ["dance3d-notes"]


def test_work_of_another_host_is_spared_until_it_is_old(tmp_path):
    root = tmp_path / "cache"
    theirs = [root / "tmp" / "0123456789ab.7.7-work", root / "live" / "0123456789ab.7.7", root / "tmp" / "7-notes"]
    for path in theirs:
        path.mkdir(parents=True)
    Cache(root).find("lift", "none")
    assert all(path.exists() for path in theirs)
    for path in theirs:
        os.utime(path, (0, 0))
    Cache(root).find("lift", "none")
    assert [path.exists() for path in theirs] == [False, False, True]  # the last has no mark: it is nobody's of ours


def test_gc_spares_what_a_run_on_another_host_may_use(tmp_path):
    cache = Cache(tmp_path)
    folder = cache.publish("lift", COMPONENTS, fill).folder
    mark = tmp_path / "live" / "0123456789ab.7.7"
    mark.write_text(str(time.time() - 60))
    assert cache.gc(keep_days=0) == []
    mark.unlink()
    assert cache.gc(keep_days=0) == [folder]


@pytest.mark.parametrize("days", [-5, float("nan"), float("inf")])
def test_gc_refuses_days_that_are_none(tmp_path, days):
    with pytest.raises(ValueError, match=f"within {days:g} days; expected 0 or more"):
        Cache(tmp_path).gc(days)


def test_only_folders_named_by_a_key_are_entries(tmp_path):
    (tmp_path / "photos" / "summer").mkdir(parents=True)
    (tmp_path / "quarantine" / "letters").mkdir(parents=True)
    (tmp_path / "quarantine" / "letters" / "one.txt").write_text("mine")
    cache = Cache(tmp_path)
    assert cache.verify() == [] and cache.gc(0) == []
    assert (tmp_path / "photos" / "summer").is_dir() and (tmp_path / "quarantine" / "letters" / "one.txt").exists()


def test_a_cache_that_is_only_looked_into_makes_no_folder(tmp_path):
    cache = Cache(tmp_path / "new")
    assert cache.verify() == [] and list(cache.entries()) == [] and cache.gc(1) == []
    assert cache.explain("lift", COMPONENTS) == "never made here"
    assert not (tmp_path / "new").exists()


def test_an_entry_that_cannot_be_moved_is_gone_around_and_the_rest_is_kept(tmp_path, monkeypatch, caplog):
    cache = Cache(tmp_path)
    folder = cache.publish("lift", COMPONENTS, fill).folder
    (folder / MANIFEST).unlink()
    monkeypatch.setattr(cache_gc, "remove", lambda path: None)
    replace = Path.replace

    def stuck(path, target):
        if folder in (path, Path(target)):
            raise PermissionError(1, "Operation not permitted")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", stuck)
    entry = cache.publish("lift", COMPONENTS, fill)
    assert not entry.folder.is_relative_to(tmp_path) and cache.find("lift", entry.key) == entry
    other = cache.publish("motion", COMPONENTS, fill)
    assert other.folder.is_relative_to(tmp_path)
    assert "could not be put aside, going around it" in caplog.text


def test_a_process_that_ends_takes_leave_so_that_gc_elsewhere_need_not_wait(tmp_path):
    program = (
        "import os, sys; from pathlib import Path; from dance3d.pipeline.cache import Cache\n"
        "Cache(Path(sys.argv[1])).find('lift', 'none')\n"
        "assert len(os.listdir(sys.argv[1] + '/live')) == 1\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait()\n"
        "assert len(os.listdir(sys.argv[1] + '/live')) == 1\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
    assert list((tmp_path / "live").iterdir()) == []


def test_a_rename_that_says_it_failed_though_it_did_not_costs_nothing(tmp_path, monkeypatch, caplog):
    """As over NFS, where the answer was lost and the question came again."""
    replace, calls = Path.replace, []

    def twice(path, target):
        replace(path, target)
        raise FileNotFoundError(2, "No such file or directory", str(path))

    cache = Cache(tmp_path)
    monkeypatch.setattr(Path, "replace", twice)
    entry = cache.publish("lift", COMPONENTS, lambda folder: (calls.append(1), fill(folder)))
    monkeypatch.undo()
    assert calls == [1] and entry.folder.is_relative_to(tmp_path) and cache.find("lift", entry.key) == entry
    assert caplog.text == "" and not (tmp_path / "quarantine").exists()


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO])
def test_a_fault_of_the_file_server_that_passes_costs_no_entry(tmp_path, monkeypatch, number):
    cache = Cache(tmp_path)
    entry = cache.publish("lift", COMPONENTS, fill)
    read, calls = cache_entry.hash_file, []

    def once(path):
        calls.append(path)
        if len(calls) == 1:
            raise OSError(number, "fault")
        return read(path)

    monkeypatch.setattr(cache_entry, "hash_file", once)
    assert cache.find("lift", entry.key) == entry and not (tmp_path / "quarantine").exists()


def test_work_that_is_done_is_copied_where_it_cannot_be_put_in_place(tmp_path, monkeypatch, caplog):
    cache, calls, replace = Cache(tmp_path), [], Path.replace

    def refuse(path, target):
        if Path(target).is_relative_to(tmp_path):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    entry = cache.publish("lift", COMPONENTS, lambda folder: (calls.append(1), fill(folder)))
    assert calls == [1] and cache.find("lift", entry.key) == entry and not entry.folder.is_relative_to(tmp_path)
    assert caplog.text.count("Disk quota exceeded") == 1 and "sub/manifest.json" in entry.files


def test_an_entry_whose_use_nobody_can_see_is_used_as_a_copy(tmp_path, monkeypatch):
    """As in the cache of another user, whose gc cannot know of us."""
    theirs = Cache(tmp_path)
    made = theirs.publish("lift", COMPONENTS, fill)
    monkeypatch.setattr(module, "hold", lambda root, *entries: False)
    ours = Cache(tmp_path)
    found = ours.find("lift", made.key)
    assert not found.folder.is_relative_to(tmp_path) and ours.find("lift", made.key) == found
    monkeypatch.undo()
    assert theirs.gc(0) == [made.folder]
    assert (found.folder / "0000.npz").read_text() == "one" and replace(found, folder=made.folder) == made


def test_a_key_that_is_worked_on_is_named_before_anything_of_it_is_there(tmp_path):
    cache = Cache(tmp_path)
    with cache.lock("lift", "k" * 64):
        (mark,) = (tmp_path / "live").glob(owner_mark())
        assert f"lift/{'k' * 64}" in mark.read_text().split()


def test_an_entry_of_another_host_that_is_seen_late_is_waited_for(tmp_path, monkeypatch, caplog):
    """As over NFS: the place is taken, says the server, and the client does not show yet by what."""
    one, two, looks = Cache(tmp_path), Cache(tmp_path), []
    made = one.publish("lift", COMPONENTS, fill)
    read = module.verified

    def late(folder):
        looks.append(folder)
        return read(folder) if len(looks) > 2 else ("no manifest", None)

    monkeypatch.setattr(module, "verified", late)
    monkeypatch.setattr(module, "_number", lambda path: 0)
    monkeypatch.setattr(module.os.path, "lexists", lambda path: False)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    assert two.publish("lift", COMPONENTS, fill) == made and len(looks) == 3 and caplog.text == ""
    monkeypatch.setattr(module, "verified", lambda folder: ("no manifest", None))
    entry = two.publish("lift", COMPONENTS, fill)
    assert not entry.folder.is_relative_to(tmp_path) and two.lasting and caplog.text == ""


def test_a_damaged_entry_that_others_have_left_is_replaced(tmp_path):
    cache = Cache(tmp_path)
    entry = cache.publish("lift", COMPONENTS, fill)
    (entry.folder / "0000.npz").write_text("damaged")
    again = cache.publish("lift", COMPONENTS, fill)
    assert again.folder == entry.folder and cache.find("lift", entry.key) == again and cache.lasting
