import csv
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import bad_clips as clips
import numpy as np
import pytest
import stand_in_jobs
from stand_in_jobs import begun
from toy_chain import make_chain

from dance3d.cli import main
from dance3d.pipeline import run as pipeline_run
from dance3d.pipeline.exit_codes import REFUSED, USAGE
from dance3d.pipeline.many import index, processes
from dance3d.pipeline.many.job import News, Outcome
from dance3d.pipeline.many.share import Share
from dance3d.pipeline.on_ray import videos


def last_line(capsys) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def bad_inputs(folder):
    (folder / "text.mp4").write_text("this is not a video\n" * 50)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "folder.mp4").mkdir()
    import av

    with av.open(str(folder / "audio.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("text.mp4", "video"),
        ("empty.mp4", "empty"),
        ("folder.mp4", "holds no video"),
        ("audio.mp4", "sound"),
        ("missing.mp4", "no such file"),
    ],
)
def test_what_is_no_video_gets_one_line_and_leaves_nothing_behind(tmp_path, capsys, name, reason):
    bad_inputs(tmp_path)
    out = tmp_path / "out"
    assert main(["run", str(tmp_path / name), "-o", str(out)]) == REFUSED
    line = last_line(capsys)
    assert name in line and reason in line and line.startswith("dance3d: ")
    assert not out.exists()


def test_one_bad_video_among_several_does_not_lose_the_others(tmp_path, capsys, monkeypatch):
    seen = []
    monkeypatch.setattr("dance3d.pipeline.run.run", lambda video, out, **kwargs: seen.append(video) or _refuse(video))
    assert main(["run", "a.mp4", "b.mp4", "-o", str(tmp_path)]) == REFUSED
    assert [video.name for video in seen] == ["a.mp4", "b.mp4"]
    assert capsys.readouterr().err.count("dance3d: ") == 2


def _refuse(video):
    raise ValueError(f"{video}: refused")


def test_pose_from_detect_without_weights_is_one_line(tmp_path, capsys, monkeypatch):
    from dance3d.io import weights
    from dance3d.synth.clip import write_scene

    monkeypatch.setattr(weights, "manifest", dict)
    write_scene(tmp_path, "salsa", 0.2, 5)
    out, video = tmp_path / "out", str(tmp_path / "video.mp4")
    assert main(["run", video, "-o", str(out), "--pose-from", "detect", "--no-cache"]) == REFUSED
    line = last_line(capsys)
    assert "detect" in line and "weights" in line and not out.exists()


@pytest.mark.parametrize("words", [[], ["--until", "lift"]])
def test_a_file_in_place_of_the_folder_for_results_is_told_first(tmp_path, capsys, words):
    (tmp_path / "out").write_text("mine")
    (tmp_path / "k.json").write_text("no keypoints, which is not yet known")
    given = ["run", str(tmp_path / "k.json"), "--keypoints", "-o", str(tmp_path / "out")]
    assert main([*given, *words]) == REFUSED
    assert f"{tmp_path / 'out'} is a file, expected a folder for the results" in last_line(capsys)


def test_a_rate_for_a_video_that_has_times_is_a_mistake_of_usage(tmp_path, capsys):
    path = clips.write(tmp_path / "even.mp4", clips.EVEN[:5])
    assert main(["run", str(path), "--fps", "25", "-o", str(tmp_path / "out")]) == USAGE
    assert "--fps 25 counts only for a video without time stamps" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.fixture
def stand_in(monkeypatch):
    """Processes that do stand-ins for jobs."""
    real = processes.do_all
    monkeypatch.setattr(processes, "do_all", lambda jobs, how, level: real(jobs, how, level, stand_in_jobs.work))


def films(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"film")
    return folder


def test_a_folder_by_several_processes_with_failures_apart(tmp_path, capsys, stand_in):
    folder, out = films(tmp_path / "in", "a.mp4", "bad.mp4", "killed.mp4", "sub/a.mp4"), tmp_path / "out"
    assert main(["run", str(folder), "-j", "2", "-o", str(out)]) == REFUSED
    shown = capsys.readouterr()
    assert "2 of 4 videos done, 2 failed: see" in shown.out and "killed.mp4: its process was killed" in shown.err
    with (out / "failures.csv").open() as file:
        assert [(row["folder"], row["exit_code"]) for row in csv.DictReader(file)] == [("bad", "3"), ("killed", "3")]
    assert begun(out, "a") and begun(out / "sub", "a")


def test_shards_do_all_videos_once(tmp_path, stand_in):
    folder, out = films(tmp_path / "in", *(f"clip{number}.mp4" for number in range(5))), tmp_path / "out"
    for shard in ("1/2", "2/2"):
        assert main(["run", str(folder), "-j", "1", "-o", str(out), "--shard", shard, "-q"]) == 0
    assert [len(begun(out, f"clip{number}")) for number in range(5)] == [1] * 5
    assert main(["run", str(folder), "-j", "1", "-o", str(out), "--shard", "9/9"]) == 0
    for wrong in ("0/2", "3/2", "1", "a/b", "1/0"):
        with pytest.raises(SystemExit) as end:
            main(["run", str(folder), "--shard", wrong])
        assert end.value.code == USAGE


def test_several_videos_leave_an_index_and_failures_that_a_later_run_mends(tmp_path, capsys, monkeypatch):
    chain = make_chain(monkeypatch, tmp_path)
    folder, out = films(tmp_path / "in", "a.mp4", "b.mp4"), tmp_path / "out"
    words = ["run", str(folder), "-o", str(out), "--cache", str(tmp_path / "cache")]
    with monkeypatch.context() as patch:
        patch.setattr(pipeline_run, "probe", lambda path: _refuse(path) if path.name == "b.mp4" else None)
        assert main(words) == REFUSED
    assert "1 of 2 videos done, 1 failed" in capsys.readouterr().out
    assert "b.mp4: refused" in (out / "failures.csv").read_text()
    assert main(words) == 0 and not (out / "failures.csv").exists() and chain.calls.count("keypoints") == 1
    with (out / "index.csv").open() as file:
        assert [row["folder"] for row in csv.DictReader(file)] == ["a", "b"]


def test_an_index_that_cannot_be_written_loses_no_result(tmp_path, capsys, monkeypatch):
    def full(out):
        raise OSError(28, "No space left on device")

    make_chain(monkeypatch, tmp_path)
    monkeypatch.setattr(index, "write_index", full)
    folder, out = films(tmp_path / "in", "a.mp4"), tmp_path / "out"
    assert main(["run", str(folder), "-o", str(out), "--cache", str(tmp_path / "cache")]) == REFUSED
    assert "index.csv cannot be written (No space left" in capsys.readouterr().err and (out / "a/result.json").is_file()


def test_results_of_a_folder_have_a_folder_of_their_own(tmp_path, monkeypatch):
    make_chain(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    films(tmp_path / "in", "a.mp4")
    assert main(["run", "in", "--cache", "cache"]) == 0 and (tmp_path / "in-dance3d/a/result.json").is_file()
    (tmp_path / "in-dance3d/index.csv").unlink()
    assert main(["run", "in/a.mp4", "--cache", "cache", "-j", "2"]) == 0
    assert (tmp_path / "a-dance3d/result.json").is_file() and not (tmp_path / "a-dance3d/index.csv").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_ends_its_processes_and_writes_down_what_is_known(tmp_path, number):
    folder, out = films(tmp_path / "in", "bad.mp4", "slow.mp4", "slow2.mp4"), tmp_path / "out"
    places = [str(Path(stand_in_jobs.__file__).parent), *filter(None, sys.path)]
    process = subprocess.Popen(
        [sys.executable, "-c", RUNS, str(folder), str(out)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: (out / "begun").is_dir() and begun(out, "slow") and begun(out, "slow2"))
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and said.splitlines()[-1].endswith("run the same command again to go on")
    assert "bad" in (out / "failures.csv").read_text()
    for name in ("slow", "slow2"):
        wait_for(lambda name=name: not Path(f"/proc/{begun(out, name)[0]}").exists())


RUNS = """import sys
import stand_in_jobs
from dance3d.__main__ import main
from dance3d.pipeline.many import index, processes
from dance3d.pipeline.many.job import News, Outcome
from dance3d.pipeline.many.share import Share
from dance3d.pipeline.on_ray import videos

real = processes.do_all
processes.do_all = lambda jobs, how, level: real(jobs, how, level, stand_in_jobs.work)
if __name__ == "__main__":
    sys.argv[1:] = ["run", sys.argv[1], "-j", "2", "-o", sys.argv[2]]
    sys.exit(main())
"""


def wait_for(there):
    for _ in range(600):
        if there():
            return
        time.sleep(0.05)
    raise AssertionError("that never came")


def test_by_ray_is_shown_and_written_down_as_what_is_done_here(tmp_path, capsys, monkeypatch):
    asked = []

    @contextmanager
    def news_of(jobs, address, actors, level):
        asked.append((address, actors))
        ended = [Outcome(job.video, job.out, 2.0, {**stand_in_jobs.RESULT}, 0, "") for job in jobs[1:]]
        bad = Outcome(jobs[0].video, jobs[0].out, 1.0, None, 3, f"{jobs[0].video}: lost")
        yield Share(2, 1), ((number, News(outcome=one)) for number, one in enumerate([bad, *ended]))

    monkeypatch.setattr(videos, "news_of", news_of)
    for name in "abc":
        (tmp_path / f"{name}.mp4").touch()
    out, words = tmp_path / "out", ["run", str(tmp_path), "-o", str(tmp_path / "out")]
    assert main([*words, "--ray"]) == REFUSED
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "3 videos, 2 processes of 1 thread"
    assert f"2 of 3 videos done, 1 failed: see {out / 'failures.csv'}" in said.out and "a.mp4: lost" in said.err
    with (out / "failures.csv").open() as file:
        assert [row["folder"] for row in csv.DictReader(file)] == ["a"]
    assert main(["run", str(tmp_path / "a.mp4"), "-o", str(out), "--ray", "auto", "-j", "4"]) == REFUSED
    assert asked == [("local", None), ("auto", 4)]
    with pytest.raises(SystemExit):
        main(["run", "--ray", str(tmp_path / "a.mp4")])
    assert "is no address (auto or HOST:PORT); put --ray behind the inputs" in capsys.readouterr().err
