import hashlib

from dance3d.io.file_hash import file_state, hash_file


def test_the_hash_is_of_the_bytes_and_not_of_the_name(tmp_path):
    (tmp_path / "a").write_bytes(b"dance")
    (tmp_path / "b").write_bytes(b"dance")
    assert hash_file(tmp_path / "a") == hash_file(tmp_path / "b") == hashlib.sha256(b"dance").hexdigest()


def test_the_state_of_a_file_changes_with_it(tmp_path):
    path = tmp_path / "a"
    assert file_state(path) == ()
    path.write_bytes(b"dance")
    before = file_state(path)
    assert before == file_state(path) != ()
    path.write_bytes(b"Dance")
    assert before != file_state(path)
