#!/bin/sh
# Run libvirtd on a recorded host. Expects namespaces of its own (mount, net,
# pid), so nothing of this machine is changed and no device of it is seen:
#   unshare --mount --net --pid --fork --kill-child --mount-proc \
#       sh tests/libvirt/replay.sh FOLDER
# FOLDER/sys is the recorded tree. Needs the packages libvirt-daemon and
# libvirt-daemon-driver-qemu.
set -eu
folder=$1

# Nova counts CPUs, which the recording lacks: those of this machine, to read.
mkdir -p "$folder/sys/devices/system/cpu"
mount -o bind,ro /sys/devices/system/cpu "$folder/sys/devices/system/cpu"
mount --rbind "$folder/sys" /sys
# libudev takes only what the kernel has mounted for sysfs.
export SYSTEMD_DEVICE_VERIFY_SYSFS=0
# shellcheck source=tests/libvirt/libvirtd.sh
. "$(dirname "$0")/libvirtd.sh"
# Not exec: the QEMUs that libvirtd probes end as children of process 1, and
# libvirtd waits until somebody has taken notice, as this shell does.
wait "$libvirtd"
