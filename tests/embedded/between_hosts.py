# SPDX-License-Identifier: Apache-2.0

"""Let every compute update its resources while a server is between two hosts.

Nova calls a migration reverted before the source has the instance again, and
a compute may update at that moment.  Prints what the server owns on the
source, what it owns just then, and [status, providers held, providers owned]
at the end.
"""

import json

from tests.embedded import gpu_cloud
from tests.embedded import moves


def main():
    hosts = [gpu_cloud.host(f'h{number}', gpu_cloud.gpus(4))
             for number in range(2)]
    between = []
    with gpu_cloud.running(hosts, 'ours') as cloud:
        server = moves.Moves(cloud, cloud.flavor('a1:2'),
                             cloud.flavor('a1:3'))

        def update():
            cloud.update_available()
            between.append(cloud.owned(server.id))
        with gpu_cloud.before_the_source_has_it_again(update):
            server.do('resized', 'resize', {'flavorRef': server.bigger},
                      'VERIFY_RESIZE', 'ERROR')
            server.do('reverted', 'revertResize')
    print(json.dumps({'source': server.told['resized, source'][2],
                      'between': between,
                      'reverted': server.told['reverted']}))


if __name__ == '__main__':
    main()
