"""Plots as pictures, RGB, in the colours of ``draw`` and without a plot library."""

from dance3d.visualization.plots.basic import bars, curve, histogram
from dance3d.visualization.plots.classes import confusion, reliability
from dance3d.visualization.plots.series import series
from dance3d.visualization.plots.timeline import timeline

__all__ = ["bars", "confusion", "curve", "histogram", "reliability", "series", "timeline"]
