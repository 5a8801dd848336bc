import numpy as np

from dance3d.stages.detect.kept_beside import alone, digest, read_note, write_note


def test_a_note_comes_back_and_a_broken_one_is_empty(tmp_path):
    path = tmp_path / "note.json"
    assert read_note(path) == {}
    write_note(path, {"done": 3})
    assert read_note(path) == {"done": 3}
    for text in ("{", "[1]"):
        path.write_text(text)
        assert read_note(path) == {}


def test_a_digest_is_of_all_masks():
    masks = np.zeros((300, 4, 4), np.uint8)
    before = digest(masks)
    masks[299, 3, 3] = 1
    assert digest(masks) != before


def test_a_folder_is_free_again_afterwards(tmp_path):
    for _ in range(2):
        with alone(tmp_path):
            pass
