"""Jobs by Ray Data: actors whose nets stay loaded from video to video, on every machine of a cluster."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from dance3d.io.device_choice import VARIABLE, device_choice
from dance3d.io.operating_system import usable_cores
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.pipeline.many.job import Job, News, Outcome, do
from dance3d.pipeline.many.share import LIMITS, Share
from dance3d.pipeline.on_ray.session import LOCAL, session
from dance3d.pipeline.on_ray.shares import share_out

TRIES = 3
"""How often a video is begun whose worker is lost, before it counts as a failure; chosen."""
LOG = "/tmp/ray/session_latest/logs/ray-data"
PER_GPU = 8
"""Workers that share a GPU, unless a number is asked for; chosen."""


class Attempts:
    """Where each job was begun: Ray begins one again whose worker is lost, without end and without a word."""

    def __init__(self) -> None:
        self._begun: dict[int, list[str]] = {}

    def begin(self, number: int, machine: str) -> list[str]:
        """The machines where a job was begun before; this one is noted."""
        before = list(self._begun.setdefault(number, []))
        self._begun[number].append(machine)
        return before

    def end(self, number: int) -> None:
        """The job was done: no worker was lost, though Ray may ask for it again if the answer is."""
        self._begun[number].pop()


@dataclass(frozen=True)
class Answer:
    """What a worker sends back.

    Attributes:
        lines: of the log, each with its level.
        outcome: of the job.
    """

    lines: list[tuple[int, str]]
    outcome: Outcome


class Worker:
    """Does jobs in one process of a cluster; what is loaded once stays loaded.

    Args:
        jobs: of all workers.
        attempts: handle of the actor that counts them.
        folder: in which the command was given; what is relative is seen from there.
        mark: a file beside the results, by which a machine knows that it shares their folder.
        threads: that libraries may use.
        device: of the nets, as ``DANCE3D_DEVICE`` has it.
        level: of the log.
        work: does a job.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        attempts: Any,
        folder: Path,
        mark: Path,
        threads: int,
        device: str,
        level: int,
        work: Callable[[Job], Outcome],
    ) -> None:
        self._jobs, self._attempts, self._mark, self._level, self._work = jobs, attempts, mark, level, work
        os.environ.update({**dict.fromkeys(LIMITS, str(threads)), VARIABLE: device})
        logging.getLogger("dance3d").setLevel(level)
        if folder.is_dir():
            os.chdir(folder)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row ``number`` of a job, with the ``answer``."""
        import ray

        number, machine = int(row["number"]), platform.node()
        begun = ray.get(self._attempts.begin.remote(number, machine))
        with _heard() as lines:
            if begun and self._level <= logging.WARNING:
                lines.append((logging.WARNING, f"begun again: a worker was lost on {', '.join(begun)}"))
            outcome = self._do(self._jobs[number], begun, machine)
        self._attempts.end.remote(number)
        return {"number": number, "answer": Answer(lines, outcome)}

    def _do(self, job: Job, begun: Sequence[str], machine: str) -> Outcome:
        if len(begun) >= TRIES:
            where = ", ".join(dict.fromkeys(begun))
            return _failed(job, f"{job.video}: the process that worked on it was lost {len(begun)} times, on {where}")
        if not job.video.exists():
            return _failed(job, f"{job.video} is not seen on {machine}: machines must share the folder of the videos")
        if self._mark.exists():
            return self._work(job)
        if not job.store:
            shared = "machines must share the folder of the results, or a store (--store)"
            return _failed(job, f"{job.out} is not seen on {machine}: {shared}")
        with TemporaryDirectory() as place:
            return self._work(replace(job, out=Path(place) / "out"))


@contextmanager
def _heard() -> Iterator[list[tuple[int, str]]]:
    """Lines of this package's log, as long as the ``with`` block goes on."""
    lines: list[tuple[int, str]] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append((record.levelno, record.getMessage()))  # type: ignore[method-assign]
    ours = logging.getLogger("dance3d")
    ours.addHandler(handler)
    try:
        yield lines
    finally:
        ours.removeHandler(handler)


def _failed(job: Job, reason: str) -> Outcome:
    return Outcome(job.video, job.out, 0.0, code=REFUSED, reason=reason)


@contextmanager
def news_of(
    jobs: Sequence[Job],
    address: str = LOCAL,
    actors: int | None = None,
    level: int = logging.WARNING,
    work: Callable[[Job], Outcome] = do,
) -> Generator[tuple[Share, Iterator[tuple[int, News]]], None, None]:
    """Do jobs on a cluster.

    All actors are of one kind: finding people in frames takes most of the time, and is where a GPU helps. The stages
    after it take a few hundredths; actors of their own for these, with the GPUs, would mostly wait.

    Args:
        jobs: what to do; their videos must be seen from every machine, and so must their folders or a store.
        address: as of ``session``.
        actors: processes that work at a time; one for each core of the cluster if not given, or ``PER_GPU`` for each
            GPU where the nets that take the time use GPUs.
        level: of the log.
        work: does a job.

    Yields:
        The processes and threads of each, and the jobs' numbers with their news: when a job ends, lines of its log and
        its outcome.

    Raises:
        ValueError: Ray is not installed, nobody answers at the address, or its machines cannot begin to work.
    """
    with session(address, max(actors or 1, usable_cores())) as ray, _marked(jobs) as mark:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        device = device_choice()
        wants_gpu = device != "cpu" and (device != "auto" or _gpus_help(jobs))
        share = share_out(ray.nodes(), min(actors, len(jobs)) if actors else None, wants_gpu, PER_GPU)
        if device.startswith("cuda") and not share.gpus:
            raise ValueError(f"{VARIABLE} is {device!r}, but Ray counts no GPU on its machines")
        many = min(share.number, len(jobs))
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.max_errored_blocks = -1
        # A block for each job, from the items themselves: a reader or a repartition would be tasks that wait for a
        # core, which they never get once actors have all of them.
        rows = [{"number": number} for number in range(len(jobs))]
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        attempts = ray.remote(num_cpus=0, scheduling_strategy=here)(Attempts).remote()  # another machine may be lost
        device = device.partition(":")[0] if share.gpus else "cpu"
        given = (list(jobs), attempts, Path.cwd(), mark, share.cores, device, level, work)
        done = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
            Worker,
            fn_constructor_args=given,
            compute=ray.data.ActorPoolStrategy(size=many, max_tasks_in_flight_per_actor=1),
            num_cpus=share.cores,
            num_gpus=share.gpus,
        )
        yield Share(many, share.cores), _every_outcome(jobs, done.iter_rows())


def _every_outcome(jobs: Sequence[Job], rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, News]]:
    """One outcome for each job, whatever comes back.

    Raises:
        ValueError: Ray has ended the work, most likely before it began.
    """
    from ray.exceptions import RayError

    left = dict(enumerate(jobs))
    try:
        for row in rows:
            number, answer = row["number"], row["answer"]
            job, outcome = left.pop(number), answer.outcome
            for level, line in answer.lines:
                yield number, News(level=level, line=line)
            away = outcome.code == 0 and outcome.out != job.out
            yield number, News(outcome=do(job) if away else outcome)  # what was done elsewhere comes out of the store
    except RayError as error:
        why = str(error).strip().splitlines()[-1]
        raise ValueError(f"Ray ended the work ({why}); is dance3d, this version, on all of its machines?") from error
    for number, job in left.items():
        yield number, News(outcome=_failed(job, f"{job.video}: no result came back; Ray's log, {LOG}, says why"))


def _gpus_help(jobs: Sequence[Job]) -> bool:
    """Whether what takes the time uses a GPU: the detector of bodies, or an onnxruntime that is made for one."""
    import onnxruntime

    of_bodies = any(job.pose_from == "detect" for job in jobs)
    return of_bodies or "CUDAExecutionProvider" in onnxruntime.get_available_providers()


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
