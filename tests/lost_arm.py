"""A dancer whose arm is lost for some frames, and the masks."""

from dataclasses import replace

import numpy as np

from dance3d.benchmarks.lift.mask_completion import rendered
from dance3d.contracts import Masks
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film

FRAMES, LOST = 24, slice(8, 18)
LIMB = H36M17.indices("left_elbow", "left_wrist")


def make_scene():
    """A clip with its truth and masks, and its track without the left arm in ten frames."""
    clip = choreograph("salsa", 3.0, 1)
    clip = replace(clip, xyz=clip.xyz[20 : 20 + FRAMES], extremities=None)
    one = film([clip])[0]
    lost = np.zeros((FRAMES, 17), bool)
    lost[LOST, LIMB] = True
    xy = np.where(lost[..., None], np.nan, one.keypoints.xy)
    track = replace(one.keypoints, xy=xy, score=(~lost).astype(np.float32), measured=~lost)
    return one, track, Masks(rendered(clip, 0), track.time), lost
