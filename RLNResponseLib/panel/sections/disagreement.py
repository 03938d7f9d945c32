"""The Disagreement section: where two readings of an unblinded study differ, one click from both contours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.analysis.disagreement import (
    Disagreement,
    Disagreements,
    ReadingComparison,
    difference_limits,
    listed_in,
)
from RLNResponseLib.commands import agreement
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.wording import signed
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.panel.background_command import BackgroundCommand
from RLNResponseLib.panel.comparison_opening import ComparisonOpening
from RLNResponseLib.panel.sections.section import PanelContext, StudyCommandSection
from RLNResponseLib.panel.widgets.keys import shortcut
from RLNResponseLib.panel.widgets.pair_gauge import PairGauge
from RLNResponseLib.panel.widgets.plot_place import plot_views
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.tables import fill, prepare
from RLNResponseLib.report.figures.score import feature_label
from RLNResponseLib.report.text.disagreement import comparison_sentences, disagreement_cells
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.scene.contouring_views import zoom
from RLNResponseLib.scene.disagreement import DisagreementNodes, close_disagreement, refuse_beside_reading
from RLNResponseLib.scene.score_plot import (
    add_difference_plot,
    add_score_plot,
    has_score_plot,
    lymph_node_of_point,
    remove_score_plot,
)
from RLNResponseLib.scene.views import jump_to, show_in_slices

# Two outlines that lie close to one another.
_FIELD_MM = 80.0
_NEXT_KEY, _PREVIOUS_KEY = "Ctrl+Shift+Down", "Ctrl+Shift+Up"
# By what a click on each of the table's headers sorts.
_SORTED_BY: tuple[Callable[[Disagreement], Any], ...] = (
    lambda row: row.lymph_node,
    lambda row: -abs(row.difference),
    lambda row: row.scores[0],
    lambda row: row.scores[1],
    lambda row: row.overlap.dice,
    lambda row: -row.overlap.hd95_mm,
    lambda row: row.overlap.surface_dice_2mm,
)


class DisagreementSection(StudyCommandSection):
    """Shows the list that `rlnresponse agreement --disagreements` wrote; a row or a point opens both contours."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "DisagreementSection")
        ui, guarded = self._ui, context.status.guarded
        self._lists: tuple[Disagreements, ...] = ()
        self._rows: list[Disagreement] = []
        # Which one is chosen: in the scene, or on its way there.
        self._opened_name = ""
        self._plot_views: list[Any] = []
        self._command = BackgroundCommand(
            ui.disagreementBar, ui.disagreementCancelButton, (ui.listButton,), context.status
        )
        self._opening = ComparisonOpening(
            context.scene, ui.openingBar, ui.openingCancelButton, context.status, self._show_opened, self.close
        )
        headers = [_("Lymph node"), _("Difference"), _("First"), _("Second"), _("Dice"), _("HD95"), _("Surface Dice")]
        prepare(ui.disagreementTable, headers, wide=0)
        ui.disagreementTable.horizontalHeader().connect("sectionClicked(int)", guarded(self._sort))
        ui.disagreementTable.connect("itemSelectionChanged()", guarded(self._open_chosen))
        ui.listButton.connect("clicked(bool)", guarded(self._list))
        ui.plotButton.connect("clicked(bool)", guarded(self._plot))
        ui.differencesButton.connect("clicked(bool)", guarded(self._plot_differences))
        ui.listBox.connect("currentIndexChanged(int)", guarded(self._show_list))
        ui.previousButton.connect("clicked(bool)", guarded(lambda: self._step(-1)))
        ui.nextButton.connect("clicked(bool)", guarded(lambda: self._step(1)))
        ui.closeButton.connect("clicked(bool)", guarded(self._close_and_unsay))
        self._shortcuts = [
            shortcut(self.widget, key, guarded(lambda step=step: self._step(step)))
            for key, step in ((_NEXT_KEY, 1), (_PREVIOUS_KEY, -1))
        ]
        self._gauges: list[Any] = []
        self._questions = (
            QuestionMark("difference", "dice", "hd95", "surface-dice").beside(ui.listBox),
            QuestionMark("difference", "dice", "hd95", "surface-dice", "volume").beside(ui.differenceLabel),
        )
        context.signals.reading_opened.connect(lambda _nodes: self._clear())
        self.show_study()
        self.show_state()
        self.widget.collapsed = True

    @property
    def has_results(self) -> bool:
        """Whether the disagreements were listed."""
        return self._unblinded_study is not None and agreement.disagreements_file(self._unblinded_study).is_file()

    def show_study(self) -> None:
        """Show the list that was made of the study before."""
        self._clear()
        study = self._unblinded_study
        file = None if study is None else agreement.disagreements_file(study)
        self._lists = () if file is None or not file.is_file() else listed_in(read_table(file), published_models())
        blocked = self._ui.listBox.blockSignals(True)
        self._ui.listBox.clear()
        for listed in self._lists:
            first, second = listed.pair.words
            self._ui.listBox.addItem(
                _("{score}: {first} and {second}").format(score=listed.model.title, first=first, second=second)
            )
        self._ui.listBox.blockSignals(blocked)
        self._show_list()

    def exit(self) -> None:
        """Another module is shown: its keys are its own, and nothing comes into its views."""
        self._keys(False)
        self._forget_plot_views()
        if self._opening.is_waiting:
            self.close()

    def enter(self) -> None:
        """The module is shown."""
        self._keys(bool(self._opened_name))
        if has_score_plot(self._context.scene):
            self._watch_plot_views()

    def scene_closing(self) -> None:
        """The scene is about to be emptied: what is shown goes with it."""
        self._clear()

    def cleanup(self) -> None:
        """The panel goes, and what it showed."""
        self._clear()
        super().cleanup()

    def close(self) -> None:
        """Take both contours and their CT out of the scene."""
        self._opening.stop()
        close_disagreement(self._context.scene)
        self._opened_name = ""
        self._keys(False)
        self._show_detail(None)
        table = self._ui.disagreementTable
        blocked = table.blockSignals(True)
        table.clearSelection()
        table.setCurrentCell(-1, -1)
        table.blockSignals(blocked)

    def _close_and_unsay(self) -> None:
        """By hand: the status line names what is no longer there."""
        self.close()
        self._context.status.say("")

    def _clear(self) -> None:
        """Nothing of the study stays in the scene."""
        self.close()
        self._forget_plot_views()
        remove_score_plot(self._context.scene)

    def _list(self) -> None:
        study = self._opened()
        study.refuse_while_blinded("The readers' disagreements")
        arguments = [*agreement.arguments(study), "--disagreements", str(agreement.disagreements_file(study))]
        self._command.start(arguments, self._listed, _("Scoring both readings of every lymph node."))

    def _listed(self, _printed: str) -> None:
        self.show_study()
        self.show_state()
        self._context.status.say(_("The disagreements are listed; choose a row to see both contours."))

    def _list_shown(self) -> Disagreements | None:
        index = self._ui.listBox.currentIndex
        return self._lists[index] if 0 <= index < len(self._lists) else None

    def _show_list(self) -> None:
        listed = self._list_shown()
        self._rows = [] if listed is None else list(listed.rows)
        self._fill()
        ui = self._ui
        for widget in (ui.listBox, ui.disagreementTable, ui.plotButton, ui.differencesButton):
            widget.visible = listed is not None
        self.close()

    def _fill(self, chosen: int = -1) -> None:
        fill(self._ui.disagreementTable, [_cells(row) for row in self._rows], chosen)

    def _sort(self, column: int) -> None:
        name = self._opened_name
        self._rows.sort(key=_SORTED_BY[column])
        names = [row.lymph_node for row in self._rows]
        self._fill(names.index(name) if name in names else -1)

    def _open_chosen(self) -> None:
        row = self._ui.disagreementTable.currentRow()
        if 0 <= row < len(self._rows):
            self._open(self._rows[row].lymph_node)

    def _open(self, lymph_node: str) -> None:
        listed = self._list_shown()
        if listed is None or lymph_node == self._opened_name:
            return
        # What is chosen and what is seen are never two lymph nodes.
        self._opening.stop()
        close_disagreement(self._context.scene)
        self._show_detail(None)
        self._opened_name = lymph_node
        try:
            refuse_beside_reading(self._context.scene)
            self._opening.open(self._opened(), listed.model.id, listed.pair, lymph_node)
        except Exception:
            self.close()
            raise
        self._keys(True)

    def _show_opened(self, comparison: ReadingComparison, nodes: DisagreementNodes) -> None:
        show_in_slices(self._context.scene, nodes.volume)
        zoom(self._context.scene, _FIELD_MM)
        jump_to(self._context.scene, nodes.centre_mm)
        self._show_detail(comparison)
        first, second = comparison.pair.words
        self._context.status.say(
            _("{name}: yellow {first}, blue {second}, shaded where they differ.").format(
                name=comparison.lymph_node, first=first, second=second
            )
        )

    def _step(self, step: int) -> None:
        """The next lymph node of the table, or the one before."""
        if not self._rows:
            return
        names = [row.lymph_node for row in self._rows]
        now = names.index(self._opened_name) if self._opened_name in names else (-1 if step > 0 else len(names))
        self._ui.disagreementTable.setCurrentCell(min(max(now + step, 0), len(names) - 1), 0)

    def _show_detail(self, comparison: ReadingComparison | None) -> None:
        ui = self._ui
        for widget in (ui.gaugePlace, ui.differenceLabel, ui.closeButton):
            widget.visible = comparison is not None
        for widget in (ui.previousButton, ui.nextButton):
            widget.visible = bool(self._rows)
        if comparison is None:
            ui.differenceLabel.text = ""
            return
        for position, change in enumerate(comparison.scores):
            if position == len(self._gauges):
                self._gauges.append(PairGauge())
                ui.gaugePlace.layout().addWidget(self._gauges[-1])
            self._gauges[position].show_scores(change, comparison.pair.words)
        terms = [
            f"{signed(feature.contribution)}  {feature_label(feature.name)}"
            for change in comparison.scores
            for feature in change.features
        ]
        ui.differenceLabel.text = "\n".join([*texts(comparison_sentences(comparison)), _("Of the difference:"), *terms])

    def _plot(self) -> None:
        listed = self._list_shown()
        if listed is not None:
            refuse_beside_reading(self._context.scene)
            cutoff = listed.model.cutoff.value
            self._show_plot(add_score_plot(self._context.scene, listed.model.title, listed.rows, cutoff))

    def _plot_differences(self) -> None:
        listed = self._list_shown()
        if listed is not None:
            refuse_beside_reading(self._context.scene)
            limits = difference_limits(listed.rows)
            self._show_plot(add_difference_plot(self._context.scene, listed.model.title, listed.rows, limits))

    def _show_plot(self, chart: Any) -> None:
        self._context.plots.show(chart)
        self._watch_plot_views()

    def _watch_plot_views(self) -> None:
        """Hear of points that are clicked, in whatever mode a plot view is: only the views themselves tell."""
        self._forget_plot_views()
        for view in plot_views():
            picked = self._context.status.guarded(self._picked)
            view.connect("dataSelected(vtkStringArray*,vtkCollection*)", picked)
            self._plot_views.append((view, picked))

    def _forget_plot_views(self) -> None:
        views, self._plot_views = self._plot_views, []
        for view, picked in views:
            # A view that went with its layout or with Slicer's window needs none: PythonQt raises ValueError.
            with suppress(ValueError):
                view.disconnect("dataSelected(vtkStringArray*,vtkCollection*)", picked)

    def _picked(self, series: Any, points: Any) -> None:
        """A point of the plot is chosen: the first of them, where several are."""
        for number in range(series.GetNumberOfValues()):
            selected = points.GetItemAsObject(number)
            if selected is None or not selected.GetNumberOfValues():
                continue
            name = lymph_node_of_point(self._context.scene, series.GetValue(number), int(selected.GetValue(0)))
            names = [row.lymph_node for row in self._rows]
            if name in names:
                self._ui.disagreementTable.setCurrentCell(names.index(name), 0)
                return

    def _keys(self, are_ours: bool) -> None:
        for key in self._shortcuts:
            key.enabled = are_ours


def _cells(row: Disagreement) -> list[str]:
    """As the terminal's table has it, the groups as marks beside the scores: a panel is narrow."""
    name, first, second, first_group, second_group, difference, *others = disagreement_cells(row)
    mark = " ⚠" if row.changes_group else ""
    return [f"{name}{mark}", difference, f"{first}\n{first_group}", f"{second}\n{second_group}", *others]
