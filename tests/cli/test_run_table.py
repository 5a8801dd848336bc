import io
from argparse import Namespace
from pathlib import Path

from dance3d.cli.run_table import RunTable
from dance3d.pipeline.many.job import News, Outcome
from dance3d.pipeline.many.share import Share

PLAIN = Namespace(quiet=False, verbose=False, explain=False)


def outcome(code=0, cached=False, reason="", dancers=1):
    result = {
        "dancers": [{}] * dancers,
        "genre": {"best": "salsa"},
        "stages": [{"cached": True}, {"cached": cached}],
    }
    return Outcome(Path("a.mp4"), Path("out/a"), 10.0, None if code else result, code, reason)


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def shown(*heard, options=PLAIN, out=None, clock=None):
    out = out or io.StringIO()
    with RunTable(["a", "b\udcff", "c", "d"], Share(2, 1), options, out, clock or Clock()) as table:
        for number, news in heard:
            table.hear(number, news)
    return out.getvalue(), table


def test_elsewhere_than_on_a_terminal_each_video_is_a_line(capsys):
    text, table = shown(
        (0, News()),
        (0, News("keypoints", "never made here")),
        (0, News(outcome=outcome(dancers=2))),
        (1, News(outcome=outcome(3, reason="b: broken"))),
        (2, News(outcome=outcome(cached=True))),
    )
    assert text.splitlines() == ["4 videos, 2 processes of 1 thread", "[1/4] a: 10.0 s, 2 dancers, salsa"]
    assert capsys.readouterr().err == "dance3d: b: broken\n"
    assert str(table) == "3 of 4 videos, 1 failed, 0:05 left"


def test_nothing_is_known_of_the_time_before_a_video_is_done():
    assert str(shown((2, News(outcome=outcome(cached=True))))[1]) == "1 of 4 videos, time left unknown"


def test_after_a_silence_a_line_says_how_far_it_is():
    clock = Clock()
    out = io.StringIO()
    with RunTable(["a"], Share(1, 2), PLAIN, out, clock) as table:
        for second in range(61):
            clock.now = second
            table.hear(0, News("keypoints", done=second, expected=100))
    status = "  0 of 1 video, time left unknown"
    assert out.getvalue().splitlines() == ["1 video, 1 process of 2 threads", status, status]


def test_quiet_prints_the_results_and_verbose_why_each_stage_runs(capsys):
    heard = [(0, News("lift", "changed: settings")), (0, News(outcome=outcome()))]
    assert shown(*heard, options=Namespace(quiet=True, verbose=False, explain=False))[0] == "out/a/report.html\n"
    assert (
        "  a: lift (changed: settings)\n"
        in shown(*heard, options=Namespace(quiet=False, verbose=False, explain=True))[0]
    )


def test_a_line_of_the_log_names_its_video(capsys):
    shown((1, News(level=30, line="cache: damaged")))
    assert capsys.readouterr().err == "b\\udcff: cache: damaged\n"


def test_a_terminal_gets_a_table_of_what_is_at_work(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    clock, out = Clock(), Terminal()
    with RunTable(["a", "[red]b", "c"], Share(2, 1), PLAIN, out, clock) as table:
        table.hear(0, News("keypoints", "why"))
        for second in range(1, 5):
            clock.now = float(second)
            table.hear(0, News("keypoints", done=10 * second, expected=100))
            table.hear(1, News("lift", "why"))
        table.hear(2, News(outcome=outcome()))
    text = out.getvalue()
    assert "40 of 100 (40%) frames, 10.0 frames/s, 0:06 left" in text and "[red]b" in text and "lift" in text
    assert "[1/3] c: 10.0 s, 1 dancer, salsa" in text and "0 of 3 videos" in text
