#!/bin/sh
# Run a program beside a libvirtd that sees the network of this namespace only:
#   unshare --mount --net --pid --fork --kill-child --mount-proc \
#       sh tests/libvirt/macvtap.sh FOLDER PROGRAM...
set -eu
folder=$1
shift

mount -t sysfs sysfs /sys
# Where the kernel makes the character device of each macvtap device.
grep -q '^[^ ]* /dev devtmpfs ' /proc/mounts ||
    mount -t devtmpfs devtmpfs /dev
# What libvirtd says must not be taken for what the program says.
exec 3>&1 >&2
# shellcheck source=tests/libvirt/libvirtd.sh
. "$(dirname "$0")/libvirtd.sh"
"$@" >&3
