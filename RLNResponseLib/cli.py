"""The `rlnresponse` command: parses the call, runs one command, turns a refusal into a sentence and an exit code.

Exit 0 done, 1 the data are refused (one sentence on stderr), 2 the call is wrong.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.errors import DataRefusedError, refusal_of
from RLNResponseLib.common.terminal import own_words_only

COMMANDS = (
    "score",
    "features",
    "segments",
    "recist",
    "study",
    "extract",
    "table",
    "rescans",
    "agreement",
    "consensus",
    "fit",
    "validate",
    "centres",
    "endpoint",
    "table1",
    "survival",
    "plan",
    "export",
    "report",
    "demo",
)
DEBUG_VARIABLE = "RLNRESPONSE_DEBUG"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` are the process's own where None.

    Parameters
    ----------
    arguments
        The words of the call; None takes the process's own.

    Returns
    -------
    int
    """
    _tolerate_narrow_encodings()
    if arguments is None:
        signal.signal(signal.SIGTERM, _stop)
    with own_words_only(libraries_too=bool(os.environ.get(DEBUG_VARIABLE))):
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    call = build_parser(words[0] if words else "").parse_args(words)
    try:
        from RLNResponseLib.commands.sealed_paths import refuse_sealed_files

        refuse_sealed_files(call)
        call.run(call)
        sys.stdout.flush()
    except DataRefusedError as refusal:
        from RLNResponseLib.commands.options import PROGRESS_VARIABLE

        # The panel, which runs commands too, has no options to offer.
        return _refused(str(refusal) if os.environ.get(PROGRESS_VARIABLE) == "lines" else refusal.at_terminal)
    except BrokenPipeError:
        # The reader of the pipe (head, less) has gone; Python must not complain of it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _refused("Stopped; nothing was left half-written.")
    except OSError as error:
        return _refused(str(refusal_of(error)))
    except MemoryError:
        return _refused("The command needs more memory than there is; use a smaller file, or another machine.")
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        return _refused(
            f"An error in RLNResponse itself stopped the command ({type(error).__name__}); set "
            f"{DEBUG_VARIABLE}=1 to see where, and report it."
        )
    return 0


def build_parser(first: str = "") -> argparse.ArgumentParser:
    """The parser; each command adds its own part. Where `first` names a command, only that one is imported.

    Parameters
    ----------
    first
        The first word of the call; where it names a command, only that one is imported.

    Returns
    -------
    argparse.ArgumentParser
    """
    parser = argparse.ArgumentParser(
        prog="rlnresponse",
        description=f"Rad-scores for recurrent lymph nodes after esophagectomy. {RESEARCH_USE_ONLY}",
    )
    parser.add_argument("--version", action="version", version=f"rlnresponse {__version__}. {RESEARCH_USE_ONLY}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in [first] if first in COMMANDS else COMMANDS:
        import_module(f"RLNResponseLib.commands.{name}").add_parser(commands)
    return parser


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Asked to end (the panel's Cancel, a scheduler), it ends as with Ctrl-C."""
    raise KeyboardInterrupt


def _refused(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return 1


def _tolerate_narrow_encodings() -> None:
    """Let a terminal that cannot show a sign show '?' instead of stopping the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
