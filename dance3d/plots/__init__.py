"""Plots as pictures, RGB, in the colours of ``draw`` and without a plot library."""

from dance3d.plots.basic import bars, curve, histogram
from dance3d.plots.classes import confusion, reliability
from dance3d.plots.series import series
from dance3d.plots.timeline import timeline

__all__ = ["bars", "confusion", "curve", "histogram", "reliability", "series", "timeline"]
