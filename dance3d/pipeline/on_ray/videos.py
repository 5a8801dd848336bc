"""Jobs by Ray Data: actors whose nets stay loaded from video to video, on every machine of a cluster."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from dance3d.pipeline.exit_codes import REFUSED
from dance3d.pipeline.many.job import Job, Outcome, do
from dance3d.pipeline.on_ray.session import LOCAL, session

TRIES = 3
"""How often a video is begun whose worker is lost, before it counts as a failure; chosen."""


class Attempts:
    """Where each job was begun: Ray begins one again whose worker is lost, without end and without a word."""

    def __init__(self) -> None:
        self._begun: dict[int, list[str]] = {}

    def begin(self, number: int, machine: str) -> list[str]:
        """The machines where a job was begun before; this one is noted."""
        before = list(self._begun.setdefault(number, []))
        self._begun[number].append(machine)
        return before


class Worker:
    """Does jobs in one process of a cluster.

    Args:
        jobs: of all workers.
        attempts: handle of the actor that counts them.
        folder: in which the command was given; what is relative is seen from there.
        mark: a file beside the results, by which a machine knows that it shares their folder.
        work: does a job.
    """

    def __init__(
        self, jobs: Sequence[Job], attempts: Any, folder: Path, mark: Path, work: Callable[[Job], Outcome]
    ) -> None:
        self._jobs, self._attempts, self._mark, self._work = jobs, attempts, mark, work
        if folder.is_dir():
            os.chdir(folder)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row ``number`` of a job, with its ``outcome``."""
        import ray

        number, machine = int(row["number"]), platform.node()
        begun = ray.get(self._attempts.begin.remote(number, machine))
        return {"number": number, "outcome": self._do(self._jobs[number], begun, machine)}

    def _do(self, job: Job, begun: Sequence[str], machine: str) -> Outcome:
        if len(begun) >= TRIES:
            where = ", ".join(dict.fromkeys(begun))
            return _failed(job, f"{job.video}: the process that worked on it was lost {len(begun)} times, on {where}")
        if not job.video.exists():
            return _failed(job, f"{job.video} is not seen on {machine}: machines must share the folder of the videos")
        if not self._mark.exists():
            return _failed(job, f"{job.out} is not seen on {machine}: machines must share the folder of the results")
        return self._work(job)


def _failed(job: Job, reason: str) -> Outcome:
    return Outcome(job.video, job.out, 0.0, code=REFUSED, reason=reason)


def outcomes(
    jobs: Sequence[Job], address: str = LOCAL, actors: int | None = None, work: Callable[[Job], Outcome] = do
) -> Iterator[Outcome]:
    """Do jobs on a cluster; each outcome as soon as it is there.

    Args:
        jobs: what to do; their folders must be seen from every machine.
        address: as of ``session``.
        actors: processes that work at a time; one for each core of the cluster if not given.
        work: does a job.

    Raises:
        ValueError: Ray is not installed, nobody answers at the address, or its machines lack dance3d.
    """
    # Of a Ray of this machine one core more than actors, so that nothing that Ray Data does itself waits for one.
    with session(address, None if actors is None else actors + 1) as ray, _marked(jobs) as mark:
        cores = int(ray.cluster_resources().get("CPU", 1))
        attempts = ray.remote(num_cpus=0)(Attempts).remote()
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.max_errored_blocks = -1
        # A block for each job, from the items themselves: a reader or a repartition would be tasks that wait for a
        # core, which they never get once actors have all of them.
        rows = [{"number": number} for number in range(len(jobs))]
        done = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
            Worker,
            fn_constructor_args=(list(jobs), attempts, Path.cwd(), mark, work),
            compute=ray.data.ActorPoolStrategy(size=min(actors or cores, len(rows)), max_tasks_in_flight_per_actor=1),
            num_cpus=1,
        )
        left = dict(enumerate(jobs))
        for row in done.iter_rows():
            del left[row["number"]]
            yield row["outcome"]
        for job in left.values():
            yield _failed(job, f"{job.video}: no result came back; Ray's log says why")


@contextmanager
def _marked(jobs: Sequence[Job]) -> Iterator[Path]:
    """A file beside the folders of the results, as long as the work goes on."""
    folder = Path(os.path.commonpath([job.out.absolute().parent for job in jobs]))
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / f".dance3d-{uuid4().hex}"
    mark.touch()
    try:
        yield mark
    finally:
        mark.unlink(missing_ok=True)
