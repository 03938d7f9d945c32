"""Contours and scores as DICOM SEG and SR, beside the CT that they refer to."""
