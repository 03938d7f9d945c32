#!/bin/sh
# Make every stored figure again with R (Debian: r-base-core r-cran-glmnet r-cran-proc r-cran-psych r-cran-lme4 r-cran-survey r-cran-rms r-cran-survival r-cran-cmprsk r-cran-riskregression r-cran-prodlim r-cran-clubsandwich r-cran-metafor r-cran-mice r-cran-brglm2).
# Real data: ../shared/data beside the repository, or the folder that RLNRESPONSE_DATA names.
# penalties.R wants logistf and instability.R pminternal, which Debian lacks: RLNRESPONSE_R_LIBRARY and RLNRESPONSE_PMINTERNAL, as they say.
# Surface Dice and ComBat have no R here: surface_distance_figures.py and combat_figures.py say how their figures are made.
set -eu
cd "$(dirname "$0")"
command -v Rscript >/dev/null || { echo "R is not installed: apt-get install r-base-core r-cran-glmnet r-cran-proc r-cran-psych r-cran-lme4 r-cran-survey r-cran-rms r-cran-survival r-cran-cmprsk r-cran-riskregression r-cran-prodlim r-cran-clubsandwich r-cran-metafor r-cran-mice r-cran-brglm2" >&2; exit 1; }
mkdir -p figures
for script in ${*:-icc.R components.R groups.R roc.R calibration.R glmnet_cv.R glmnet_paths.R survival.R competing.R comparison.R updating.R prediction.R small_sample.R clustered.R random_effects.R imputation.R redundancy.R added_value.R instability.R}; do
    Rscript --vanilla "$script"
done
