#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
    before = list(accepted)

    def fits(number: int) -> bool:
        return decision.can_serve(
            demands.merge([*before, *[ask] * number]), pools)

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
