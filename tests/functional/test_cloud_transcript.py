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

"""The documentation shows what ``make cloud`` prints."""

import os

from cloud import credentials
from cloud import layout

TRANSCRIPT = (layout.ROOT / 'doc' / 'source' / 'examples' / 'cloud'
              / 'transcript.txt')


def test_the_transcript_has_what_is_printed_when_the_cloud_is_ready(tmp_path):
    place = layout.Layout(folder=tmp_path, base_port=layout.FIRST_PORT)
    printed = credentials.describe(place).replace(
        os.path.relpath(tmp_path, layout.ROOT), '.cloud/run')
    assert printed in TRANSCRIPT.read_text()
