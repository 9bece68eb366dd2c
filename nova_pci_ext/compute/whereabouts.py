# SPDX-License-Identifier: Apache-2.0

"""Where instances are that an update of the host does not name."""

from nova import exception
from nova import objects

from nova_pci_ext.novaobj import protocols


def is_on_its_way(context: protocols.Context, uuid: str) -> bool:
    """Whether Nova is doing something with an instance.

    A migration is called reverted before the source has the instance again
    (``ResourceTracker.drop_move_claim_at_dest``).  An update of the source
    then finds it neither among its instances nor among its migrations.
    """
    try:
        found = objects.Instance.get_by_uuid(context, uuid, expected_attrs=[])
    except exception.InstanceNotFound:
        return False
    return found.task_state is not None
