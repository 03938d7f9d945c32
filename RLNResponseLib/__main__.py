"""`python -m RLNResponseLib` is the `rlnresponse` command."""

import signal
import sys
from types import FrameType

from RLNResponseLib.cli import main


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


# Asked to end (the panel's Cancel, a scheduler), it ends as with Ctrl-C.
signal.signal(signal.SIGTERM, _stop)
sys.exit(main())
