# SPDX-License-Identifier: Apache-2.0
"""Tests on a machine with SR-IOV cards that a kernel and libvirt drive.

The machine is emulated: QEMU has igb and NVMe devices with virtual functions
behind an IOMMU, and needs no KVM. Its nova-compute joins a cloud outside.
"""
