"""The abbreviations of the report, in one list."""

from __future__ import annotations

ABBREVIATIONS = (
    ("AC1", "Gwet's coefficient of agreement on groups"),
    ("AUC", "area under the receiver operating characteristic (ROC) curve; AUC(24): at 24 months, by cumulative cases"),
    ("CR, PR, SD, PD", "complete response, partial response, stable disease, progressive disease, by RECIST"),
    ("CR2", "bias-reduced errors by patient, for few patients (Pustejovsky and Tipton)"),
    ("CT", "computed tomography"),
    ("df", "degrees of freedom"),
    ("GLCM, GLDM, GLRLM, GLSZM, NGTDM", "grey level co-occurrence, dependence, run length and size zone matrices, and "
     "neighbouring grey tone difference matrix: classes of features"),
    ("HD95", "95th percentile of the Hausdorff distance of two contours"),
    ("HR", "hazard ratio"),
    ("ICC", "intraclass correlation coefficient"),
    ("IPA", "index of prediction accuracy, the scaled Brier score"),
    ("κ (kappa)", "Cohen's coefficient of agreement on groups"),
    ("LASSO", "least absolute shrinkage and selection operator; λ (lambda): its penalty, λ.1se: the largest within one "
     "standard error of the best"),
    ("MAPE", "mean absolute prediction error: how far a probability moves over the resamples, on average"),
    ("RECIST", "Response Evaluation Criteria in Solid Tumours"),
    ("REML", "restricted maximum likelihood"),
    ("SD", "standard deviation, beside a mean; stable disease, of a response"),
    ("SE", "standard error"),
)  # fmt: skip


def abbreviation_lines() -> tuple[str, ...]:
    """Each abbreviation with what it stands for, in order of the alphabet.

    Returns
    -------
    tuple of str
    """
    return tuple(f"{short}: {words}." for short, words in ABBREVIATIONS)
