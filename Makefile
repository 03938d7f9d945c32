# make demo   sets everything up and scores a phantom's lymph nodes and two real lesions
# make test   sets everything up, checks the code and runs the tests
# make PYTHON=python3.12 test    the same with another Python, in an environment of its own
PYTHON ?= python3
SLICERS_PYTHON ?= python3.12
VENV ?= .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
# Of what is tried at random.
SEED ?= 1
export PYTHON CONSTRAINTS

.PHONY: demo cohort test browser-test printed-reports pinned stock random-contours lint unit oracle docs coverage benchmark simulations stress crash examples fuzz pictures screenshots slicer-test clean
.DELETE_ON_ERROR:

$(VENV)/.ready: pyproject.toml tools/setup.sh
	@tools/setup.sh $(VENV)
	@touch $@

$(VENV)/.test-ready: $(VENV)/.ready
	@tools/setup.sh $(VENV) test
	@touch $@

demo: $(VENV)/.ready
	@$(VENV)/bin/rlnresponse demo --output demo-output

# The whole paper on a simulated cohort, from phantom CT to the report: a few minutes.
cohort: $(VENV)/.ready
	@$(VENV)/bin/rlnresponse demo --cohort --output demo-output/cohort

test: lint unit

# The same with the versions that Slicer 5.12 bundles, on its Python.
pinned:
	$(MAKE) PYTHON="$(SLICERS_PYTHON)" VENV=.venv-slicer-5.12 CONSTRAINTS=Testing/slicer-5.12-constraints.txt test

lint: $(VENV)/.test-ready
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python tools/check_slicer_api.py

# A file of tests to each core in turn.
unit: $(VENV)/.test-ready
	$(VENV)/bin/python -m pytest -n logical --dist loadfile

# docs/ and the pages of the API as a site, build/site; a warning is an error.
docs: $(VENV)/.ready
	$(VENV)/bin/pip --quiet --disable-pip-version-check install --editable ".[docs]"
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet --strict

# Which lines no test runs; about half as long again as the tests.
coverage: $(VENV)/.test-ready
	$(VENV)/bin/coverage erase
	$(VENV)/bin/coverage run -m pytest
	$(VENV)/bin/coverage combine --quiet
	$(VENV)/bin/coverage report

# What a reader and a clinician do in Slicer, in an environment of exactly what Slicer 5.12 bundles; a minute.
stock: $(VENV)/.ready
	$(VENV)/bin/python Testing/stock/play.py --python "$(SLICERS_PYTHON)"

# The 2,000 random contours against compiled pyradiomics: some minutes.
random-contours: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/random_contours/compare.py

# The report's page in Debian's Chromium, and axe-core on it; skipped with a sentence where they are not. A minute.
browser-test: $(VENV)/.test-ready
	$(VENV)/bin/python -m pytest Testing/browser

# The report of seven kinds of study in print: pages, blanks, the smallest letter, time, memory. A quarter of an hour.
printed-reports: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/printed/studies.py demo-output/printed

# The figures that the tests compare with, made again by R (see Testing/oracle/run.sh for what it needs).
oracle:
	Testing/oracle/run.sh

benchmark: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/benchmarks/bench_extraction.py
	$(VENV)/bin/python Testing/benchmarks/bench_latency.py
	$(VENV)/bin/python Testing/benchmarks/bench_uncertainty.py
	$(VENV)/bin/python Testing/benchmarks/bench_counterfactual.py
	$(VENV)/bin/python Testing/benchmarks/bench_statistics.py
	$(VENV)/bin/python Testing/benchmarks/own_against_library.py
	$(VENV)/bin/python Testing/benchmarks/bench_survival.py
	$(VENV)/bin/python Testing/benchmarks/bench_cohort.py
	$(VENV)/bin/python Testing/benchmarks/bench_study_questions.py
	$(VENV)/bin/python Testing/benchmarks/bench_cohort.py --growth

# What the statistics do on data whose truth is known; about an hour.
simulations: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/simulations/corrected_auc.py noise 200 20
	$(VENV)/bin/python Testing/simulations/corrected_auc.py coverage 200 100
	$(VENV)/bin/python Testing/simulations/corrected_figures.py 60 40
	$(VENV)/bin/python Testing/simulations/cutoff_type1.py 2000 499
	$(VENV)/bin/python Testing/simulations/contour_interval.py
	$(VENV)/bin/python Testing/simulations/fitted_score_type1.py 600 20
	$(VENV)/bin/python Testing/simulations/applicability_false_alarms.py
	$(VENV)/bin/python Testing/simulations/cohort_coverage.py
	$(VENV)/bin/python Testing/simulations/large_sample_coverage.py
	$(VENV)/bin/python Testing/simulations/icc_coverage.py
	$(VENV)/bin/python Testing/simulations/groups_coverage.py
	$(VENV)/bin/python Testing/simulations/combat_leak.py 1000
	$(VENV)/bin/python Testing/simulations/planned_assurance.py
	$(VENV)/bin/python Testing/simulations/imputed_coverage.py 200
	$(VENV)/bin/python Testing/simulations/added_value_by_patient.py 2000

# 300 kills of a writer at random points; 8 processes locking 400 readings in one folder.
stress: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/crash/kill_at_random.py
	$(VENV)/bin/python Testing/crash/many_writers.py

# Every command of a study with every fault of the disk at every call, and some pairs of them; 1,000 sequences of commands
# with faults in between; every value at every place of a study's records; and the stress above. An hour. make crash SEED=2
crash: stress
	$(VENV)/bin/python Testing/crash/faults.py --faults 5000 --seed $(SEED)
	RLNRESPONSE_SEQUENCES=1000 $(VENV)/bin/python -m pytest Testing/Python/study/test_any_sequence.py
	RLNRESPONSE_MUTATIONS=1000 $(VENV)/bin/python -m pytest Testing/Python/study/test_any_state.py

# More of what hypothesis makes up than the suite has time for. Some minutes.
examples: $(VENV)/.test-ready
	RLNRESPONSE_EXAMPLES=1000 RLNRESPONSE_TABLE_FORMS=1000 $(VENV)/bin/python -m pytest \
	    Testing/Python/survival/test_prediction.py Testing/Python/study/test_sealed.py \
	    Testing/Python/study/test_clinical.py Testing/Python/common/test_table_forms.py

# 300 spoilt files of each reader through the real command, within 20 s and 4 GB each; some twenty minutes. make fuzz SEED=2
fuzz: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/fuzz/fuzz.py --cases 300 --seed $(SEED)

pictures: $(VENV)/.test-ready
	$(VENV)/bin/python tools/pictures.py

# Slice views are drawn by VTK, which needs a display: without one, `xvfb-run make screenshots`.
screenshots: $(VENV)/.test-ready
	$(VENV)/bin/python tools/screenshots.py demo-output/screenshots

# The module's self-test in a real Slicer, and a play of its users with pictures: make slicer-test SLICER=/path/to/Slicer
slicer-test:
ifeq ($(SLICER),)
	@echo "Skipped: there is no Slicer here; name one with make slicer-test SLICER=/path/to/Slicer."
else
	"$(SLICER)" --no-splash --testing --additional-module-paths "$(CURDIR)/RLNResponse" \
	    --python-code "import slicer.testing; slicer.testing.runUnitTest(['$(CURDIR)/RLNResponse'], 'RLNResponse')"
	RLNRESPONSE_PLAY="$(CURDIR)/demo-output/slicer-play" "$(SLICER)" --no-splash \
	    --additional-module-paths "$(CURDIR)/RLNResponse" --python-script "$(CURDIR)/Testing/real_slicer/play.py"
endif

clean:
	rm -rf .venv .venv-* .cache demo-output
