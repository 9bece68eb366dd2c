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


from tests import hand_over
from tests import hand_over_table


def test_the_documentation_shows_what_is_generated():
    assert hand_over_table.TABLE.read_text() == hand_over_table.table()


def test_every_element_is_valid():
    valid = hand_over_table.table().count('     - yes\n')
    assert valid == len(hand_over.WITH_ELEMENT)
