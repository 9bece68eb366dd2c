#!/bin/sh
# Install what "make test-vhost-user" needs, as root and on Debian: Open vSwitch
# with DPDK, libvirtd and QEMU. The kernel and the only program of the guests
# are unpacked in .vhost-user, not installed.
set -eu
cd "$(dirname "$0")/../.."
python=$1

sh tests/libvirt/install.sh "$python"
# DPDK loads its pools of buffers and its ports as plugins.
packages="openvswitch-switch-dpdk librte-mempool-ring23 librte-net-vhost23 kmod"
# shellcheck disable=SC2086
if ! dpkg-query --show $packages >/dev/null 2>&1; then
    # The package would start a switch of the system.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
        trap 'rm -f $policy' EXIT
    fi
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends $packages
fi

kernel=$(apt-cache depends linux-image-cloud-amd64 |
    sed -n 's/.*Depends: \(linux-image-.*\)/\1/p')
if [ "$(cat .vhost-user/kernel 2>/dev/null)" != "$kernel" ]; then
    rm -rf .vhost-user
    mkdir -p .vhost-user/packages
    (cd .vhost-user/packages &&
        apt-get download -q -o APT::Sandbox::User=root "$kernel" busybox-static)
    for package in .vhost-user/packages/*.deb; do
        dpkg --extract "$package" .vhost-user/root
    done
    rm -r .vhost-user/packages
    echo "$kernel" >.vhost-user/kernel
fi
