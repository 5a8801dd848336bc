"""Small folders of crops that several tests share."""

from dance3d.synth.choreography import choreograph
from dance3d.synth.crop_dataset import write_invented, write_multiview_crops


def shots(folder, moments=6, views=3, split="train"):
    """Crops of 64 pixels of the synthetic dancer."""
    take = choreograph("salsa", 4.0, 1)
    write_multiview_crops(folder, [[take]], 64, moments, views, splits={take.name: split}, occlusion=0.0)
    return folder


def invented(folder, moments=10):
    """Crops of 64 pixels of invented bodies."""
    write_invented(folder, 64, moments)
    return folder
