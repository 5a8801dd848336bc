"""``dance3d completion``: a script that lets a shell complete commands, actions, options and their choices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dance3d.cli.options import Parser
from dance3d.registry import STAGES, TRAINABLE

WAYS = {"fit": "train", "validate": "score on what validates", "test": "score on what was held out", "predict": "apply"}
STAGE_OPTIONS = {  # the most used of a stage's LightningCLI, whose parser takes seconds to make
    "--help": "every setting with its meaning",
    "--print_config": "what would be used",
    "--config": "YAML of settings; of several, later ones win",
    "--run_folder": "where the run lives",
    "--resume": "go on from the last checkpoint",
    "--method": "another way to train",
    "--tiny": "learn from small synthetic data",
    "--wandb": "auto, online, offline or off",
    "--ckpt_path": "checkpoint, for all but fit",
    "--verbose": "say more",
    "--quiet": "print errors and the result or its path only",
}


@dataclass
class Place:
    """What may follow after some words of a command line.

    Attributes:
        at: the command and its action, such as ``cache ls``.
        words: commands or actions, options and values that may come here, with a text for each.
        values: what may come after an option that takes a value; nothing where a file or a number does.
    """

    at: str
    words: dict[str, str] = field(default_factory=dict)
    values: dict[str, Sequence[str]] = field(default_factory=dict)


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option("shell", choices=tuple(SHELLS), help="write its output where the shell looks for such scripts")


def run(options: Any) -> None:
    """Print the script."""
    print(SHELLS[options.shell](list(places())), end="")


def places() -> Iterator[Place]:
    """Every place of the command line, from the parsers themselves."""
    from dance3d.cli.main import COMMANDS, parser_of

    start = {"--help": "commands and exit codes"} | {command.name: command.text for command in COMMANDS}
    yield Place("", start | {stage: f"LightningCLI of stage {stage}" for stage in TRAINABLE})
    for command in COMMANDS:
        yield from _of_parser(command.name, parser_of(command.name))
    for stage in TRAINABLE:
        yield Place(stage, {"--help": "its ways to run"} | WAYS)
        values: dict[str, Sequence[str]] = {
            "--method": tuple(STAGES[stage].methods),
            "--resume": ("true", "false"),
            "--tiny": ("true", "false"),
        }
        values |= {"--wandb": ("auto", "online", "offline", "off")} | dict.fromkeys(
            ("-c", "--config", "--run_folder"), ()
        )
        for way in WAYS:
            yield Place(f"{stage} {way}", {**STAGE_OPTIONS, "-c": STAGE_OPTIONS["--config"]}, values)


def _of_parser(at: str, parser: Parser) -> Iterator[Place]:
    place = Place(at)
    for action in parser._actions:
        offered = tuple(parser.offers.get(action.dest) or action.choices or ())
        for name in action.option_strings:
            place.words[name] = str(action.help or "").replace("%%", "%")
            if action.nargs != 0:
                place.values[name] = offered
        if not action.option_strings and not parser.subparsers:
            place.words |= dict.fromkeys(offered, str(action.metavar or action.dest))
    place.words |= {name: (made.description or "").rstrip(".") for name, made in parser.subparsers.items()}
    yield place
    for name, made in parser.subparsers.items():
        yield from _of_parser(f"{at} {name}", made)


def bash(found: Sequence[Place]) -> str:
    """For bash 3.2 and later: ``source <(dance3d completion bash)``."""
    return f"""# bash completion of dance3d; made by: dance3d completion bash
_dance3d() {{
  local at="" word previous="${{COMP_WORDS[COMP_CWORD-1]}}" current="${{COMP_WORDS[COMP_CWORD]}}" offered=""
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
{_walk(found)}
  done
  if [[ $current == "=" || $previous == "=" ]]; then  # bash takes NAME=VALUE apart
    [[ $current == "=" ]] && current="" || previous="${{COMP_WORDS[COMP_CWORD-2]}}"
    [[ $previous == -* ]] || return 0
  fi
{_cases(found, lambda words: f'offered="{" ".join(words)}"')}
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
  [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}}
complete -o default -F _dance3d dance3d
"""


def zsh(found: Sequence[Place]) -> str:
    """For zsh: as ``_dance3d`` in a folder of ``fpath``, or sourced after ``compinit``."""
    return f"""#compdef dance3d
# zsh completion of dance3d; made by: dance3d completion zsh
_dance3d() {{
  local at="" word previous="${{words[CURRENT-1]}}"
  local -a offered
  for word in "${{(@)words[2,CURRENT-1]}}"; do
{_walk(found)}
  done
{_cases(found, lambda words: f"offered=({' '.join(words)})")}
  compadd -- "${{(@)offered}}"
  _files
}}
if [[ $funcstack[1] == _dance3d ]]; then _dance3d "$@"; else compdef _dance3d dance3d; fi
"""


def fish(found: Sequence[Place]) -> str:
    """For fish: as ``dance3d.fish`` in ``~/.config/fish/completions``."""
    known = " ".join(f"'{words}'" for words in _steps(found))
    lines = [
        "# fish completion of dance3d; made by: dance3d completion fish",
        "function __dance3d_at",
        "    set -l at ''",
        "    set -l words (commandline -opc)",
        "    for word in $words[2..-1]",
        f'        if contains -- "$at $word" {known}',
        '            set at (string trim -- "$at $word")',
        "        end",
        "    end",
        '    test "$at" = "$argv[1]"',
        "end",
    ]
    for place in found:
        start = f"complete -c dance3d -n '__dance3d_at \"{place.at}\"'"
        for word, text in place.words.items():
            name = (
                f"-l {word[2:]}"
                if word.startswith("--")
                else f"-s {word[1:]}"
                if word.startswith("-")
                else f"-a {word}"
            )
            values = place.values.get(word)
            choices = f" -x -a '{' '.join(values)}'" if values else " -r" if values is not None else ""
            plain = text.replace("\\", "").replace("'", "\\'")
            lines.append(f"{start} {name}{choices} -d '{plain}'")
    return "\n".join(lines) + "\n"


def _steps(found: Sequence[Place]) -> list[str]:
    """The place that is left and the word that leaves it, for every place but the start."""
    return [" ".join(["", place.at] if " " not in place.at else [place.at]) for place in found if place.at]


def _walk(found: Sequence[Place]) -> str:
    known = " | ".join(f'"{step}"' for step in _steps(found))
    return f'    case "$at $word" in\n      {known}) at="${{at:+$at }}$word" ;;\n    esac'


def _cases(found: Sequence[Place], assign: Callable[[Sequence[str]], str]) -> str:
    """``case`` over options that take values, then over places; the same words in bash and zsh."""
    lines = ['  case "$at $previous" in']
    for place in found:
        for name, values in place.values.items():
            lines.append(f'    "{place.at} {name}") {assign(values)} ;;')
    lines += ['    *) case "$at" in', *(f'      "{place.at}") {assign(list(place.words))} ;;' for place in found)]
    return "\n".join([*lines, "    esac ;;", "  esac"])


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
