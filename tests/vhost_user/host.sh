#!/bin/sh
# A host with a switch in user space and a libvirtd, in namespaces of its own:
#   unshare --mount --net --pid --fork --kill-child --mount-proc \
#       sh tests/vhost_user/host.sh FOLDER
# All ends with the first process of the namespace, which is this shell. What
# the switch and libvirtd write lies in FOLDER: the database of the switch is
# reached by FOLDER/ovs/db.sock, as /run/openvswitch/db.sock is here.
set -eu
folder=$1

mkdir -p "$folder/ovs" "$folder/vhu" /run/openvswitch /run/vhu
mount --bind "$folder/ovs" /run/openvswitch
# Where Neutron's agent says that sockets are: a folder of the switch's own
# run folder, which is /run therefore.
mount --bind "$folder/vhu" /run/vhu
export OVS_RUNDIR=/run
database=/run/openvswitch/db.sock

ovsdb-tool create "$folder/conf.db" /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server "$folder/conf.db" --remote="punix:$database" \
    --unixctl=/run/openvswitch/ovsdb.ctl \
    --pidfile=/run/openvswitch/ovsdb-server.pid \
    --log-file="$folder/ovsdb.log" &
until [ -S "$database" ]; do sleep 0.1; done
# No huge pages, no card, and no more memory than these ports need. The thread
# that polls may sleep.
ovs-vsctl --db="unix:$database" --no-wait init -- set Open_vSwitch . \
    other_config:dpdk-init=true other_config:per-port-memory=true \
    other_config:pmd-maxsleep=500 other_config:vhost-sock-dir=vhu \
    "other_config:dpdk-extra=--no-huge --legacy-mem --no-pci -m 512 \
--file-prefix=vhost-user-$$"
XDG_RUNTIME_DIR="$folder" \
    /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk "unix:$database" \
    --unixctl=/run/openvswitch/vswitchd.ctl \
    --pidfile=/run/openvswitch/vswitchd.pid \
    --log-file="$folder/vswitchd.log" &

# shellcheck source=tests/libvirt/libvirtd.sh
. "$(dirname "$0")/../libvirt/libvirtd.sh"
# Not exec: the QEMUs that libvirtd probes end as children of process 1, and
# libvirtd waits until somebody has taken notice, as this shell does.
wait "$libvirtd"
