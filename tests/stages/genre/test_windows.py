import numpy as np

from dance3d.stages.genre.windows import windows


def test_windows_cover_the_clip():
    assert windows(np.ones(30)) == [(0, 30)] and windows(np.ones(50)) == [(0, 50)]
    assert windows(np.ones(130)) == [(0, 50), (25, 75), (50, 100), (75, 125), (80, 130)]
    there = np.ones(200)
    there[40:140] = 0
    assert windows(there)[0] == (0, 50) and all(there[i:j].mean() >= 0.2 for i, j in windows(there))
    assert windows(np.zeros(70)) == []
