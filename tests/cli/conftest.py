"""What every proof of the command line needs: a terminal."""

from tests.cli.terminal import terminal

__all__ = ["terminal"]
