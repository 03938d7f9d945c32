"""What a saved scene remembers of the module."""

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import parameterNodeWrapper


@parameterNodeWrapper
class RLNResponseParameterNode:
    """The CT and the segmentation that are scored. No study is among it."""

    ct: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
