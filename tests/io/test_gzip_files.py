import gzip

import pytest

from dance3d.io import gzip_files
from dance3d.io.gzip_files import unpacked


def test_packed_and_plain_files_give_the_same_bytes(tmp_path):
    content = bytes(range(256)) * 20
    (tmp_path / "plain").write_bytes(content)
    (tmp_path / "packed").write_bytes(gzip.compress(content))
    (tmp_path / "parts").write_bytes(gzip.compress(content[:999]) + gzip.compress(content[999:]) + b"\0\0")
    assert {unpacked(tmp_path / name) for name in ("plain", "packed", "parts")} == {content}


def test_damaged_missing_and_too_large_files_are_named(tmp_path, monkeypatch):
    (tmp_path / "torn").write_bytes(gzip.compress(bytes(5000))[:-12])
    for name in ("torn", "missing"):
        with pytest.raises(ValueError, match=f"{name} cannot be unpacked"):
            unpacked(tmp_path / name)
    monkeypatch.setattr(gzip_files, "MOST_BYTES", 1000)
    (tmp_path / "bomb").write_bytes(gzip.compress(bytes(10**6)))
    (tmp_path / "large").write_bytes(bytes(1001))
    for name in ("bomb", "large"):
        with pytest.raises(ValueError, match=f"{name} has more than 1000 bytes, unpacked"):
            unpacked(tmp_path / name)
