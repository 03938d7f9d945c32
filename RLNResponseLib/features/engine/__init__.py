"""The 106 features in numpy, by pyradiomics' definitions: nothing here is compiled, and pyradiomics is only a witness.

A `Region` is a contour on its voxels; `matrices` count its grey levels, `shape` measures its surface, and the classes
of `first_order`, `glcm`, `sizes` and `ngtdm` are the formulas. `filters` makes the filtered images that a card may
name.

Definitions: pyradiomics 3.1 (van Griethuysen et al. 2017, doi 10.1158/0008-5472.CAN-17-0339), and IBSI where they
agree.
"""
