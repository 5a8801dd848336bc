import pytest

from dance3d.io.export_files.formats import DEFAULTS, FORMATS, chosen
from dance3d.lazy_import import resolve


def test_files_of_chosen_formats_in_the_order_of_the_table():
    assert [file.name for file in chosen(["bvh", "csv"])] == [
        "keypoints.csv",
        "pose3d.csv",
        "words.csv",
        "movements.csv",
        "rhythm.csv",
        "pose3d.bvh",
    ]
    assert chosen(["gltf"]) == chosen(["glb"])
    assert chosen([]) == [] and set(DEFAULTS) <= set(FORMATS)
    with pytest.raises(ValueError, match="format 'fbx' is not known; choose from csv, parquet, bvh, glb, usd"):
        chosen(["csv", "fbx"])


def test_every_writer_is_there_and_no_file_is_written_twice():
    files = [file for some in FORMATS.values() for file in some]
    assert all(callable(resolve(file.writer)) for file in files)
    assert len({file.name for file in files}) == len(files)
    known = {"keypoints", "pose3d", "movements", "origin", "names", "overlay", "dancer"}
    assert all(set(file.needs) <= known for file in files)
