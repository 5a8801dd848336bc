"""A finished run of made-up dancers in a studio's folder; two of them cross, and who is who is not sure."""

import shutil

from edited_tracks import first_run, make_fake_run

from dance3d.studio.thumbnails import write_thumbnails
from dance3d.studio.workspace import Workspace

NAME = "clip"


def made_result(monkeypatch, tmp_path):
    """The workspace, with ``videos/clip.mp4``, ``results/clip`` and its small pictures."""
    space = Workspace(tmp_path / "studio")
    folder = tmp_path / "made"
    folder.mkdir()
    out, _ = first_run(make_fake_run(monkeypatch, folder))
    (folder / "clip.mp4").rename(space.folder("videos") / "clip.mp4")
    shutil.copytree(out, space.folder("results") / NAME)
    told = space.folder("results") / NAME / "result.json"
    text = told.read_text()
    assert '"../clip.mp4"' in text
    told.write_text(text.replace('"../clip.mp4"', '"../../videos/clip.mp4"'))
    write_thumbnails(space.folder("results") / NAME, space.folder("thumbnails") / NAME)
    return space
