#!/bin/sh
# Run libvirtd on a recorded host. Expects namespaces of its own (mount, net,
# pid), so nothing of this machine is changed and no device of it is seen:
#   unshare --mount --net --pid --fork --kill-child --mount-proc \
#       sh tests/libvirt/replay.sh FOLDER
# FOLDER/sys is the recorded tree. Needs the packages libvirt-daemon and
# libvirt-daemon-driver-qemu.
set -eu
folder=$1

# What libvirtd reads and writes lies in FOLDER, and ends with it.
mkdir -p "$folder/etc" "$folder/run" "$folder/lib" "$folder/cache"
mkdir -p /run/libvirt /var/lib/libvirt /var/cache/libvirt
mount --bind "$folder/etc" /etc/libvirt
mount --bind "$folder/run" /run/libvirt
mount --bind "$folder/lib" /var/lib/libvirt
mount --bind "$folder/cache" /var/cache/libvirt
# Nova counts CPUs, which the recording lacks: those of this machine, to read.
mkdir -p "$folder/sys/devices/system/cpu"
mount -o bind,ro /sys/devices/system/cpu "$folder/sys/devices/system/cpu"
mount --rbind "$folder/sys" /sys
cat >/etc/libvirt/libvirtd.conf <<END
auth_unix_ro = "none"
auth_unix_rw = "none"
END
cat >/etc/libvirt/qemu.conf <<END
security_driver = "none"
# No virtlogd runs here, and guests read what root has written.
stdio_handler = "file"
user = "root"
group = "root"
namespaces = []
cgroup_controllers = []
END

# The QEMU driver wants a user, which libvirt-daemon-system would make for
# the whole machine; here these namespaces alone have it.
for table in passwd group; do
    grep -v '^libvirt-qemu:' "/etc/$table" >"$folder/$table"
done
echo 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/bin/false' \
    >>"$folder/passwd"
echo 'libvirt-qemu:x:64055:' >>"$folder/group"
mount --bind "$folder/passwd" /etc/passwd
mount --bind "$folder/group" /etc/group

# libudev takes only what the kernel has mounted for sysfs.
export SYSTEMD_DEVICE_VERIFY_SYSFS=0
# Not exec: the QEMUs that libvirtd probes end as children of process 1, and
# libvirtd waits until somebody has taken notice, as this shell does.
libvirtd --config /etc/libvirt/libvirtd.conf \
    --pid-file /run/libvirt/replay.pid &
wait $!
