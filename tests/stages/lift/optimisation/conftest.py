"""The filmed dance that several tests of this folder lift."""

import pytest

from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film


@pytest.fixture(scope="module")
def dance():
    """Three seconds of the synthetic dancer from two sides."""
    return film([choreograph("salsa", 3.0, 0)])[:2]
