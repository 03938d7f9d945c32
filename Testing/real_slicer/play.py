"""Plays the panel in a real Slicer as its users would, measures, and draws each state at 350, 440 and 600 px.

`make slicer-test SLICER=…` runs it, in Slicer's own Python; RLNRESPONSE_PLAY names the folder of the pictures,
RLNRESPONSE_PLAYS the plays where not all are wanted. Slicer's exit code is 1 where something that must happen does not.
Research use only, not a medical device.
"""

import os
import sys
import tempfile
import traceback
from pathlib import Path

import qt
import slicer

sys.path.insert(0, str(Path(__file__).parent))

from application import Application
from coordinating import coordinator
from disagreeing import disagreement
from first_time import first_time_user
from painting import painter
from reading import reader

PLAYS = {
    "first-time": first_time_user,
    "reader": reader,
    "coordinator": coordinator,
    "disagreement": disagreement,
    "painter": painter,
}


def main() -> None:
    """Every play, one after the other."""
    pictures = Path(os.environ.get("RLNRESPONSE_PLAY", "demo-output/slicer-play"))
    pictures.mkdir(parents=True, exist_ok=True)
    application = Application(pictures)
    for name in os.environ.get("RLNRESPONSE_PLAYS", ",".join(PLAYS)).split(","):
        print(f"{name}:", flush=True)
        slicer.mrmlScene.Clear(False)
        with tempfile.TemporaryDirectory(prefix="RLNResponse-play-") as folder:
            PLAYS[name](application, Path(folder))


def _run() -> None:
    try:
        main()
    except BaseException:
        traceback.print_exc()
        slicer.util.exit(1)
    else:
        print("The play passed.")
        slicer.util.exit(0)
    finally:
        sys.stdout.flush()


qt.QTimer.singleShot(1000, _run)
