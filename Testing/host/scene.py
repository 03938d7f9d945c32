"""The scene as the application sets it up: colours, slice views, the logics that nodes need."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .refusal import refuse
from .subject_hierarchy import SubjectHierarchy

SLICE_VIEWS = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}
_LOGICS = {
    "colors": "vtkMRMLColorLogic",
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "volumes": "vtkSlicerVolumesLogic",
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "plots": "vtkSlicerPlotsLogic",
    "tables": "vtkSlicerTablesLogic",
}


class Logics:
    """The module logics, made for one scene."""

    def __init__(self, slicer: ModuleType, scene: Any) -> None:
        self._of: dict[str, Any] = {}
        self._layout_manager: Any = None
        for module, name in _LOGICS.items():
            self._of[module] = getattr(slicer, name)()
            self._of[module].SetMRMLScene(scene)
        self._of["colors"].AddDefaultColorNodes()
        self.application = slicer.vtkMRMLApplicationLogic()
        self.application.SetMRMLScene(scene)
        self.subject_hierarchy = SubjectHierarchy(slicer, scene)
        self.slices = {name: self._slice(slicer, scene, name) for name in SLICE_VIEWS}

    def layout_manager(self) -> Any:
        """The application's layout manager, made when it is first asked for: its widgets need the application."""
        if self._layout_manager is None:
            from .standins.slice_views import qSlicerLayoutManager

            self._layout_manager = qSlicerLayoutManager(self.slices)
        return self._layout_manager

    def has(self, name: str) -> bool:
        return name.lower() in self._of

    def of_module(self, name: str) -> Any:
        """The logic of a module, by its name in any case."""
        if name.lower() not in self._of:
            raise refuse(f"the host has no logic of the module {name}")
        return self._of[name.lower()]

    def let_go(self, scene: Any) -> None:
        """Empty the scene and take the logics off it."""
        self.subject_hierarchy.let_go()
        scene.Clear(True)
        for logic in (*self.slices.values(), self.application, *self._of.values()):
            if not logic.IsA("vtkSlicerSubjectHierarchyModuleLogic"):  # it looks for its node in the scene it leaves
                logic.SetMRMLScene(None)

    def _slice(self, slicer: ModuleType, scene: Any, name: str) -> Any:
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLScene(scene)
        node = logic.AddSliceNode(name)
        node.SetOrientation(SLICE_VIEWS[name])
        node.SetMappedInLayout(1)
        return logic


def new_scene(slicer: ModuleType) -> tuple[Any, Logics]:
    """An empty scene that can hold segmentations and read .mrb files."""
    scene = slicer.vtkMRMLScene()
    cache, data_io = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
    scene.SetCacheManager(cache)
    data_io.SetCacheManager(cache)
    scene.SetDataIOManager(data_io)
    return scene, Logics(slicer, scene)
