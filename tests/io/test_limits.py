from dance3d.io.limits import LIMITS, Limits


def test_two_hours_of_8k_are_read_and_the_numbers_can_be_changed():
    assert (LIMITS.seconds, LIMITS.pixels, LIMITS.frames) == (2 * 60 * 60, 7680 * 4320, 10**6)
    assert Limits(seconds=1).seconds == 1 and Limits(seconds=1).frames == LIMITS.frames
