# SPDX-License-Identifier: Apache-2.0

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
