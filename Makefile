# make demo   sets everything up and scores two real lesions
# make test   sets everything up, checks the code and runs the tests
PYTHON ?= python3
VENV ?= .venv
export PYTHON

.PHONY: demo test lint unit benchmark stress pictures clean
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

unit: $(VENV)/.test-ready
	$(VENV)/bin/python -m pytest

benchmark: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/benchmarks/bench_extraction.py

# 300 kills of a writer at random points; 8 processes locking 400 readings in one folder.
stress: $(VENV)/.test-ready
	$(VENV)/bin/python Testing/crash/kill_at_random.py
	$(VENV)/bin/python Testing/crash/many_writers.py

pictures: $(VENV)/.test-ready
	$(VENV)/bin/python tools/pictures.py

clean:
	rm -rf $(VENV) .cache demo-output
