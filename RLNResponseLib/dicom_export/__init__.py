"""Contours and scores as DICOM SEG, RTSTRUCT and SR, beside the CT that they refer to."""
