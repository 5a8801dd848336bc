"""Two takes of one world."""

import numpy as np

from dance3d.contracts import MotionClip
from dance3d.synth.choreography import choreograph


def couple():
    one = choreograph("salsa", 1.0, 1)
    turned = one.xyz * np.array([-1, 1, -1]) + np.array([0.1, 0, 0.5])
    return [
        MotionClip(one.xyz, 30.0, "salsa_02", "salsa_02", "salsa"),
        MotionClip(turned, 30.0, "salsa_17", "salsa_02", "salsa"),
    ]
