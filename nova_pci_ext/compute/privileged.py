# SPDX-License-Identifier: Apache-2.0

"""What changes devices of the host, in Nova's privileged daemon.

nova-compute is not root.  These run where ``nova.privsep`` runs, with its
capabilities (``CAP_NET_ADMIN``), so that an operator has to allow nothing
new.  Nova has functions for MAC, VLAN and trust of a VF too; they take a
refusal of the kernel for success, and what is refused has to be said here.
"""

from nova import privsep
from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from nova_pci_ext.model.address import PciAddress

#: What the kernel said, None for "done".
Refusal = str | None


@privsep.sys_admin_pctxt.entrypoint  # type: ignore[untyped-decorator]
def set_vf(index: int, number: int, told: dict[str, object]) -> Refusal:
    """Tell a card something of a VF.

    :param index: the kernel's number of the PF's interface
    :param told: as ``IPRoute.link('set', vf=...)`` has it, without ``vf``
    """
    return _set(index=index, vf={'vf': number, **told})


@privsep.sys_admin_pctxt.entrypoint  # type: ignore[untyped-decorator]
def set_interface(index: int, told: dict[str, object]) -> Refusal:
    """Change an interface of the host.

    :param told: ``state`` (``up`` or ``down``) or ``address``
    """
    return _set(index=index, **told)


def _set(**asked: object) -> Refusal:
    try:
        with IPRoute() as route:
            route.link('set', **asked)
    except (NetlinkError, OSError) as exc:
        return str(exc.args[-1])
    return None


@privsep.sys_admin_pctxt.entrypoint  # type: ignore[untyped-decorator]
def set_vf_count(pf: str, number: int) -> Refusal:
    """Let the kernel make VFs, for the drivers that a PF has for them.

    :param pf: its address
    """
    known = PciAddress.parse(pf)
    try:
        with open(f'/sys/bus/pci/devices/{known}/sriov_numvfs', 'w') as file:
            file.write(str(number))
    except OSError as exc:
        return exc.strerror or str(exc)
    return None
