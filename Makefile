# Everything a developer or a user of the sources needs. Nothing must be there before but Python 3.11 to 3.14 and a C compiler.
#   make demo [VIDEO=clip.mp4]            results from nothing, or from your own clip
#   make test                             the suite, as CI runs it
#   make train-stage STAGE=lift [DATA=..] train one stage and what it needs
#   make train-recipe RECIPE=hdvr         train the stages of a recipe; DATA=.. as above; RECIPE=help lists them
#   make predict-stage STAGE=lift VIDEO=clip.mp4
#   make mediapipe                        the extra backend of that name, for Python 3.11 and 3.12
#   make extras                           Ray, Parquet and the Hugging Face Hub, for many videos and machines
#   make gpu-check [ARGS="--on cpu"]      what this machine's GPUs do, in under eight minutes; installs nothing
#   make docs                             the documentation site, into build/site
#   make torture [ARGS="--scale 0.1"]     long campaigns: kills, damage, hostile files, full disks; a table of what held
#   make bench | weights DATA=.. | settings | lint | format | lock | clean

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
STAGE ?= lift
RECIPE ?= dance3d
OUT ?= out
# One worker a core; torch's own threads would fight over them.
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup gpu-check mediapipe extras demo test test-slow torture train-stage train-recipe predict-stage bench weights settings docs lint format lock clean

help:
	@sed -n 's/^#   //p' Makefile

# ---- set-up: from the lock, by hash, once per lock ----

$(VENV)/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "dance3d needs Python 3.11 to 3.14, and '$(PYTHON)' was not found; install it or say PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { echo "dance3d needs Python 3.11 to 3.14, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1); say PYTHON=python3.12 or so" >&2; exit 1; }
	@for c in "$${CC:-cc}" gcc clang; do command -v $$c >/dev/null && exit 0; done; echo "dance3d needs a C compiler (scikit-fmm is built from source), and none was found; install gcc or clang" >&2; exit 1
	@[ "$$(uname -s)" != Linux ] || [ -n "$$PIP_EXTRA_INDEX_URL" ] || command -v nvidia-smi >/dev/null || echo "no NVIDIA GPU here: where pip takes torch from PyPI, PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu saves 5 GB"
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.ready

# Its own metadata asks for numpy<2 and protobuf<5; it runs with newer ones.
mediapipe: setup
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-mediapipe.lock

# Half a gigabyte that one machine does without; tests of these are skipped where they are missing. SLEAP's files are not
# among them: the wheel of sleap-io 0.9.5 brings a package `tests`, which hides the project's own.
extras: setup
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-extras.lock

# ---- use ----

demo: setup
	$(RUN)/dance3d demo $(if $(VIDEO),"$(VIDEO)") -o "$(OUT)/demo"

train-stage: setup
	$(RUN)/dance3d train $(STAGE) $(if $(DATA),--data "$(DATA)") $(ARGS)

train-recipe: setup
	$(RUN)/dance3d train --recipe $(RECIPE) $(if $(DATA),--data "$(DATA)") $(ARGS)

predict-stage: setup
	@test -n "$(VIDEO)" || { echo "say which video: make predict-stage STAGE=$(STAGE) VIDEO=clip.mp4" >&2; exit 2; }
	$(RUN)/dance3d run "$(VIDEO)" --until $(STAGE) -o "$(OUT)/$(STAGE)" $(ARGS)

bench: setup
	$(RUN)/dance3d bench $(ARGS)

weights: setup
	@test -n "$(DATA)" || { echo "say where the CMU motion capture lies: make weights DATA=.../mocap/cmu" >&2; exit 2; }
	$(RUN)/dance3d train $(if $(filter-out file default undefined,$(origin STAGE)),$(STAGE)) --data "$(DATA)" \
		$(if $(METHOD),--method $(METHOD)) --ship

# ---- check ----

# what is made from the classes of settings; a test holds it to them
settings: setup
	$(RUN)/dance3d settings --as yaml > configs/pipeline.yaml
	$(RUN)/dance3d settings --as markdown > docs/settings.md

# The site is made from the sources as text, so its tools need none of the package's, and no torch.
build/docs/.ready: requirements-docs.lock
	$(PYTHON) -m venv build/docs
	build/docs/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-docs.lock
	@touch $@

docs: build/docs/.ready
	NO_MKDOCS_2_WARNING=1 build/docs/bin/mkdocs build --strict --quiet
	@echo "open build/site/index.html, or, for its search, python3 -m http.server -d build/site"

test: setup
	$(RUN)/ruff check . && $(RUN)/ruff format --check . && $(RUN)/mypy
	$(RUN)/python -m pytest -n $(WORKERS) --dist worksteal -q

test-slow: setup
	$(RUN)/python -m pytest -n $(WORKERS) -m "slow and not gpu" -q

# half an hour on two quiet cores; not part of the suite, whose tests of its parts are in tests/torture
torture: setup
	$(RUN)/python -m tests.torture $(ARGS)

# On a borrowed machine as it is: with the environment here, or PYTHON=python3.12 and what that has.
gpu-check:
	@$(if $(wildcard $(RUN)/python),$(RUN)/python,$(PYTHON)) tools/gpu_check.py $(ARGS)

lint: setup
	$(RUN)/ruff check . && $(RUN)/ruff format --check . && $(RUN)/mypy

format: setup
	$(RUN)/ruff format . && $(RUN)/ruff check --fix .

COMPILE := build/lock/bin/uv --config-file tools/lock.toml pip compile --quiet --universal --generate-hashes --python-version 3.11

# torch stays out of the lock: its hash differs between the CPU and the CUDA build, and pip brings the latter's libraries along.
lock:
	$(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet uv
	$(COMPILE) --extra train --extra dev --extra trackers --no-emit-package torch pyproject.toml -o requirements.lock
	echo "mediapipe==0.10.21; python_version < '3.13'" | $(COMPILE) -c requirements.lock - -o requirements-mediapipe.lock
	$(COMPILE) --extra ray --extra parquet --extra hub --extra usd --extra rerun --extra nwb --no-emit-package torch -c requirements.lock pyproject.toml -o requirements-extras.lock
	$(COMPILE) --group docs -c requirements.lock -o requirements-docs.lock

clean:
	rm -rf $(VENV) build out runs .pytest_cache .ruff_cache .mypy_cache
