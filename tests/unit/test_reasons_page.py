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


"""The page of reasons has each reason, with a meaning and a cure."""

import pathlib
import re

from nova_pci_ext.model.verdict import Reason

PAGE = pathlib.Path(__file__).parents[2] / 'doc/source/reference/reasons.rst'
ROW = re.compile(r'^``(\w+)``\n((?:    .*\n|\n)+)', re.MULTILINE)


def test_every_reason_has_a_meaning_and_a_cure_in_the_order_of_the_rules():
    rows = ROW.findall(PAGE.read_text())
    assert [name for name, _ in rows] == [reason.value for reason in Reason]
    for name, text in rows:
        meaning, _, cure = text.partition('*Cure:*')
        assert meaning.strip(), name
        assert cure.strip(), name
