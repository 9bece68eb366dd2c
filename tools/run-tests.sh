#!/bin/sh
# Run the named stages, or all of them, and print the time of each. Expects
# the virtual environment's bin directory first in PATH (make does that).
set -eu

# libvirt's schema comes with Debian packages, so a machine may lack it; CI
# installs them. Named alone, the stage fails without them.
schema_stage() {
    for tool in virt-xml-validate xmllint virsh; do
        command -v "$tool" >/dev/null || {
            echo "run-tests: stage schema is left out, $tool is missing" \
                "(apt-get install libvirt-clients libxml2-utils)" >&2
            return 0
        }
    done
    echo schema
}

stages=${*:-lint types unit property functional integration $(schema_stage)}
summary=

run_stage() {
    case $1 in
    lint)
        ruff check .
        python -m flake8 nova_pci_ext nova cloud tests tools
        python tools/check_log_calls.py nova_pci_ext nova
        python -m pytest -q tests/unit/test_layering.py
        python -m codespell_lib
        python tools/check_wording.py
        # Their stages come late or run by hand; a bad import shows here.
        for suite in cloud hardware libvirt mixed vhost_user; do
            python -W ignore -m pytest -q --collect-only "tests/$suite" \
                >/dev/null
        done ;;
    docs)
        # A page that is no longer made would stay.
        rm -rf doc/build
        python -m sphinx -W --keep-going -q -b html doc/source doc/build
        python tools/check_pages.py doc/build ;;
    types) mypy ;;
    unit | property | functional | integration | schema | neutron)
        workers=${WORKERS:-2}
        python -m pytest -q -n "$workers" --dist loadfile "tests/$1" ;;
    *) echo "run-tests: no stage named $1" >&2; return 2 ;;
    esac
}

for stage in $stages; do
    echo "== $stage"
    begin=$(date +%s)
    run_stage "$stage"
    summary="$summary$stage: $(($(date +%s) - begin)) s
"
done
printf '== times\n%s' "$summary"
