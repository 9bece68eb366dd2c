# SPDX-License-Identifier: Apache-2.0

"""Where instances are that an update of the host does not name."""

from nova import exception
from nova import objects
from nova.compute import task_states

from nova_pci_ext.novaobj import protocols


def is_here(context: protocols.Context, uuid: str, node: str | None) -> bool:
    """Whether an instance is on a node by now, or on its way back to one.

    A migration is called reverted before the source has the instance again
    (``ResourceTracker.drop_move_claim_at_dest``).  An update of the source
    then finds it neither among its instances nor among its migrations; and
    what it listed may be older than the end of the revert.

    :param node: ``hypervisor_hostname``
    """
    try:
        found = objects.Instance.get_by_uuid(context, uuid, expected_attrs=[])
    except exception.InstanceNotFound:
        return False
    return (found.task_state == task_states.RESIZE_REVERTING
            or (node is not None and found.node == node))
