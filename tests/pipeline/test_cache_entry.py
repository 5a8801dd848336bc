"""Keys of entries, and the check of their files."""

import json

from dance3d.io.file_hash import hash_file
from dance3d.pipeline.cache_entry import MANIFEST, VERSION, differences, hash_input, key_of, verified


def published(folder):
    """An entry of one file, as the cache writes it."""
    (folder / "0000.npz").write_bytes(b"abc")
    components = {"stage": "lift", "settings": {"height": 1.7}}
    files = {"0000.npz": {"size": 3, "sha256": hash_file(folder / "0000.npz")}}
    manifest = {"version": VERSION, "stage": "lift", "key": key_of(components), "components": components}
    (folder / MANIFEST).write_text(json.dumps(manifest | {"files": files}))
    return components


def test_a_key_depends_on_contents_and_not_on_order():
    assert key_of({"a": 1, "b": {"c": 2}}) == key_of({"b": {"c": 2}, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})


def test_a_folder_is_hashed_by_names_and_bytes_of_its_files(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, text in ((one, "x"), (other, "x")):
        folder.mkdir()
        (folder / "f").write_text(text)
    assert hash_input(one) == hash_input(other)
    (other / "f").rename(other / "g")
    assert hash_input(one) != hash_input(other)


def test_a_sound_entry_is_found_and_a_damaged_one_has_its_fault(tmp_path):
    components = published(tmp_path)
    fault, entry = verified(tmp_path)
    assert fault == "" and entry.components == components and entry.files == ("0000.npz",)
    (tmp_path / "0000.npz").write_bytes(b"abd")
    assert verified(tmp_path) == ("0000.npz is not what was written", None)
    (tmp_path / "0000.npz").unlink()
    assert verified(tmp_path) == ("0000.npz is missing", None)
    (tmp_path / MANIFEST).unlink()
    assert verified(tmp_path) == ("no manifest", None)


def test_differences_are_named_by_their_place():
    new, old = (
        {"code": "a", "settings": {"height": 1.7, "fps": 30}},
        {"code": "a", "settings": {"height": 1.8, "fps": 30}},
    )
    assert list(differences(new, old)) == ["settings.height"]
    assert set(differences(new, {})) == {"code", "settings"}
