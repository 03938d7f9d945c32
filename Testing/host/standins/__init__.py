"""Stand-ins for CTK's and Slicer's own widgets, on plain Qt and, where nodes are concerned, on the real scene."""

from .. import objects
from .collapsible import ctkCollapsibleButton, ctkCollapsibleGroupBox
from .effects import qSlicerSegmentEditorScriptedEffect
from .node_combo_box import qMRMLNodeComboBox, qMRMLSortFilterProxyModel
from .paths import ctkDirectoryButton, ctkPathLineEdit
from .segment_editor import qMRMLSegmentEditorWidget
from .slice_views import qMRMLPlotView, qMRMLPlotWidget, qMRMLSliceView, qMRMLSliceWidget, qSlicerLayoutManager
from .widgets import (
    ctkDoubleSpinBox,
    ctkSearchBox,
    ctkSliderWidget,
    qMRMLWidget,
    qSlicerScriptedLoadableModuleWidget,
    qSlicerWidget,
)

STAND_INS = (
    ctkCollapsibleButton,
    ctkCollapsibleGroupBox,
    ctkDirectoryButton,
    ctkDoubleSpinBox,
    ctkPathLineEdit,
    ctkSearchBox,
    ctkSliderWidget,
    qMRMLNodeComboBox,
    qMRMLPlotView,
    qMRMLPlotWidget,
    qMRMLSegmentEditorWidget,
    qMRMLSliceView,
    qMRMLSliceWidget,
    qMRMLSortFilterProxyModel,
    qMRMLWidget,
    qSlicerLayoutManager,
    qSlicerScriptedLoadableModuleWidget,
    qSlicerSegmentEditorScriptedEffect,
    qSlicerWidget,
)


def register() -> None:
    """Make the stand-ins known."""
    objects.stand_ins.update({cls.__name__: cls for cls in STAND_INS})
