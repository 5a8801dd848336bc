"""The process of a job, called as the server calls it."""

import json

from dance3d.studio import job_process
from dance3d.studio.job_process import END, JOB, LOG, PROCESS


def job(tmp_path, *commands, **more):
    folder = tmp_path / "jobs" / "1"
    folder.mkdir(parents=True)
    (folder / JOB).write_text(json.dumps({"commands": commands, "besides": [], "keep": "", **more}))
    code = job_process.main(folder)
    return folder, code, json.loads((folder / END).read_text())


def test_the_one_line_of_an_error_is_kept_without_the_folder_of_the_studio(tmp_path):
    (tmp_path / "videos").mkdir()
    bad = tmp_path / "videos" / "bad.mp4"
    bad.write_text("<script>alert(1)</script>" * 9)
    _, code, end = job(tmp_path, ["dance3d", "check", str(bad)], ["this"])
    assert code == end["code"] == 3
    assert end["said"] == "videos/bad.mp4: cannot be read as a video: no known video format"


def test_trained_weights_are_copied_with_their_scores(tmp_path):
    made = tmp_path / "cache"
    made.mkdir()
    (made / "w.safetensors").write_bytes(b"weights")
    (made / "score.json").write_text("{}")
    (tmp_path / "kept").mkdir()
    say = ["timeit", "-n", "1", "-r", "1", f"import atexit; atexit.register(print, 'motion: {made / 'w.safetensors'}')"]
    folder, code, end = job(tmp_path, say, keep=str(tmp_path / "kept"))
    assert code == 0 and end["said"] == "", (folder / LOG).read_text()
    assert (tmp_path / "kept/weights.safetensors").read_bytes() == b"weights"
    assert (tmp_path / "kept/score.json").is_file() and (folder / PROCESS).is_file()
