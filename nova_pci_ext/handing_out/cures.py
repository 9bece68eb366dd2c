# SPDX-License-Identifier: Apache-2.0

"""What an operator changes so that an alias gets the device it came near to.
"""

from nova_pci_ext.handing_out import near_ids
from nova_pci_ext.handing_out.coverage import NearestMiss
from nova_pci_ext.matching import wording
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.verdict import Reason


def cure(miss: NearestMiss, alias: Alias) -> str | None:
    """Say what has to be otherwise; None where the devices are others."""
    address, found = miss.device.address, miss.rejection
    match found.reason:
        case Reason.IDENTITY:
            return (f'the nearest is {near_ids.named(miss.device)}'
                    if near_ids.is_near(alias, miss.device) else None)
        case Reason.PF_NOT_ASKED:
            return (f'{address} is a PF, which an alias gets with '
                    '"device_type": "type-PF" only')
        case Reason.DEV_TYPE:
            return (f'{address} is a {found.found}, and the alias has '
                    f'"device_type": "{found.wanted}"')
        case Reason.LIVE_MIGRATABLE:
            return (f'the device_spec entry of {address} has '
                    f'{_yes_no(found.found)}, and the alias has '
                    f'{_yes_no(found.wanted)}')
        case Reason.VDPA_NOT_ASKED:
            return (f'{address} is a vDPA device, which only a port of '
                    'vnic_type vdpa gets')
        case Reason.REMOTE_MANAGED_NOT_ASKED:
            return (f'{address} is remote_managed, which only a port of '
                    'vnic_type remote-managed gets')
        case Reason.PROVIDER:
            return (f'Placement is asked for {found.wanted}, and has '
                    f'{address} as {found.found}' if found.found else
                    f'{address} has a physical_network, which keeps it out '
                    'of Placement')
    return f'{address}: {wording.reason_text(found.reason)}'


def _yes_no(value: str | None) -> str:
    if value is None:
        return 'no live_migratable'
    return f'"live_migratable": "{"yes" if value == "true" else "no"}"'
