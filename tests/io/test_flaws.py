import pytest

from dance3d.io import flaws


def test_a_flaw_is_a_warning_or_an_error(caplog):
    flaws.tell("a.bvh, line 3: holds 7 numbers", "it is left out", strict=False)
    assert caplog.messages == ["a.bvh, line 3: holds 7 numbers; it is left out"]
    with pytest.raises(ValueError, match=r"^a\.bvh, line 3: holds 7 numbers$"):
        flaws.tell("a.bvh, line 3: holds 7 numbers", "it is left out", strict=True)


def test_what_is_told_can_be_kept():
    flaws.tell("before", "gone", strict=False)
    with flaws.noted() as outer:
        with flaws.noted() as inner:
            flaws.tell("a", "left out", strict=False)
        flaws.tell("b", "left out", strict=False)
    assert (inner, outer) == (["a; left out"], ["b; left out"])
