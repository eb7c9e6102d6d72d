PYTHON ?= python3
VENV := .venv/bin
UV ?= uv

.PHONY: demo test check bench bench-quick lock clean

demo:  ## treatments ranked on real tumours, with report.html to open
	$(PYTHON) bootstrap.py
	$(VENV)/rheostat demo --draws 64 -o .

test:
	$(PYTHON) bootstrap.py --dev
	$(VENV)/python -m pytest -q -n auto

check:  ## all linters: style, types, layers, size of modules
	$(PYTHON) bootstrap.py --dev
	$(VENV)/ruff check .
	$(VENV)/mypy src
	$(VENV)/lint-imports
	@find src -name '*.py' -exec awk 'FNR == 501 { print FILENAME ": more than 500 lines"; bad = 1 } END { exit bad }' {} +

bench:  ## the engine and its peers side by side, into docs/performance.md; ten minutes
	$(PYTHON) bootstrap.py --bench
	$(VENV)/python -m benchmarks.amici_build
	$(VENV)/python -m benchmarks.run

bench-quick:  ## two peers, under 3 minutes; the last line is JSON
	$(PYTHON) bootstrap.py --bench
	$(VENV)/python -m benchmarks.run --quick

LOCK = $(UV) pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 \
	--no-annotate --custom-compile-command "make lock"

lock:  ## needs uv; uv, unlike pip-compile, writes no index of this machine into the locks
	$(LOCK) --extra build --extra dev -o requirements-dev.lock
	$(LOCK) --extra build --constraint requirements-dev.lock -o requirements.lock
	$(LOCK) --extra build --extra dev --extra bench --constraint requirements-dev.lock -o requirements-bench.lock
	@! grep -nE 'index-url|find-links|file:|@ ' requirements.lock requirements-dev.lock requirements-bench.lock

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
