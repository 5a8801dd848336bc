import numpy as np

from dance3d.io.video.frame_gaps import find_gaps, local_steps

EVEN = np.arange(30) / 30
NONE = np.zeros(0)


def gaps(time, packets=NONE, end=None, lossy=False):
    return find_gaps(time, local_steps(time, 1 / 30), packets, end, lossy)


def test_the_usual_step_is_that_of_the_slower_side():
    time = np.concatenate([np.arange(10) * 0.1, 1.0 + np.arange(10) * 0.5])
    steps = local_steps(time, 0.04)
    np.testing.assert_allclose(steps[:5], 0.1)
    np.testing.assert_allclose(steps[-8:], 0.5)
    assert local_steps(np.array([3.0]), 0.04).tolist() == [0.04]


def test_a_long_step_alone_is_a_variable_rate_and_a_gap_where_the_clip_is_damaged():
    time = np.delete(EVEN, range(10, 15))
    assert gaps(time) == ()
    assert gaps(time, lossy=True) == ((EVEN[9], EVEN[15]),)
    assert gaps(time, packets=EVEN) == ((EVEN[9], EVEN[15]),)  # the container had packets there
    assert gaps(EVEN, packets=EVEN) == () == gaps(EVEN, lossy=True)


def test_what_is_missing_before_and_after_is_told():
    assert gaps(EVEN[5:], packets=EVEN) == ((0.0, EVEN[5]),)
    assert gaps(EVEN[:20], end=1.0) == ((EVEN[19], 1.0),)
    assert gaps(EVEN[:20], packets=EVEN) == ((EVEN[19], EVEN[29]),)
    assert gaps(EVEN, end=1.0) == ()
