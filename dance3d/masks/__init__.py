"""Masks of a person: drawn from joints, weighed by distance, compared."""

from dance3d.masks.skeleton import Lines as Lines
from dance3d.masks.skeleton import dots as dots
from dance3d.masks.skeleton import lines as lines
from dance3d.masks.skeleton import skeleton_mask as skeleton_mask
from dance3d.masks.weight import geodesic_weight as geodesic_weight
from dance3d.masks.weight import iou as iou
