import numpy as np
import pytest

from dance3d.io.safe_pickle_globals import Blank, Name, Unreadable, enter, ordered


def test_names_of_arrays_make_arrays():
    kind = Name("numpy dtype").make(("f4", False, True))
    kind.build((3, "<", None, None, None, -1, -1, 0))
    array = Name("numpy._core.multiarray _reconstruct").make((None, (0,), b"b"))
    array.build((1, (2, 2), kind, True, np.arange(4, dtype="<f4").tobytes()))
    np.testing.assert_array_equal(array.made, [[0, 2], [1, 3]])  # in Fortran's order
    assert Name("numpy.core.multiarray scalar").make((kind, np.float32(2.5).tobytes())) == 2.5
    assert Name("_codecs encode").make(("é", "latin1")) == b"\xe9"
    with pytest.raises(Unreadable, match="changes an array that is made"):
        array.build((1, (1,), kind, False, b"\0" * 4))


@pytest.mark.parametrize("words", ["builtins eval", "os system", "numpy load", "builtins getattr"])
def test_any_other_name_is_refused(words):
    with pytest.raises(Unreadable, match=f"asks for '{words.replace(' ', '.')}', which could run code"):
        Name(words)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ((1, (2,), None, False, b""), "without a type"),
        ((1, (-1,), "f8", False, b""), "impossible shape"),
        ((1, (2,), "f8", False, b"123"), r"shape \(2,\) without its 16 bytes"),
        ((1, (2,), "O", False, [1]), r"without its 2 objects"),
        ((1, (1,) * 9, "f8", False, b""), "too many axes"),
    ],
)
def test_arrays_that_are_not_what_they_say_are_refused(state, message):
    version, shape, code, *rest = state
    dtype = code if code is None else Name("numpy dtype").make((code,))
    with pytest.raises(Unreadable, match=message):
        Blank().build((version, shape, dtype, *rest))


def test_types_with_fields_and_keys_that_are_no_words_are_refused():
    with pytest.raises(Unreadable, match="something else than numbers, texts or objects"):
        Name("numpy dtype").make(("V8",))
    with pytest.raises(Unreadable, match="array with fields"):
        Name("numpy dtype").make(("f8",)).build((3, "<", None, ("a",), {}, -1, -1, 0))
    found = ordered([("b", 1), ("a", 2)])
    enter(found, None, 3)
    assert list(found) == ["b", "a", None]
    enter(found, ("S1", 54138969), 4)  # as files of cameras have them
    assert found["S1", 54138969] == 4
    for key in ((("S1",), 1), (), ("S1", []), (1,) * 9):
        with pytest.raises(Unreadable, match="has a tuple as a key"):
            enter(found, key, 0)
