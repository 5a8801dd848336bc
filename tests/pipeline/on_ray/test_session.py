"""Ray's session: what is said where there is none."""

import builtins
import socket
import sys

import pytest

from dance3d.pipeline.on_ray.session import missing, session


def test_without_ray_one_line_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest):
        if name.startswith("ray"):
            raise ImportError(f"No module named {name!r}")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[ray\]'"), session("local"):
        pass


def test_the_line_says_which_pythons_ray_has_wheels_for(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 15, 0))
    assert missing(ImportError("gone")).endswith("Ray 2.60 has wheels for Python 3.10 to 3.14, this is 3.15")


def test_an_address_where_nobody_answers_is_known_at_once():
    pytest.importorskip("ray", reason="needs dance3d[ray]")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ValueError, match=f"--ray {address}: nobody answers there"), session(address):
        pass
