"""slicer.parameterNodeWrapper for parameters that are nodes: kept as references of the module's parameter node."""

from PySide6 import QtCore, QtWidgets

CONNECTED = "SlicerParameterName"


def wrapper(cls):
    """The decorator: the class's annotations become properties of the parameter node."""

    class Wrapped:
        def __init__(self, node):
            self.__dict__["parameterNode"] = node
            self.__dict__["_gui"] = {}

        def connectGui(self, widget):
            """Connect the children of `widget` that name one of the parameters; gives what disconnectGui takes."""
            links = []
            for child in _children(widget):
                name = QtCore.QObject.property(child, CONNECTED)
                if name in cls.__annotations__:
                    child.setCurrentNode(getattr(self, name))
                    call = _writer(self, name)
                    child.connect("currentNodeChanged(vtkMRMLNode*)", call)
                    links.append((child, call))
            assert {QtCore.QObject.property(child, CONNECTED) for child, _ in links} == set(cls.__annotations__)
            tag = len(self._gui) + 1
            self._gui[tag] = links
            return tag

        def disconnectGui(self, tag):
            """Undo connectGui."""
            for child, call in self._gui.pop(tag):
                child.disconnect("currentNodeChanged(vtkMRMLNode*)", call)

        def __getattr__(self, name):
            if name in cls.__annotations__:
                return self.parameterNode.GetNodeReference(name)
            raise AttributeError(name)

        def __setattr__(self, name, value):
            if name not in cls.__annotations__:
                raise AttributeError(name)
            self.parameterNode.SetNodeReferenceID(name, None if value is None else value.GetID())

    return Wrapped


def _children(widget):
    return QtWidgets.QWidget.findChildren(widget, QtWidgets.QWidget)


def _writer(wrapped, name):
    def write(node):
        setattr(wrapped, name, node)

    return write
