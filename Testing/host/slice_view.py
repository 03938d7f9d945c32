"""A slice view drawn by Slicer's own displayable managers, off screen."""

import vtk

SEGMENTS = "vtkMRMLSegmentationsDisplayableManager2D"


class SliceView:
    """One slice view of a scene: the image in renderer layer 0, displayable managers in layer 1."""

    def __init__(self, slicer, name, size):
        self._logic = slicer.app.logics[name]
        self.node = self._logic.GetSliceNode()
        scene = slicer.mrmlScene
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetSize(*size)
        self._window.SetNumberOfLayers(2)
        self._image = vtk.vtkRenderer()
        self._image.SetLayer(0)
        self._over = vtk.vtkRenderer()
        self._over.SetLayer(1)
        for renderer in (self._image, self._over):
            renderer.GetActiveCamera().ParallelProjectionOn()
            self._window.AddRenderer(renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        self._application = slicer.vtkMRMLApplicationLogic()
        self._application.SetMRMLScene(scene)
        factory.SetMRMLApplicationLogic(self._application)
        if not factory.IsDisplayableManagerRegistered(SEGMENTS):
            factory.RegisterDisplayableManager(SEGMENTS)
        self.node.SetDimensions(*size, 1)
        self._group = factory.InstantiateDisplayableManagers(self._over)
        self._group.SetMRMLDisplayableNode(self.node)

    def zoom(self, share):
        """Show the whole volume, then `share` of it around where the view was centred."""
        matrix = self.node.GetSliceToRAS()
        centre = [matrix.GetElement(axis, 3) for axis in range(3)]
        self._logic.FitSliceToAll(*self.node.GetDimensions()[:2])
        self.node.SetFieldOfView(*(size * share for size in self.node.GetFieldOfView()[:2]), self.node.GetFieldOfView()[2])
        self.node.JumpSliceByCentering(*centre)

    def close(self):
        """Let the displayable managers go before the scene does."""
        self._group.SetMRMLDisplayableNode(None)

    def picture(self, path):
        """Draw, and write a PNG."""
        self._logic.UpdatePipeline()
        mapper = vtk.vtkImageMapper()
        mapper.SetColorWindow(255)
        mapper.SetColorLevel(127.5)
        mapper.SetInputConnection(self._logic.GetImageDataConnection())
        actor = vtk.vtkActor2D()
        actor.SetMapper(mapper)
        self._image.RemoveAllViewProps()
        self._image.AddActor2D(actor)
        self._window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._window)
        grab.ReadFrontBufferOff()
        grab.Update()
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(grab.GetOutputPort())
        writer.Write()
