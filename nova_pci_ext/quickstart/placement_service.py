# SPDX-License-Identifier: Apache-2.0

"""Placement's own application, with a SQLite database of its own."""

import contextlib
import pathlib
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from oslo_config import cfg
from placement import conf as placement_conf
from placement import db_api
from placement import deploy

from nova_pci_ext.quickstart import web


@contextlib.contextmanager
def serve_placement(folder: pathlib.Path) -> Iterator[web.WebServer]:
    """Serve Placement; callers are the services of a cloud.

    :param folder: where the database file goes
    """
    config = cfg.ConfigOpts()
    placement_conf.register_opts(config)
    config.set_override('auth_strategy', 'noauth2', group='api')
    config.set_override(
        'connection', f'sqlite:///{folder / "placement.sqlite"}',
        group='placement_database')
    config.set_override('sqlite_synchronous', False,
                        group='placement_database')
    config.set_override('sync_on_startup', True, group='placement_database')
    config([], project='placement', default_config_files=[],
           default_config_dirs=[])
    db_api.configure(config)
    application = _Services(deploy.loadapp(config))
    # One request at a time, for SQLite has one writer.
    with web.WebServer(application, threaded=False) as server:
        yield server


class _Services:
    """Takes every caller for a service that an administrator runs.

    The token alone would make an administrator, who may not reshape the
    providers of a host; nova-compute does where devices are added to servers
    that run.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any],
                 start_response: Any) -> Iterable[bytes]:
        found: Iterable[bytes] = self._application(
            {**environ, 'HTTP_X_ROLES': 'admin,member,reader,service'},
            start_response)
        return found
