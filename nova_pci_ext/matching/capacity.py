# SPDX-License-Identifier: Apache-2.0

"""How many equal instances fit on a host together."""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.model.pool import Pool


def capacity(accepted: Iterable[demands.Ask], ask: demands.Ask,
             pools: Sequence[Pool]) -> int:
    """Return how many times an ask fits beside what was accepted.

    Exact: n instances fit if the union of their requests does.  What n
    instances get, n - 1 of them get too, so the number is found by doubling
    and halving.

    :param accepted: what instances that are not in the pools yet have
    :param ask: at least one request, without providers
    """
    before = demands.Accepted(accepted)

    def fits(number: int) -> bool:
        return decision.can_serve(before.together(ask, number), pools)

    most = 1
    while fits(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        if fits(middle):
            least = middle
        else:
            most = middle
    return least
