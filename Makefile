# make demo   sets everything up and scores two real lesions
# make test   sets everything up, checks the code and runs the tests
PYTHON ?= python3
VENV ?= .venv
export PYTHON

.PHONY: demo test lint unit benchmark stress pictures screenshots slicer-test clean
.DELETE_ON_ERROR:

$(VENV)/.ready: pyproject.toml tools/setup.sh
	@tools/setup.sh $(VENV)
	@touch $@

$(VENV)/.test-ready: $(VENV)/.ready
	@tools/setup.sh $(VENV) test
	@touch $@

demo: $(VENV)/.ready
	@$(VENV)/bin/rlnresponse demo --output demo-output

test: lint unit

lint: $(VENV)/.test-ready
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python tools/check_slicer_api.py

unit: $(VENV)/.test-ready
	$(VENV)/bin/python -m pytest

benchmark: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/benchmarks/bench_extraction.py
	$(VENV)/bin/python Testing/benchmarks/bench_latency.py

# 300 kills of a writer at random points; 8 processes locking 400 readings in one folder.
stress: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/crash/kill_at_random.py
	$(VENV)/bin/python Testing/crash/many_writers.py

pictures: $(VENV)/.test-ready
	$(VENV)/bin/python tools/pictures.py

# Slice views are drawn by VTK, which needs a display: without one, `xvfb-run make screenshots`.
screenshots: $(VENV)/.test-ready
	$(VENV)/bin/python tools/screenshots.py

# The module's self-test in a real Slicer: make slicer-test SLICER=/path/to/Slicer
slicer-test:
	"$(SLICER)" --no-splash --testing --additional-module-paths "$(CURDIR)/RLNResponse" \
	    --python-code "import slicer.testing; slicer.testing.runUnitTest(['$(CURDIR)/RLNResponse'], 'RLNResponse')"

clean:
	rm -rf $(VENV) .cache demo-output
