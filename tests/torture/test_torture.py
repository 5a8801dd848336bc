"""The campaigns themselves: what is broken on purpose is counted as a fault, and nothing tried is no success."""

import json
import os
import random
import time
from importlib.util import find_spec

import pytest
from torture import cache_damage, campaigns, fuzz, kills, mutate, readers
from torture.prepared import Prepared
from torture.processes import Aim, Child, done, killed
from torture.reader_server import SECONDS
from torture.readers import Reader
from torture.table import Tally, check_equal, faults, table

from dance3d.io import keypoint_files, motion_files
from dance3d.pipeline.cache_entry import key_of

# ---- the table ------------------------------------------------------------------------------------------------------


def test_a_row_holds_only_if_something_was_tried_and_all_of_it_held():
    row = Tally("nothing")
    assert not row.sound and "NOTHING WAS TRIED" in table([row])
    with row.trial("seed 3"):
        pass
    assert row.sound and "1 of 1" in table([row])
    with row.trial("seed 4"):
        raise OSError("gone")
    assert not row.sound and "1 of 2" in table([row])
    assert faults([row]).endswith("seed 4: OSError: gone")


@pytest.mark.parametrize("found", [{}, {"a": b"1"}, {"a": b"1", "b": b"3"}, {"a": b"1", "b": b"2", "c": b""}])
def test_folders_that_differ_are_told(found):
    with pytest.raises(AssertionError, match="here: "):
        check_equal(found, {"a": b"1", "b": b"2"}, "here")


# ---- children -------------------------------------------------------------------------------------------------------


def test_a_child_that_fails_dies_hangs_or_takes_too_much_is_told_from_one_that_ends_well():
    done(lambda: None)
    with pytest.raises(AssertionError, match=r"ended with 1.*KeyError: 'x'"):
        done(lambda: {}["x"])
    with pytest.raises(AssertionError, match="ended with -6"):
        done(os.abort)
    with pytest.raises(TimeoutError, match="hangs"):
        done(lambda: time.sleep(60), seconds=0.2)
    with pytest.raises(AssertionError, match="MemoryError"):
        done(lambda: bytearray(2**30), memory=2**28)


def test_a_kill_that_comes_too_late_is_none():
    assert killed(lambda: time.sleep(60), random.Random(1), Aim(0.01))
    child = Child(lambda: None)
    child.wait()
    assert not child.kill()


def test_kills_come_near_the_end_wherever_that_is():
    for length in (0.2, 5.0):
        aim, rng, alive, late = Aim(1.0), random.Random(0), 0, 0
        for _ in range(300):
            moment = aim.moment(rng)
            aim.learn(moment, moment < length)
            alive += moment < length
            late += 0.7 * length < moment < length
        assert alive > 150 and late > 60


# ---- kills ----------------------------------------------------------------------------------------------------------


def in_place(root, number):
    """Publishes as a careless cache would: under its final name, the manifest first."""
    parts = {"toy": number}
    folder = root / "toy" / key_of(parts)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"version": 1, "stage": "toy", "key": key_of(parts),
                                                      "components": parts, "files": {}}))  # fmt: skip
    for name, data in kills.toy_files(number).items():
        (folder / name).write_bytes(data)
        time.sleep(0.005)


def test_kills_of_a_careless_publisher_are_faults_and_of_the_cache_are_none(tmp_path):
    assert kills.publish(tmp_path / "a", 5, 0, in_place).faults
    sound = kills.publish(tmp_path / "b", 8, 0)
    assert sound.sound and sound.tried == 8


# ---- damage ---------------------------------------------------------------------------------------------------------


def test_a_verify_that_names_nothing_or_everything_is_a_fault(tmp_path):
    here, there = tmp_path / "cache" / "lift" / "a", tmp_path / "cache" / "lift" / "b"
    cache_damage.check_named(tmp_path / "cache", [here], lambda cache: [here])
    for told in ([], [there], [here, there]):
        with pytest.raises(AssertionError, match=r"not named|named without reason"):
            cache_damage.check_named(tmp_path / "cache", [here], lambda cache, told=told: told)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return Prepared(tmp_path_factory.mktemp("clean"))


def listing(folder):
    return {str(p): p.is_file() and p.stat().st_size < 10**7 and p.read_bytes() for p in folder.rglob("*")}


def test_every_damage_changes_the_cache(clean):
    whole = {name.replace("/clean/", "/trial/"): data for name, data in listing(clean.clean / "cache").items()}
    for kind in cache_damage.DAMAGE:
        there = clean.copy("trial", out=False)
        assert listing(there / "cache") == whole
        hurt = cache_damage.damage(kind, there / "cache", random.Random(kind))
        assert hurt and listing(there / "cache") != whole, kind


# ---- hostile files --------------------------------------------------------------------------------------------------


def test_a_hostile_file_is_known_by_its_seed():
    sound = b'{"frames": 12, "xy": [1.5, 2.5, 3.5]}' * 5
    made = [mutate.mutated(sound, random.Random(f"{n}")) for n in range(60)]
    assert made == [mutate.mutated(sound, random.Random(f"{n}")) for n in range(60)]
    assert len(set(made)) > 50 and sum(one != sound for one in made) > 55


def written(at):
    (at / "a.txt").write_text("0123456789" * 20)
    return at / "a.txt"


def read_as(answer):
    """A reader that reads the sound file, and answers anything else in one way."""
    return Reader(written, lambda path: path.read_bytes() == b"0123456789" * 20 or answer(path))


def refuses(path):
    raise ValueError(f"{path}: is damaged")


def names_nothing(path):
    raise ValueError("is damaged")


BROKEN = {
    "names nothing": (names_nothing, "does not name the file"),
    "other error": (lambda path: {}["x"], "KeyError"),
    "exit": (lambda path: os._exit(7), "the process died: exit 7"),
    "abort": (lambda path: os.abort(), "SIGABRT"),
    "hang": (lambda path: time.sleep(60), "takes more than"),
    "memory": (lambda path: bytearray(2**32), "MemoryError"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_reader_that_is_broken_is_a_fault_each_time(tmp_path, name):
    answer, says = BROKEN[name]
    seconds = 0.5 if name == "hang" else SECONDS  # on a machine that is busy any answer takes its time
    row = fuzz.attack(name, read_as(answer), tmp_path / "a", 3, 0, seconds=seconds, memory=2**28)
    assert row.tried == 3 and len(row.faults) >= 2 and says in row.faults[0]


def test_a_reader_that_refuses_by_name_or_reads_is_none(tmp_path):
    assert fuzz.attack("refuses", read_as(refuses), tmp_path / "a", 5, 0).sound
    assert fuzz.attack("reads", read_as(lambda path: None), tmp_path / "a", 5, 0).sound
    never = fuzz.attack("never", Reader(written, names_nothing), tmp_path / "a", 5, 0)
    assert not never.sound and "sound file" in never.faults[0]


def test_every_format_has_a_reader_under_attack():
    names = " ".join(readers.readers())
    lacking = set() if find_spec("sleap_io") else {"sleap-io"}  # its files are written by its own library
    formats = {*keypoint_files.FORMATS, *motion_files.FORMATS} - lacking
    missing = [form for form in sorted(formats) if form not in names]
    assert not missing


# ---- the whole ------------------------------------------------------------------------------------------------------


def fine(folder, scale, seed, part):
    row = Tally("fine")
    with row.trial("once"):
        yield row


def fails(folder, scale, seed, part):
    yield from fine(folder, scale, seed, part)
    raise RuntimeError("the campaign itself")


def endless(folder, scale, seed, part):
    yield from fine(folder, scale, seed, part)
    time.sleep(60)


def test_a_campaign_that_fails_or_takes_too_long_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(campaigns, "CAMPAIGNS", {"fine": fine, "fails": fails, "endless": endless})
    monkeypatch.setattr("torture.prepared.warm", lambda: None)
    rows = campaigns.run_all(["fine", "fails", "endless"], tmp_path, 1.0, 0, 3, time.time() + 2)
    assert [row.what for row in rows] == ["fine", "fine", "fails, to its end", "fine", "endless, to its end"]
    assert [row.sound for row in rows] == [True, True, False, True, False]
    assert "the campaign itself" in rows[2].faults[0] and "no time is left" in rows[4].faults[0]
