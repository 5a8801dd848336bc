"""Keys of entries, and the check of their files."""

import json
import os
import shutil
from pathlib import Path

import pytest

from dance3d.io.file_hash import hash_file
from dance3d.pipeline.cache_entry import LARGEST, MANIFEST, VERSION, differences, hash_input, key_of, verified


def published(root):
    """An entry of one file, as the cache writes it: its folder and components."""
    components = {"stage": "lift", "settings": {"height": 1.7}}
    folder = root / "lift" / key_of(components)
    folder.mkdir(parents=True)
    (folder / "0000.npz").write_bytes(b"abc")
    files = {"0000.npz": {"size": 3, "sha256": hash_file(folder / "0000.npz")}}
    manifest = {"version": VERSION, "stage": "lift", "key": key_of(components), "components": components}
    (folder / MANIFEST).write_text(json.dumps(manifest | {"files": files}))
    return folder, components


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
    folder, components = published(tmp_path)
    fault, entry = verified(folder)
    assert fault == "" and entry.components == components and entry.files == ("0000.npz",)
    (folder / "0000.npz").write_bytes(b"abd")
    assert verified(folder) == ("0000.npz is not what was written", None)
    (folder / "0000.npz").unlink()
    assert verified(folder) == ("0000.npz is missing", None)
    (folder / MANIFEST).unlink()
    assert verified(folder) == ("no manifest", None)


def _replaced(folder, make):
    (folder / MANIFEST).unlink()
    make(folder / MANIFEST)


def _said(folder, **changes):
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


DAMAGES = {
    "no files": (lambda f: _said(f, files={}), "0000.npz is not in the manifest"),
    "one file more": (lambda f: (f / "0001.npz").touch(), "0001.npz is not in the manifest"),
    "of another entry": (lambda f: _said(f, key="0" * 64), "its manifest is that of another entry"),
    "of another stage": (lambda f: _said(f, stage="motion"), "its manifest is that of another entry"),
    "leads up": (lambda f: _said(f, files={"../../x": {"size": 1, "sha256": ""}}), "does not lie in the entry"),
    "absolute": (lambda f: _said(f, files={"/etc/passwd": {"size": 1, "sha256": ""}}), "does not lie in the entry"),
    "a folder": (lambda f: _replaced(f, Path.mkdir), "it is no file"),
    "a pipe": (lambda f: _replaced(f, os.mkfifo), "it is no file"),
    "a link to itself": (lambda f: _replaced(f, lambda m: m.symlink_to(MANIFEST)), "it is no file"),
    "a device": (lambda f: _replaced(f, lambda m: m.symlink_to("/dev/zero")), "it is no file"),
    "too deep": (lambda f: (f / MANIFEST).write_text("[" * 200_000), "unreadable manifest"),
    "too large": (lambda f: os.truncate(f / MANIFEST, LARGEST + 1), "larger than"),
    "no UTF-8": (lambda f: (f / MANIFEST).write_bytes(b"{\xff"), "unreadable manifest"),
    "a list": (lambda f: (f / MANIFEST).write_text("[1]"), "unreadable manifest"),
    "files is a list": (lambda f: _said(f, files=["0000.npz"]), "unreadable manifest"),
    "a file that is a pipe": (lambda f: ((f / "0000.npz").unlink(), os.mkfifo(f / "0000.npz")), "0000.npz is no file"),
    "a file that is a link": (
        lambda f: ((f / "0000.npz").rename(f.parent / "x"), (f / "0000.npz").symlink_to(f.parent / "x")),
        "0000.npz is no file",
    ),
    "a file in its place": (lambda f: (shutil.rmtree(f), f.write_text("x")), "it is no folder"),
    "a link in its place": (lambda f: (f.rename(f.with_name("x")), f.symlink_to("x")), "it is no folder"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_has_a_fault_and_nothing_hangs(tmp_path, damage):
    folder, _ = published(tmp_path)
    change, said = DAMAGES[damage]
    change(folder)
    fault, entry = verified(folder)
    assert entry is None and said in fault


def test_differences_are_named_by_their_place():
    new, old = (
        {"code": "a", "settings": {"height": 1.7, "fps": 30}},
        {"code": "a", "settings": {"height": 1.8, "fps": 30}},
    )
    assert list(differences(new, old)) == ["settings.height"]
    assert set(differences(new, {})) == {"code", "settings"}
