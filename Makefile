# The two commands of README.rst, and what CI adds. Each target makes what it
# needs; a virtual environment is made once and renewed when a list of
# requirements changes.

NOVA ?= 34
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed-nova-$(NOVA)
CONSTRAINTS := constraints/nova-$(NOVA).txt

.PHONY: quickstart test venv lint types unit property functional integration \
	schema docs neutron nova-suites test-release test-releases \
	test-exchange test-mixed test-distributions test-ansible cloud cloud-down test-cloud \
	test-cloud-gpus test-cloud-faults benchmark cloud-benchmark \
	test-libvirt test-vhost-user test-moves test-boots test-soak test-hardware \
	test-hardware-small dist \
	clean

quickstart: $(STAMP)
	$(BIN)/nova-pci quickstart

test: $(STAMP)
	PATH="$(abspath $(BIN)):$$PATH" sh tools/run-tests.sh

venv: $(STAMP)

$(STAMP): requirements.txt test-requirements.txt $(CONSTRAINTS) setup.cfg \
		pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or later is needed (PYTHON=...)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing Nova $(NOVA) and the test tools into $(VENV)," \
	    "one to three minutes"
	$(PYTHON) -m venv $(VENV)
	sh tools/pip-install.sh $(BIN)/python -m pip install --disable-pip-version-check \
	    --constraint $(CONSTRAINTS) nova \
	    --requirement requirements.txt --requirement test-requirements.txt
	sh tools/pip-install.sh $(BIN)/python -m pip install --disable-pip-version-check \
	    --no-deps --editable .
	rm -f $(VENV)/installed-nova-*
	touch $@

lint types unit property functional integration schema docs: $(STAMP)
	PATH="$(abspath $(BIN)):$$PATH" sh tools/run-tests.sh $@

# Neutron is big and serves one stage, so it is installed for that alone.
neutron: $(STAMP)
	sh tools/pip-install.sh $(BIN)/python -m pip install --disable-pip-version-check \
	    --constraint $(CONSTRAINTS) \
	    --requirement tests/neutron/requirements.txt
	PATH="$(abspath $(BIN)):$$PATH" WORKERS=0 sh tools/run-tests.sh $@

# Nova's own PCI suites with our classes in place: ten minutes on two cores.
nova-suites: $(STAMP)
	$(BIN)/python -W ignore -m tests.nova_suites core

# Everything that depends on the release of Nova.
test-release: $(STAMP)
	PATH="$(abspath $(BIN)):$$PATH" sh tools/run-tests.sh \
	    unit property functional integration
	$(BIN)/python -W ignore -m tests.nova_suites core
	$(BIN)/nova-pci quickstart

# Each supported release in a virtual environment of its own: hours.
RELEASES = 31 32 33 34
test-releases:
	for nova in $(RELEASES); do \
	    $(MAKE) NOVA=$$nova VENV=.venv-nova-$$nova test-release || exit 1; \
	done
	$(MAKE) test-exchange

# What services of different releases exchange, each with Nova's classes and
# with ours.
test-exchange:
	for nova in $(RELEASES); do \
	    $(MAKE) NOVA=$$nova VENV=.venv-nova-$$nova venv || exit 1; \
	done
	.venv-nova-$(lastword $(RELEASES))/bin/python -W ignore -m pytest -q \
	    tests/releases

# A cloud that is upgraded service by service: controllers of Nova 33 and 34,
# computes of 31, 33 and 34, with our classes and without. This tree is
# installed as an operator does it, or Nova would not find our drivers.
test-mixed:
	PYTHON=$(PYTHON) sh cloud/install.sh
	for nova in 31 33; do \
	    $(MAKE) NOVA=$$nova VENV=.cloud/venv-nova-$$nova venv || exit 1; \
	    rm -rf build; \
	    .cloud/venv-nova-$$nova/bin/python -m pip install --quiet \
	        --disable-pip-version-check --no-deps --force-reinstall . \
	        || exit 1; \
	done
	.cloud/venv/bin/python -m tests.mixed $(MIXED)

# The two commands of README.rst on Debian 13 and Ubuntu 24.04, as an ordinary
# user below a path with a space. As root; needs mmdebstrap.
test-distributions:
	$(PYTHON) -m tests.distributions

# A whole OpenStack on 127.0.0.1. The first run needs root, for apt-get.
cloud:
	PYTHON=$(PYTHON) sh cloud/install.sh
	.cloud/venv/bin/python -m cloud up

cloud-down:
	.cloud/venv/bin/python -m cloud down

# A cloud of its own, whose folder is .cloud/test. NOVA_PCI_CLOUD_ALL=1 runs
# every module both without and with the devices in Placement.
test-cloud:
	PYTHON=$(PYTHON) sh cloud/install.sh
	sh tests/libvirt/install.sh .cloud/venv/bin/python
	.cloud/venv/bin/python -m tests.cloud

# The role of contrib/ansible on a scheduler and a compute of the cloud.
test-ansible:
	PYTHON=$(PYTHON) sh cloud/install.sh
	.cloud/venv/bin/python -m tests.cloud ansible

# GPUs that are providers of their own in Placement: eight minutes.
test-cloud-gpus:
	PYTHON=$(PYTHON) sh cloud/install.sh
	.cloud/venv/bin/python -m tests.cloud gpus

# Without and with the devices in Placement 300 boots and deletes each, while
# services are killed.
test-cloud-faults:
	PYTHON=$(PYTHON) sh cloud/install.sh
	NOVA_PCI_CLOUD_ALL=1 NOVA_PCI_FAULT_ROUNDS=300 \
	    .cloud/venv/bin/python -m tests.cloud faults

# A real libvirtd in namespaces of its own, with the recorded host as its
# machine; needs root.
test-libvirt: $(STAMP)
	sh tests/libvirt/install.sh $(BIN)/python
	$(BIN)/python -m pytest -q tests/libvirt

# Open vSwitch with DPDK, and two guests without KVM whose ports Neutron binds,
# in namespaces of their own; as root and on Debian 12. The first run fetches
# the guests' kernel.
test-vhost-user: $(STAMP)
	sh tools/pip-install.sh $(BIN)/python -m pip install --disable-pip-version-check \
	    --constraint $(CONSTRAINTS) \
	    --requirement tests/neutron/requirements.txt
	sh tests/vhost_user/install.sh $(BIN)/python
	$(BIN)/python -m pytest -q -n0 tests/vhost_user

# Ten plans of nova-pci explain --with-moves and ten of nova-pci rebalance,
# carried out in an embedded Nova.
test-moves: $(STAMP)
	NOVA_PCI_MOVES=10 $(BIN)/python -m pytest -q -n0 \
		tests/integration/quickstart/test_moved_apart.py \
		tests/integration/quickstart/test_rebalanced.py \
		tests/integration/quickstart/test_moved_within.py

# 200 boots of the shapes of a GPU trace on 20 hosts of an embedded Nova, each
# where the packing benchmark says.
test-boots: $(STAMP)
	NOVA_PCI_BOOTS=200 $(BIN)/python -m pytest -q -n0 \
		tests/integration/quickstart/test_trace_boots.py

# The tracker with six threads on a MariaDB of its own (mariadb-server), faults
# and restarts, for half an hour: make test-soak MINUTES=2 for a short one.
MINUTES = 30
test-soak: $(STAMP)
	$(BIN)/python -W ignore -m tests.soak --minutes $(MINUTES)

# A machine with SR-IOV cards, emulated without KVM, whose nova-compute joins a
# cloud; as root. The first run makes the machine, in two to four minutes.
test-hardware:
	PYTHON=$(PYTHON) sh cloud/install.sh
	sh tests/hardware/install.sh
	.cloud/venv/bin/python -m tests.hardware

# The machine without a cloud: nova-pci and our driver on it.
test-hardware-small: $(STAMP)
	sh tests/hardware/install.sh
	$(BIN)/python -m tests.hardware small

# The whole scheduling call, ours and Nova's, and the charts and tables of the
# documentation: hours. Needs the programs of mariadb-server.
benchmark: $(STAMP)
	$(BIN)/python -W ignore -m benchmarks.realistic --machine quiet \
	    --output doc/source/measured/realistic.json $(ARGUMENTS)
	$(BIN)/python -W ignore -m tools.pictures

# Ours and Nova's in one cloud, alternating: half an hour.
cloud-benchmark:
	PYTHON=$(PYTHON) sh cloud/install.sh
	.cloud/venv/bin/python -m benchmarks.cloud
	.cloud/venv/bin/python -m benchmarks.cloud --in-placement

# Wheel and sdist below dist/, with completions and manual pages, and with the
# version that the tags of git give.
dist: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint $(CONSTRAINTS) build
	$(BIN)/python -W ignore -m tools.command_files
	$(BIN)/python -W ignore -m build

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache
