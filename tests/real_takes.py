"""A real take of motion capture."""


def make_take(data_dir, tmp_path):
    """A folder with one take of the CMU database in it."""

    def only(genre, name):
        source = data_dir / "mocap" / "cmu" / genre / f"{name}.bvh.gz"
        (tmp_path / genre).mkdir()
        (tmp_path / genre / source.name).symlink_to(source.resolve())
        return tmp_path

    return only
