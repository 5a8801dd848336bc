"""The command line: ``main`` and one file per command, each with its own parser."""

from dance3d.cli.main import main as main
