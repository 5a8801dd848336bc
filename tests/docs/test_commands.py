"""Commands, options, settings and configs that the pages name are those that there are."""

import contextlib
import io
import re
from functools import cache
from inspect import signature

import doc_pages
import pytest
from doc_pages import ROOT
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import StepLR

from dance3d import registry
from dance3d.__main__ import main
from dance3d.training.lr_schedule import Cosine

TRAINING = ("fit", "validate", "test", "predict")
NOT_OURS = {"--keypoint_scale", "--build-arg"}
"""Options of other programs that the pages speak of."""
_OPTION = re.compile(r"(?<![\w-])(--?[a-zA-Z][\w.-]*)")
_SETTING = re.compile(rf"({'|'.join(registry.STAGES)})\.(\w+)(?==|$)")
_FILES = ("npz", "csv", "bvh", "safetensors", "onnx", "yaml", "html", "json", "md", "py", "jsonl", "mp4", "slp")


@cache
def shown(*words: str) -> str:
    """What ``dance3d WORDS --help`` shows."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return text.getvalue()


def options(*words: str) -> frozenset[str]:
    """All options that it tells of."""
    return frozenset(_OPTION.findall(shown(*words)))


def actions(*words: str) -> tuple[str, ...]:
    """The commands, or the actions of a command, that it lists."""
    return tuple(re.findall(r"^    ([a-z][\w-]*)\b", shown(*words), re.M))


@cache
def training_options() -> frozenset[str]:
    """Those of every stage's training, by every method."""
    ways = [
        (stage.name, method) for stage in registry.STAGES.values() if stage.module for method in ("", *stage.methods)
    ]
    found = (options(name, "fit", *(["--method", way] if way else [])) for name, way in ways)
    return frozenset().union(*found, options_of_classes())


@cache
def options_of_classes() -> frozenset[str]:
    """Those of the classes of optimisers and schedules that the pages name, and of those that count by themselves."""
    kinds = {"optimizer": (AdamW, SGD), "lr_scheduler": (Cosine, StepLR)}
    names = {(kind, name) for kind, classes in kinds.items() for one in classes for name in signature(one).parameters}
    return frozenset(f"--{kind}.{name}" for kind, name in names)


def _wrong(command: str) -> str:
    """What is wrong with a command that a page shows; empty if nothing is."""
    words = command.split()[1:]
    named = [word for word in words if not word.startswith("-")]
    if not named:
        return ""
    if named[0] in registry.TRAINABLE:
        if len(named) < 2 or named[1] not in TRAINING:
            return f"a stage is followed by one of {', '.join(TRAINING)}"
        known = options(*named[:2]) | options_of_classes()
    elif named[0] not in actions():
        return f"no command {named[0]}"
    else:
        known = options(*named[: 2 if named[1:2] and named[1] in actions(named[0]) else 1])
    lost = [option for option in _OPTION.findall(command) if option not in known]
    for stage, setting in re.findall(r"(?<=\s)(\w+)\.(\w+)=", command if "--set" in command else ""):
        if stage not in registry.STAGES or setting not in registry.STAGES[stage].settings.names():
            lost.append(f"{stage}.{setting}")
    lost += [path for path in re.findall(r"(?<=-c )configs/\S+", command) if not (ROOT / path).is_file()]
    return f"unknown: {', '.join(lost)}" if lost else ""


WITH_COMMANDS = [page for page in doc_pages.PAGES if doc_pages.commands(page) and page != "CONTRIBUTING.md"]
"""Pages that show commands; those of the recipes are run by ``tests/contributing``."""


@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_every_command_is_one_that_there_is(page):
    wrong = {command: why for command in doc_pages.commands(page) if (why := _wrong(command))}
    assert not wrong, "\n".join(f"{page}: `{command}`: {why}" for command, why in wrong.items())


def test_every_option_named_alone_is_one_of_a_command():
    words = [(), *((name,) for name in actions()), *((name, one) for name in actions() for one in actions(name))]
    every = frozenset().union(*(options(*path) for path in words)) | training_options() | options("lift", "predict")
    every |= NOT_OURS
    lost = [
        (page, span)
        for page in doc_pages.PAGES
        for span in doc_pages.spans(page)
        if span.startswith("--") and not set(_OPTION.findall(span)) <= every
    ]
    assert not lost


def test_every_setting_of_a_stage_is_one_that_it_reads():
    lost = []
    for page in doc_pages.PAGES:
        for span in doc_pages.spans(page):
            named = _SETTING.match(span.removeprefix("--set "))
            if named and named[2] not in (*registry.STAGES[named[1]].settings.names(), *_FILES):
                lost.append((page, span))
    assert not lost


@pytest.mark.parametrize("page", doc_pages.PAGES)
def test_every_setting_of_training_is_one_of_some_stage(page):
    named = re.compile(r"(data|trainer|optimizer|lr_scheduler)\.(?!py$)\w+$")
    spans = [span for span in doc_pages.spans(page) if named.match(span)]
    lost = [span for span in spans if f"--{span}" not in training_options()]
    assert not lost, f"{page} names {', '.join(lost)}"


def test_comments_of_the_configs_name_settings_that_there_are():
    lost = [
        (path.name, word)
        for path in sorted((ROOT / "configs").rglob("*.yaml"))
        for comment in re.findall(r"#(.*)", path.read_text())
        for word in re.findall(r"(?:data|model|trainer|optimizer)\.\w+", comment)
        if f"--{word}" not in training_options()
    ]
    assert not lost


@pytest.mark.parametrize("page", doc_pages.PAGES)
def test_every_make_target_is_in_the_makefile(page):
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    code = [*doc_pages.spans(page), *(block.code for block in doc_pages.blocks(page))]
    named = [target for piece in code for target in re.findall(r"(?:^|\n)\s*make ([a-z][\w-]*)", piece)]
    assert set(named) <= set(targets)
