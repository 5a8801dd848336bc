"""Pickles that burst or would run something: each one clear error, nothing run, nothing large allotted."""

import copyreg
import io
import os
import pickle
import re
import struct

import numpy as np
import pytest
from keypoint_writers import FPS, SIZE

from dance3d.io import safe_pickle
from dance3d.io.keypoint_files import read
from dance3d.io.safe_pickle import unpickled

SAID = {"size": SIZE, "fps": FPS}
MEGABYTE = 2**20


class Runs:
    """What a pickle can carry: a call when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.fixture
def canary(tmp_path):
    """A file that only code in a pickle would make."""
    path = tmp_path / "canary"
    yield path
    assert not path.exists()


def short(text):
    """A text with its length before it, as protocol 4 has it."""
    return b"\x8c" + bytes([len(text)]) + text.encode()


# ---- pickles that run code ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("where", ["bare", "in a dictionary", "in an array", "as a key", "beside good arrays"])
def test_calls_are_refused_wherever_they_hide(tmp_path, canary, protocol, where):
    call = Runs(os.system, f"touch {canary}")
    held = {
        "bare": call,
        "in a dictionary": {"keypoints2d": call},
        "in an array": {"keypoints2d": np.array([call, 1], object)},
        "as a key": {call: "keypoints2d"},
        "beside good arrays": {"keypoints2d": np.zeros((1, 3, 17, 3)), "timestamps": [(1, {"a": call})]},
    }[where]
    data = pickle.dumps(held, protocol)
    (tmp_path / "k.pkl").write_bytes(data)
    with pytest.raises(ValueError, match=r"asks for '(posix|nt)\.system', which could run code"):
        read(tmp_path / "k.pkl", "aist")


def test_calls_in_arrays_of_objects_are_refused(tmp_path, canary):
    bomb = {"S1": {"Walking": [Runs(os.system, f"touch {canary}")]}}
    np.savez(tmp_path / "k.npz", positions_2d=np.array(bomb, dtype=object), metadata=np.array({}, dtype=object))
    with pytest.raises(ValueError, match="could run code"):
        read(tmp_path / "k.npz", **SAID)
    with pytest.raises(ValueError, match="pickled objects"):
        read(tmp_path / "k.npz", "npz", **SAID)


class Plain:
    """An object whose class is looked up."""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pickle.dumps(Plain(), 2), "asks for 'copyreg.__newobj__|with NEWOBJ|asks for"),
        (pickle.dumps(Plain(), 0), r"asks for 'copy_?reg\._reconstructor'"),
        (pickle.dumps(Runs(copyreg._reconstructor, dict, dict, {})), "asks for 'copyreg._reconstructor'"),
        (pickle.dumps(Runs(eval, "1")), "asks for 'builtins.eval'"),
        (pickle.dumps(Runs(getattr, [], "append")), "asks for 'builtins.getattr'"),
        (pickle.dumps(Runs(np.load, "x")), "asks for 'numpy.load'"),
        (pickle.dumps(Runs(np.fromfile, "x")), "asks for 'numpy"),
        (b"cnumpy\nndarray\n(I4\ntR.", "makes an array in an unknown way"),
        (b"cos\nsystem\n(S'x'\ntR.", "asks for 'os.system'"),
        (b"\x80\x04" + short("os") + short("system") + b"\x93.", "asks for 'os.system'"),
        (b"\x80\x04" + short("numpy") + short("ndarray.__class__") + b"\x93.", "asks for 'numpy.ndarray.__class__'"),
        (b"(S'x'\nios\nsystem\n.", "with INST"),
        (b"(cos\nsystem\nS'x'\no.", "asks for 'os.system'"),
        (b"(cnumpy\ndtype\nS'f4'\no.", "with OBJ"),
        (b"cnumpy\ndtype\n)\x81.", "with NEWOBJ"),
        (b"Pos.system\n.", "with PERSID"),
        (b"S'x'\nQ.", "with BINPERSID"),
        (b"\x82\x01.", "with EXT1"),
        (b"\x97.", "with NEXT_BUFFER"),
        (b"cnumpy\ndtype\n}S'__call__'\nI1\nsb.", "changes a Name"),
        (b"}}S'a'\nI1\nsb.", "changes a dict"),
        (b"I1\n)R.", "calls a int"),
        (b"c__builtin__\nbytes\n(S'x'\ntR.", "not a pickle, or is damaged"),
    ],
)
def test_what_a_pickle_may_not_ask_for(content, why):
    with pytest.raises(ValueError, match=f"^file: .*({why})"):
        unpickled(content, "file")


def test_an_object_array_does_not_take_bytes_for_pointers():
    """numpy itself believes a dtype's flags: with them cleared it copies a file's bytes over its pointers."""
    dtype = b"cnumpy\ndtype\n(S'O8'\nI00\nI01\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb"
    blank = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
    with pytest.raises(ValueError, match="without its 1 objects"):
        unpickled(blank + b"(I1\n(I1\nt" + dtype + b"I00\nS'AAAAAAAA'\ntb.", "file")


# ---- pickles that burst ---------------------------------------------------------------------------------------------

ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
FLOATS = b"cnumpy\ndtype\n(S'f8'\nI00\nI01\ntR"
LAUGHS = []  # of lists of the same lists: 10 to the 40 long, if anybody walked it
for _ in range(40):
    LAUGHS = [LAUGHS] * 10
LAUGHING = pickle.dumps(LAUGHS, 2)[:-1]
TEXT = b"X" + struct.pack("<I", MEGABYTE) + b"a" * MEGABYTE


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (ARRAY + b"(I1\n(I1000000000000\nt" + FLOATS + b"I00\nS''\ntb.", "8000000000000 bytes"),
        (ARRAY + b"(I1\n(I-1\nt" + FLOATS + b"I00\nS''\ntb.", "impossible shape"),
        (ARRAY + b"(I1\n(I0\nL" + b"9" * 4000 + b"L\nt" + FLOATS + b"I00\nS''\ntb.", "impossible shape"),
        (ARRAY + b"(I1\n(" + b"I1\n" * 40 + b"t" + FLOATS + b"I00\nS''\ntb.", "too many axes"),
        (ARRAY + b"(I1\n(I0\nt(lI00\nS''\ntb.", "without a type"),
        (ARRAY + b"(I1\n(I0\nt" + FLOATS + b"b.", "changes a tuple"),
        (ARRAY + b".", "never gets a shape"),
        (ARRAY + b"p0\n(I1\n(I1\ntcnumpy\ndtype\n(S'O8'\nI00\nI01\ntRI00\n(lg0\natb.", "holds itself"),
        (b"cnumpy\ndtype\n(S'f8,(1000000)f8'\nI00\nI01\ntR.", "something else than numbers"),
        (b"\x8e" + struct.pack("<Q", 2**60) + b"x.", "damaged"),  # BINBYTES8
        (b"(lNr" + struct.pack("<I", 2**31 - 1) + b"ag1\na.", "damaged"),  # a memo of 16 GiB
        (b"\x95" + struct.pack("<Q", 2**60) + b"N.", "frame|damaged"),  # FRAME: only a hint
        (b"\x8b" + struct.pack("<i", 2**31 - 1) + b"x.", "damaged"),  # LONG4
        (b"L" + b"9" * 100_000 + b"L\n.", "damaged"),
        (b"}" + LAUGHING + b"I1\ns.", "has a list as a key"),
        (b"}(" + LAUGHING + b"tI1\ns.", "has a tuple as a key"),
        (LAUGHING + b")R.", "calls a list"),
        (b"cnumpy\ndtype\n(" + LAUGHING + b"I0\nI1\ntR.", "something else than numbers"),
        (ARRAY + b"(I1\n(" + LAUGHING + b"t" + FLOATS + b"I00\nS''\ntb.", "impossible shape"),
        (b"(l" + TEXT + b"p0\na" + b"c_codecs\nencode\n(g0\ntRa" * 50 + b".", "again and again"),
        (b"(" * 20_000 + b"l" * 20_000 + b".", "list"),
        (b"N0.", "with POP"),
        (b"", "damaged"),
        (b"hello", "damaged"),
        (b"\x80\x04}", "damaged|ends"),
    ],
    ids=range(25),
)
def test_pickles_that_burst_are_refused(little, content, why):
    try:
        found = unpickled(content, "file")
    except ValueError as error:
        assert re.match("file: ", str(error)) and len(str(error)) < 300
        assert re.search(why, str(error))
    else:
        assert why in ("list", "frame|damaged") and (found is None or isinstance(found, list))


def test_pickles_of_many_steps_are_refused(monkeypatch):
    monkeypatch.setattr(safe_pickle, "MOST_STEPS", 1000)
    assert len(unpickled(pickle.dumps([0.5] * 900), "file")) == 900
    with pytest.raises(ValueError, match=r"more than 1000 steps.*save arrays"):
        unpickled(pickle.dumps([0.5] * 1100), "file")


def test_laughing_pickles_do_not_reach_the_readers(tmp_path, little):
    """In place of arrays and names."""
    (tmp_path / "k.pkl").write_bytes(pickle.dumps({"keypoints2d": LAUGHS}))
    with pytest.raises(ValueError, match="has no keypoints2d"):
        read(tmp_path / "k.pkl")
    np.savez(tmp_path / "k.npz", positions_2d={"a": {"b": LAUGHS}}, metadata={"layout_name": LAUGHS})
    with pytest.raises(ValueError, match="several takes"):
        read(tmp_path / "k.npz", **SAID)
    with pytest.raises(ValueError, match=r"shape None"):
        read(tmp_path / "k.npz", take="a/b/0", **SAID)
    good = {"a": {"b": [np.ones((2, 17, 2)) * 50]}}
    np.savez(tmp_path / "k.npz", positions_2d=good, metadata={"layout_name": LAUGHS, "keypoints_symmetry": LAUGHS})
    with pytest.raises(ValueError, match="does not name its joints' layout"):
        read(tmp_path / "k.npz", **SAID)


def test_damaged_pickles_are_errors_or_data():
    rng, stream = np.random.default_rng(0), io.BytesIO()
    pickle.dump({"a": np.arange(6.0), "b": [1, (2, "c")], "d": np.array([{"e": 1}], object)}, stream, 4)
    whole = stream.getvalue()
    for _ in range(1500):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), rng.integers(1, 6)):
            data[at] = rng.integers(0, 256)
        try:
            unpickled(bytes(data), "file")
        except ValueError as error:
            assert str(error).startswith("file: ")
