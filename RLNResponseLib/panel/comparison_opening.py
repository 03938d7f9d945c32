"""Two readings of a study brought into the scene while Slicer stays usable: read and scored in a process of its own,
then copied a few slices at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.analysis.disagreement import ReadingComparison, ReadingPair
from RLNResponseLib.analysis.handed_over import comparison_arguments, take_over
from RLNResponseLib.panel.background_command import BackgroundCommand, python_command
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.timers import timer
from RLNResponseLib.scene.disagreement import DisagreementNodes, open_disagreement
from RLNResponseLib.study.study import Study

# Most are open before this; a bar that comes and goes at once only flickers.
PATIENCE_MS = 1000
_LOOK_MS = 40


class ComparisonOpening:
    """One at a time: whoever asks for the next one takes back the last.

    Parameters
    ----------
    scene
        The MRML scene.
    bar
        A QProgressBar, in sight from the second second on.
    cancel
        The Cancel button beside it.
    status
        The status line.
    on_open
        Called with the comparison and its nodes once they are in the scene.
    on_failure
        Called where it is refused or cancelled, before the sentence is shown.

    """

    def __init__(
        self,
        scene: Any,
        bar: Any,
        cancel: Any,
        status: StatusLine,
        on_open: Callable[[ReadingComparison, DisagreementNodes], Any],
        on_failure: Callable[[], Any],
    ) -> None:
        self._scene, self._on_open, self._on_failure = scene, on_open, on_failure
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._comparison: ReadingComparison | None = None
        self._steps: Generator[None, None, DisagreementNodes] | None = None
        self._command = BackgroundCommand(bar, cancel, (), status, look_ms=_LOOK_MS, patience_ms=PATIENCE_MS)
        self._timer = timer(0, status.guarded(self._next), repeated=True)

    @property
    def is_waiting(self) -> bool:
        """Whether something is asked for that is not in the scene yet."""
        return self._folder is not None

    def open(self, study: Study, model: str, pair: ReadingPair, lymph_node: str) -> None:
        """Ask for two readings.

        Parameters
        ----------
        study
            Unblinded.
        model
            ID of the score.
        pair
            Which readings.
        lymph_node
            Of which lymph node.

        Raises
        ------
        DataRefusedError
            no-python.

        """
        self.stop()
        self._folder = tempfile.TemporaryDirectory(prefix="rlnresponse-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._command.run(
            [python_command(), *comparison_arguments(study, model, pair, lymph_node, folder)],
            lambda _printed: self._take_over(folder),
            _("Opening '{name}'.").format(name=lymph_node),
            cancelled=_("Cancelled; '{name}' was not opened.").format(name=lymph_node),
            on_failure=self._failed,
        )

    def stop(self) -> None:
        """Take back what was asked for and is not in the scene yet."""
        folder, self._folder = self._folder, None
        self._timer.stop()
        self._command.cleanup()
        # Before the folder: their voxels are a file in it.
        self._steps = self._comparison = None
        if folder is not None:
            folder.cleanup()

    def _take_over(self, folder: Path) -> None:
        handed = take_over(folder)
        self._comparison = handed.comparison
        self._steps = open_disagreement(self._scene, handed.comparison, handed.voxels)
        self._timer.start()

    def _next(self) -> None:
        assert self._steps is not None
        assert self._comparison is not None
        try:
            next(self._steps)
        except StopIteration as end:
            comparison = self._comparison
            self.stop()
            self._on_open(comparison, end.value)
        except Exception:
            self._failed()
            raise

    def _failed(self) -> None:
        self.stop()
        self._on_failure()
