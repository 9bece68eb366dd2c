#!/bin/sh
# Install what "make test-libvirt" needs, as root: libvirtd with its QEMU
# driver, QEMU and its tools, and libvirt's Python package, which is built for
# the version that the distribution has.
set -eu
python=$1

packages="libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients \
qemu-system-x86 qemu-utils libvirt-dev pkg-config gcc libc6-dev procps"
headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
[ -e "$headers/Python.h" ] || packages="$packages python3-dev"
# shellcheck disable=SC2086
if ! dpkg-query --show $packages >/dev/null 2>&1; then
    apt-get update -q
    # Installed without a service of the system, libvirt-daemon-system.
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends $packages
fi
if ! "$python" -c 'import libvirt' 2>/dev/null; then
    "$python" -m pip install --quiet --disable-pip-version-check \
        "libvirt-python==$(pkg-config --modversion libvirt)"
fi
