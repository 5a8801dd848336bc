"""The crossing that several tests of this folder look at."""

import pytest

from dance3d.synth.crowd import gathering, truth


@pytest.fixture(scope="module")
def crossing():
    """One who stays, and one who goes through the picture."""
    crowd = gathering(("stay", "through"), 2.0, 4, (320, 180))
    return crowd, truth(crowd)
