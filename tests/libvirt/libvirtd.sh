# Start libvirtd, in namespaces of its own, with all that is its own in $folder.
# Sourced by the scripts that have made its /sys; sets $libvirtd to its process.

# What libvirtd reads and writes lies in FOLDER, and ends with it.
mkdir -p "$folder/etc" "$folder/run" "$folder/lib" "$folder/cache"
mkdir -p /run/libvirt /var/lib/libvirt /var/cache/libvirt
mount --bind "$folder/etc" /etc/libvirt
mount --bind "$folder/run" /run/libvirt
mount --bind "$folder/lib" /var/lib/libvirt
mount --bind "$folder/cache" /var/cache/libvirt
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

libvirtd --config /etc/libvirt/libvirtd.conf \
    --pid-file /run/libvirt/replay.pid &
libvirtd=$!
