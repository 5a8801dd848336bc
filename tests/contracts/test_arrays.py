import numpy as np
import pytest
from numpy.typing import NDArray

from dance3d.contracts import arrays


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("Float", np.float32),
        ("Time", np.float64),
        ("Flags", np.bool_),
        ("Image", np.uint8),
        ("Mask", np.bool_),
    ],
)
def test_types_name_what_the_artefacts_freeze(name, dtype):
    assert getattr(arrays, name) == NDArray[dtype]
