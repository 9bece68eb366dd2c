# SPDX-License-Identifier: Apache-2.0

"""What is handed out against what libvirt and QEMU can do."""

from collections.abc import Iterator

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.inventory import Hypervisor

# With which Nova's libvirt driver starts with live_migratable.
LIBVIRT, QEMU = '10.0.0', '8.2.2'
_TAG = 'live_migratable'
_KIND = 'QEMU'


def check(covered: Coverage, runs: Hypervisor | None,
          ) -> Iterator[ConfigError]:
    """Yield an error for each entry with which the driver does not start.

    Nova asks whether the tag is there, so "no" counts too.
    """
    if runs is None or (runs.kind == _KIND
                        and _at_least(runs.libvirt, LIBVIRT)
                        and _at_least(runs.version, QEMU)):
        return
    for spec in covered.specs:
        if spec.tags.get(_TAG):
            yield ConfigError(
                f'{spec.source}.{_TAG}',
                f'needs libvirt {LIBVIRT} and QEMU {QEMU}, and nova-compute '
                f'does not start with libvirt {runs.libvirt} and '
                f'{runs.kind} {runs.version}',
                'leave the key out, even with "no"', Fault.REFUSED)


def _at_least(version: str, least: str) -> bool:
    numbers, wanted = (tuple(map(int, text.split('.')))
                       for text in (version, least))
    return numbers >= wanted
