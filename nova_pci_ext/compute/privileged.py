# SPDX-License-Identifier: Apache-2.0

"""What changes devices of the host, in Nova's privileged daemon.

nova-compute is not root.  These run where ``nova.privsep`` runs, with its
capabilities (``CAP_NET_ADMIN``), so that an operator has to allow nothing
new.  Nova has functions for MAC, VLAN and trust of a VF too; they take a
refusal of the kernel for success, and what is refused has to be said here.

Each change has a moment, by the clock that all processes of a host share,
after which it is not begun: its caller waits no longer, and a server may have
the device.  What has come to the kernel by then is done before anything that
is ordered later, for the kernel makes such changes one after another.
"""

import time

from nova import privsep
from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from nova_pci_ext.model.address import PciAddress

#: What the kernel said, None for "done".
Refusal = str | None
_TOO_LATE = 'nobody waits for it any more'


@privsep.sys_admin_pctxt.entrypoint  # type: ignore[untyped-decorator]
def answer() -> bool:
    """Show that the daemon runs, and finds this package."""
    return True


@privsep.sys_admin_pctxt.entrypoint  # type: ignore[untyped-decorator]
def set_vf(index: int, number: int, told: dict[str, object],
           until: float) -> Refusal:
    """Tell a card something of a VF.

    :param index: the kernel's number of the PF's interface
    :param told: as ``IPRoute.link('set', vf=...)`` has it, without ``vf``
    :param until: not begun after that, by ``time.monotonic``
    """
    return _set(until, index=index, vf={'vf': number, **told})


@privsep.sys_admin_pctxt.entrypoint  # type: ignore[untyped-decorator]
def set_interface(index: int, told: dict[str, object],
                  until: float) -> Refusal:
    """Change an interface of the host.

    :param told: ``state`` (``up`` or ``down``) or ``address``
    :param until: as of ``set_vf``
    """
    return _set(until, index=index, **told)


def _set(until: float, **asked: object) -> Refusal:
    try:
        with IPRoute() as route:
            if time.monotonic() > until:
                return _TOO_LATE
            route.link('set', **asked)
    except (NetlinkError, OSError) as exc:
        return str(exc.args[-1])
    return None


@privsep.sys_admin_pctxt.entrypoint  # type: ignore[untyped-decorator]
def set_vf_count(pf: str, number: int, until: float) -> Refusal:
    """Let the kernel make VFs, for the drivers that a PF has for them.

    :param pf: its address
    :param until: as of ``set_vf``
    """
    known = PciAddress.parse(pf)
    try:
        with open(f'/sys/bus/pci/devices/{known}/sriov_numvfs', 'w') as file:
            if time.monotonic() > until:
                return _TOO_LATE
            file.write(str(number))
    except OSError as exc:
        return exc.strerror or str(exc)
    return None
