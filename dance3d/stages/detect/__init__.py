"""From masked pictures to poses, learned from the masks: hourglass, 3D heatmaps, skeleton masks, views."""
