"""Jobs by Ray: equal to those that are done here, and lost workers cost a try and no result."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import keypoint_writers as write
import pytest

from dance3d.io.operating_system import usable_cores
from dance3d.pipeline.many.job import Job, News, Outcome, do
from dance3d.pipeline.on_ray import videos

SETTINGS = {"keypoints": {"backend": "file", "format": "openpose", "size": [400, 300], "fps": 25.0}}


@pytest.mark.slow
def test_a_ray_of_this_machine_does_jobs_and_tells_of_a_video_that_it_does_not_see(tmp_path):
    """The one test outside the slow ones that begins a Ray."""
    pytest.importorskip("ray", reason="needs dance3d[ray]")

    def work(job):
        import logging
        from pathlib import Path

        logging.getLogger("dance3d.work").warning("it is dark")
        from dance3d.pipeline.many.job import Outcome

        return Outcome(job.video, job.out, 1.0, {"folder": str(Path.cwd())})

    (tmp_path / "well").touch()
    jobs = [Job(tmp_path / name, tmp_path / "out" / name) for name in ("well", "nowhere")]
    before = [(handler, handler.formatter) for handler in logging.getLogger().handlers]
    with videos.news_of(jobs, "local", 1, work=work) as (how, ended):
        news = list(ended)
    assert [(handler, handler.formatter) for handler in logging.getLogger().handlers] == before, "our log is ours"
    found = {one.outcome.video.name: one.outcome for _, one in news if one.outcome}
    assert [(number, one.line) for number, one in news if one.line] == [(0, "it is dark")]
    assert how == (1, usable_cores())
    assert found["well"].code == 0 and found["well"].result == {"folder": str(Path.cwd())}
    assert found["nowhere"].code == 3 and "nowhere is not seen on " in found["nowhere"].reason
    assert list((tmp_path / "out").iterdir()) == [], "the mark is gone"


@pytest.mark.slow
def test_a_lost_worker_is_replaced_and_what_goes_wrong_each_time_is_a_failure(tmp_path):
    pytest.importorskip("ray", reason="needs dance3d[ray]")
    flag = tmp_path / "begun"

    def work(job):
        import os
        import signal

        from dance3d.pipeline.many.job import Outcome

        if job.video.name == "always" or (job.video.name == "once" and not flag.exists()):
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if job.video.name == "wrong":
            raise KeyError("wrong")
        return Outcome(job.video, job.out, 1.0)

    names = ["well", "always", "once", "wrong", "more"]
    for name in names:
        (tmp_path / name).touch()
    jobs = [Job(tmp_path / name, tmp_path / "out" / name) for name in names]
    with videos.news_of(jobs, "local", 2, work=work) as (_, ended):
        found = {one.outcome.video.name: one.outcome for _, one in ended if one.outcome}
    assert [found[name].code for name in names] == [0, 3, 0, 3, 0] and flag.exists()
    assert "always: the process that worked on it was lost 3 times, on " in found["always"].reason
    assert "wrong: no result came back" in found["wrong"].reason


def test_a_machine_that_does_not_see_the_results_does_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger("dance3d"), "level", 0)
    for name in (*videos.LIMITS, videos.VARIABLE):
        monkeypatch.setenv(name, "1")  # a worker sets them for its process
    (tmp_path / "clip").touch()
    job = Job(tmp_path / "clip", tmp_path / "out")

    def done(job):
        return Outcome(job.video, job.out, 1.0)

    worker = videos.Worker([job], None, tmp_path, tmp_path / "mark", 1, "cpu", 30, done)
    assert "out is not seen on far: machines must share the folder of the results" in worker._do(job, [], "far").reason
    away = worker._do(replace(job, store="memory://"), [], "far")
    assert away.code == 0 and away.out != job.out, "it comes out of the store"
    (tmp_path / "mark").touch()
    assert worker._do(job, ["far", "near"], "far").code == 0
    assert "lost 3 times, on far, near" in worker._do(job, ["far", "near", "far"], "far").reason


def test_machines_that_cannot_begin_end_the_run_with_one_line_and_what_is_missing_is_a_failure(tmp_path):
    exceptions = pytest.importorskip("ray", reason="needs dance3d[ray]").exceptions
    jobs = [Job(tmp_path / name, tmp_path / "out" / name) for name in "ab"]
    answer = videos.Answer([(30, "it is dark")], Outcome(jobs[1].video, jobs[1].out, 1.0))
    done = {"number": 1, "answer": answer}

    def rows():
        yield done
        raise exceptions.RaySystemError("at\n\nNo module named 'dance3d'\n")

    ended = videos._every_outcome(jobs, rows())
    assert next(ended) == (1, News(level=30, line="it is dark")) and next(ended) == (1, News(outcome=answer.outcome))
    with pytest.raises(ValueError, match=r"Ray ended the work \(.*No module named 'dance3d'\); is dance3d"):
        next(ended)
    *_, (number, lost) = videos._every_outcome(jobs, [done])
    assert (number, lost.outcome.code) == (0, 3) and "no result came back" in lost.outcome.reason


def contents(folder):
    """Bytes of every file by name; of result.json all but the seconds that it took, and what was there already."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name in found:
        if name.endswith("result.json"):
            text = json.dumps(without_times(json.loads(found[name])))
            found[name] = text.encode()
    return found


def without_times(value):
    if isinstance(value, dict):
        return {name: without_times(one) for name, one in value.items() if name not in ("seconds", "cached")}
    return [without_times(one) for one in value] if isinstance(value, list) else value


@pytest.mark.slow
def test_results_are_those_of_a_run_here_byte_by_byte_though_a_worker_is_killed(tmp_path):
    pytest.importorskip("ray", reason="needs dance3d[ray]")
    clips = [write.openpose(tmp_path / f"clip{number}", frames=20 + number) for number in range(3)]

    def jobs(place):
        return [Job(clip, tmp_path / place / clip.name, SETTINGS, cache=tmp_path / f"cache-{place}") for clip in clips]

    flag = tmp_path / "begun"

    def work(job):
        """Ends its own process in the middle of the first video, once."""
        import os
        import signal

        from dance3d.pipeline.many.job import do

        def report(stage, why, result):
            if stage == "motion" and job.video.name == "clip0" and not flag.exists():
                flag.write_text(str(os.getpid()))
                os.kill(int(flag.read_text()), signal.SIGKILL)

        return do(job, report)

    with videos.news_of(jobs("far"), "local", 2, work=work) as (_, ended):
        news = list(ended)
    far = {number: one.outcome for number, one in news if one.outcome}
    assert [(number, one.line.partition(" on ")[0]) for number, one in news if one.line] == [
        (0, "begun again: a worker was lost")
    ]
    assert [far[number].code for number in range(3)] == [0, 0, 0] and flag.exists()
    for job in jobs("here"):
        assert do(job).code == 0
    here, there = contents(tmp_path / "here"), contents(tmp_path / "far")
    assert there.keys() == here.keys() and len(here) > 25
    assert [name for name in here if here[name] != there[name]] == []


@pytest.mark.slow
def test_results_come_out_of_the_store_where_a_machine_does_not_see_their_folder(tmp_path):
    pytest.importorskip("ray", reason="needs dance3d[ray]")
    clip = write.openpose(tmp_path / "clip", frames=20)
    out, caches = tmp_path / "out", [tmp_path / name for name in ("far", "near")]
    asked = Job(clip, out / "clip", SETTINGS, cache=caches[1], store=str(tmp_path / "store"))

    def work(job, cache=caches[0]):
        """As on a machine with a cache of its own."""
        from dataclasses import replace

        from dance3d.pipeline.many.job import do

        return do(replace(job, cache=cache))

    with videos.news_of([asked], "local", 1, work=work) as (_, ended):
        (mark,) = out.iterdir()
        mark.unlink()  # as if the worker's machine did not see it
        ((_, one),) = ended
    outcome = one.outcome
    assert outcome.out == out / "clip" and outcome.code == 0
    assert all(stage["cached"] for stage in outcome.result["stages"]), "nothing was made a second time"
    here = do(replace(asked, out=tmp_path / "here" / "clip", cache=tmp_path / "third", store=""))
    assert here.code == 0 and contents(out) == contents(tmp_path / "here")
