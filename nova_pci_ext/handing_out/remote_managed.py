# SPDX-License-Identifier: Apache-2.0

"""Entries with ``remote_managed``, which only VFs of a DPU can have.

A guest has no way to the control plane of a DPU, so a PF of one cannot be
handed out; the address of a PF may only stand for its VFs.
"""

import dataclasses
from collections.abc import Iterable

from nova_pci_ext.handing_out.host_lookup import HostLookup
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import Faults


def check(specs: Iterable[DeviceSpec], host: HostLookup, faults: Faults,
          ) -> tuple[DeviceSpec, ...]:
    """Refuse an entry that names a PF and not its VFs.

    :returns: the entries, with those marked that are refused
    """
    found = []
    for spec in specs:
        before = len(faults.errors)
        if spec.remote_managed:
            _check(spec, host, faults)
        found.append(dataclasses.replace(spec, is_refused=True)
                     if len(faults.errors) > before else spec)
    return tuple(found)


def _check(spec: DeviceSpec, host: HostLookup, faults: Faults) -> None:
    address = spec.address.single if spec.address else None
    if spec.devname is not None:
        address = host.find_netdev(spec.devname)
        if address is None:
            faults.refuse(f'{spec.source}.devname',
                          f'{spec.devname!r} is not a network interface of '
                          'a PCI device on this host',
                          'remote_managed needs one that is there')
    ids = host.find_vf_ids(address) if address else None
    if ids and not (spec.vendor_id in (None, ids[0])
                    and spec.product_id == ids[1]):
        faults.refuse(f'{spec.source}.remote_managed',
                      f'the entry does not take the VFs of PF {address} '
                      'only', f'expected "product_id": "{ids[1]}", and '
                              f'vendor_id "{ids[0]}" or none')
