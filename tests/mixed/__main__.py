# SPDX-License-Identifier: Apache-2.0

"""``make test-mixed``: a cloud that is upgraded, service by service."""

import sys

from tests.cloud import __main__ as cloud_tests
from tests.mixed import releases

#: Longer than for the tests of one release: every stop starts services again.
SESSION_S = 14400

if __name__ == '__main__':
    sys.exit(cloud_tests.run(
        [str(cloud_tests.layout.ROOT / 'tests' / 'mixed'),
         f'--session-timeout={SESSION_S}', *sys.argv[1:]],
        choice=releases.choice(is_ours=True),
        others=releases.environments(releases.FIRST.of_process())))
