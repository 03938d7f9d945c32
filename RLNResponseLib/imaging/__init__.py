"""CT and contours in: DICOM, RTSTRUCT, DICOM SEG, NRRD, NIfTI; and the checks of both."""
