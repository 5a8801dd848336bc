"""The genre stage as the runner calls it."""

from dance3d.stages.genre.predict import predict
from dance3d.stages.genre.settings import GenreSettings


def call(weights, tracks, **settings):
    poses, moves = zip(*tracks, strict=True)
    return predict({"lift": list(poses), "motion": list(moves)}, GenreSettings(**settings), weights)
