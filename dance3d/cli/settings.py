"""``dance3d settings``: what stages read beside their inputs, as text, as a YAML to edit, or as documentation."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from dance3d.cli.options import POSE_FROM, Parser, sentence
from dance3d.registry import DEFAULT_POSES, STAGES, get
from dance3d.stages.settings import Setting, described, purpose

WIDTH = 100
HEAD = (
    "What each stage reads when it runs, beside its inputs, for dance3d run VIDEO -c FILE. Every value here is the "
    "default. Made by dance3d settings --as yaml."
)
PAGE = """# Settings

What each stage reads when it runs, beside its inputs. All of it counts in the key under which the stage's output is
[kept](runner.md). To change something, from the quickest to what lasts:

```
dance3d run clip.mp4 --set lift.height=1.7 keypoints.people=2   # one run
dance3d settings --as yaml > mine.yaml                          # every setting with its default, to edit
dance3d run clip.mp4 -c mine.yaml
```

In Python: `dance3d.run("clip.mp4", settings={"lift": {"height": 1.7}})`; the value may also be an object of the class,
`LiftSettings(height=1.7)` of `dance3d.stages.lift.settings`. A value of another type, out of range or not among the
choices is refused before anything runs.

This page is made from the classes by `dance3d settings --as markdown`."""


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option(
        "stages", nargs="*", metavar="STAGE", offers=tuple(STAGES), help=f"of {', '.join(STAGES)}; all if none is given"
    )
    text = "how to write them: text (default), yaml for dance3d run -c, or markdown"
    parser.option("--as", dest="form", choices=tuple(FORMS), default="text", help=text)


def run(options: Any) -> None:
    """Print the settings of stages."""
    print(FORMS[options.form](tuple(get(name).name for name in options.stages)))


def as_text(stages: tuple[str, ...] = ()) -> str:
    """For a terminal.

    Args:
        stages: whose settings; of all if empty.
    """
    lines = []
    for name in stages or STAGES:
        lines += [f"{name}: {purpose(STAGES[name].settings)}", ""]
        for one in described(STAGES[name].settings):
            lines.append(f"  {name}.{one.name}={_yaml(one.default)}")
            lines += _wrapped(_text(one), " " * 6)
        lines.append("")
    return "\n".join(lines).rstrip()


def as_yaml(stages: tuple[str, ...] = ()) -> str:
    """For ``dance3d run -c``; arguments as of ``as_text``."""
    lines = _wrapped(HEAD, "# ")
    if not stages:
        lines += ["", *_wrapped(sentence(POSE_FROM), "# "), f"pose_from: {DEFAULT_POSES}"]
    for name in stages or STAGES:
        lines += ["", *_wrapped(purpose(STAGES[name].settings), "# "), f"{name}:"]
        for one in described(STAGES[name].settings):
            lines += _wrapped(_text(one), "  # ")
            lines.append(f"  {one.name}: {_yaml(one.default)}")
    return "\n".join(lines)


def as_markdown(stages: tuple[str, ...] = ()) -> str:
    """For the documentation; arguments as of ``as_text``."""
    lines = [PAGE]
    for name in stages or STAGES:
        lines += ["", f"## {name}", "", f"{purpose(STAGES[name].settings)} See [{name}]({name}.md).", ""]
        lines += ["| setting | default | meaning |", "|---|---|---|", *_rows(name)]
    return "\n".join(lines)


def _rows(stage: str) -> Iterator[str]:
    for one in described(STAGES[stage].settings):
        default = "none" if one.default is None else f"`{_yaml(one.default)}`"
        yield f"| `{one.name}` | {default} | {_marked(one)} |"


def _marked(one: Setting) -> str:
    return sentence(one.description(quote="`").replace("``", "`").replace("|", "\\|"))


def _text(one: Setting) -> str:
    return sentence(one.description().replace("``", ""))


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


FORMS = {"text": as_text, "yaml": as_yaml, "markdown": as_markdown}
