"""Jobs: their states, their queue, and what happens when processes or the server are ended."""

import json
import os
import signal
import sys
import time

import pytest

from dance3d.pipeline.owner import ended
from dance3d.studio.job_process import END, JOB, PROCESS
from dance3d.studio.jobs import Jobs, plain

QUICK, FAILS = ["this"], ["http.no_such_module"]
LONG = ["timeit", "-n", "1", "-r", "1", "import time; time.sleep(60)"]


@pytest.fixture
def jobs(tmp_path):
    made = Jobs(tmp_path / "jobs", 2)
    made.folder.mkdir()
    yield made
    made.stop()


def states(jobs):
    return {job.title: job.state for job in jobs.listed()}


def until(jobs, title, *wanted, limit=20.0):
    end = time.monotonic() + limit
    while states(jobs)[title] not in wanted:
        assert time.monotonic() < end, states(jobs)
        time.sleep(0.05)
    return next(job for job in jobs.listed() if job.title == title)


def test_jobs_wait_run_and_end_well_or_badly(jobs):
    jobs.add("run", "good", "results/a", [QUICK])
    jobs.add("run", "bad", "results/b", [FAILS, LONG])
    assert states(jobs) == {"good": "waiting", "bad": "waiting"}
    jobs.start()
    good, bad = until(jobs, "good", "done"), until(jobs, "bad", "failed")
    assert "Beautiful is better than ugly" in jobs.log(good.id)
    assert "no_such_module" in bad.said and json.dumps(plain(bad))


def test_what_comes_besides_may_fail(jobs):
    jobs.add("run", "good", "results/a", [QUICK], besides=[FAILS])
    jobs.start()
    until(jobs, "good", "done")


def test_two_jobs_of_one_result_never_run_together(jobs):
    jobs.add("run", "first", "results/a", [LONG])
    jobs.add("tracks", "second", "results/a", [QUICK])
    jobs.add("run", "other", "results/b", [QUICK])
    jobs.start()
    until(jobs, "other", "done")
    assert states(jobs)["first"] == "running" and states(jobs)["second"] == "waiting" and jobs.busy("results/a")


def test_a_job_is_cancelled_and_goes_on(jobs):
    id = jobs.add("run", "long", "results/a", [LONG])
    jobs.start()
    process = jobs.folder / id / PROCESS
    until(jobs, "long", "running")
    while not process.is_file():
        time.sleep(0.02)
    mark = process.read_text()
    jobs.cancel(id)
    assert states(jobs)["long"] == "cancelled" and ended(mark, time.time())
    jobs.again(id)
    until(jobs, "long", "running")
    jobs.cancel(id)
    with pytest.raises(ValueError, match="no such job"):
        jobs.cancel("../x")


def test_a_job_that_is_killed_is_seen_and_can_go_on(jobs):
    id = jobs.add("run", "long", "results/a", [LONG])
    jobs.start()
    until(jobs, "long", "running")
    while not (jobs.folder / id / PROCESS).is_file():
        time.sleep(0.02)
    os.killpg(int((jobs.folder / id / PROCESS).read_text().split(".")[1]), signal.SIGKILL)
    assert "goes on where it was" in until(jobs, "long", "lost").said
    told = json.loads((jobs.folder / id / JOB).read_text())
    (jobs.folder / id / JOB).write_text(json.dumps(told | {"commands": [QUICK]}))
    jobs.again(id)
    until(jobs, "long", "done")


def test_the_next_server_finds_what_runs_and_what_has_ended(jobs, tmp_path):
    id = jobs.add("run", "long", "results/a", [LONG])
    jobs.start()
    until(jobs, "long", "running")
    while not (jobs.folder / id / PROCESS).is_file():
        time.sleep(0.02)
    after = Jobs(tmp_path / "jobs")  # as if this process had been killed
    assert states(after) == {"long": "running"}
    after.cancel(id)
    assert states(Jobs(tmp_path / "jobs")) == {"long": "cancelled"}


def test_an_orderly_end_puts_jobs_back_into_the_queue(jobs, tmp_path):
    id = jobs.add("run", "long", "results/a", [LONG])
    jobs.start()
    until(jobs, "long", "running")
    while not (jobs.folder / id / PROCESS).is_file():
        time.sleep(0.02)
    jobs.stop()
    assert states(Jobs(tmp_path / "jobs")) == {"long": "waiting"}


def test_damaged_folders_harm_no_list(jobs):
    (jobs.folder / "a").mkdir()
    (jobs.folder / "a" / JOB).write_text("{")
    (jobs.folder / "b").mkdir()
    id = jobs.add("run", "good", "results/a", [QUICK])
    (jobs.folder / id / END).write_text("{")
    assert jobs.listed() == []


def test_progress_of_a_stage_is_read_from_the_log(jobs):
    line = "  keypoints  12 of 300 (4%) frames, 3.1 frames/s, 1:30 left"
    id = jobs.add("run", "long", "results/a", [["timeit", "-n", "1", "-r", "1", f"print('{line}'); {LONG[-1]}"]])
    jobs.start()
    until(jobs, "long", "running")
    end = time.monotonic() + 10
    while (job := jobs.listed()[0]).share is None and time.monotonic() < end:
        time.sleep(0.05)
    assert job.share == 0.04 and job.said == line.strip() and sys.executable
    jobs.cancel(id)
