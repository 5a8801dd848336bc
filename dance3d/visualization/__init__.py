"""Pictures of poses and movements: skeletons on frames, the overlay video, plots and charts."""
