"""A slice view drawn off screen by Slicer's own slice logic and displayable managers."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import vtk

from .application import SlicerApplication

_MANAGERS = (
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLCrosshairDisplayableManager",
)


class SliceView:
    """One slice view: the image lies in renderer layer 0, what the displayable managers draw in layer 1.

    node  its vtkMRMLSliceNode: offset and orientation are set there
    """

    def __init__(self, slicer: ModuleType, name: str = "Red", size: tuple[int, int] = (400, 400)) -> None:
        logics = SlicerApplication.logics
        self._logic = logics.slices[name]
        self.node = self._logic.GetSliceNode()
        self.node.SetDimensions(*size, 1)
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetSize(*size)
        self._window.SetNumberOfLayers(2)
        image, self._over = self._renderer(0), self._renderer(1)
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        actor = vtk.vtkActor2D()
        actor.SetMapper(self._mapper)
        image.AddViewProp(actor)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(logics.application)
        for manager in _MANAGERS:
            if hasattr(slicer, manager) and not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self._managers = factory.InstantiateDisplayableManagers(self._over)
        self._managers.SetMRMLDisplayableNode(self.node)

    def show(self, volume: Any) -> None:
        """The volume as background, the whole of it in view."""
        self._logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        self._logic.FitSliceToAll(*self.node.GetDimensions()[:2])

    def jump_to(self, ras: tuple[float, float, float]) -> None:
        """Centre on a point, in RAS millimetres."""
        self.node.JumpSliceByCentering(*ras)

    def zoom(self, share: float) -> None:
        """The whole volume in view, then `share` of it around where the view was centred."""
        matrix = self.node.GetSliceToRAS()
        centre = [matrix.GetElement(axis, 3) for axis in range(3)]
        self._logic.FitSliceToAll(*self.node.GetDimensions()[:2])
        width, height, depth = self.node.GetFieldOfView()
        self.node.SetFieldOfView(share * width, share * height, depth)
        self.node.JumpSliceByCentering(*centre)

    def pixels(self) -> Any:
        """The picture as [row, column, RGB], the first row on top, uint8."""
        from vtk.util.numpy_support import vtk_to_numpy

        grab = self._drawn()
        image = grab.GetOutput()
        width, height, _depth = image.GetDimensions()
        return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[::-1, :, :3].copy()

    def picture(self, path: Path | str) -> None:
        """Draw, and write a PNG."""
        drawn = self._drawn()  # the writer does not keep it alive
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(drawn.GetOutputPort())
        writer.Write()

    def close(self) -> None:
        """Let go of the scene."""
        self._managers.SetMRMLDisplayableNode(None)
        self._window.Finalize()

    def _renderer(self, layer: int) -> Any:
        renderer = vtk.vtkRenderer()
        renderer.SetLayer(layer)
        renderer.GetActiveCamera().ParallelProjectionOn()
        self._window.AddRenderer(renderer)
        return renderer

    def _put_over(self, widget: Any) -> None:
        """What a module has put over the view of this name in the application's window."""
        renderers = widget.sliceView().renderWindow().GetRenderers()
        for layer in [renderers.GetItemAsObject(number) for number in range(renderers.GetNumberOfItems())]:
            props = layer.GetViewProps()
            for prop in [props.GetItemAsObject(number) for number in range(props.GetNumberOfItems())]:
                self._over.AddViewProp(prop)

    def _drawn(self) -> Any:
        self._logic.UpdatePipeline()
        self._put_over(SlicerApplication.logics.layout_manager().sliceWidget(self.node.GetLayoutName()))
        connection = self._logic.GetImageDataConnection()
        if connection is None:
            raise ValueError("the slice view shows no volume; call show first")
        self._mapper.SetInputConnection(connection)
        self._window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._window)
        grab.ReadFrontBufferOff()
        grab.Update()
        return grab
