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

"""Placement's own application, with a SQLite database of its own."""

import contextlib
import pathlib
from collections.abc import Iterator

from oslo_config import cfg
from placement import conf as placement_conf
from placement import db_api
from placement import deploy

from nova_pci_ext.embedded import web


@contextlib.contextmanager
def serve_placement(folder: pathlib.Path) -> Iterator[web.WebServer]:
    """Serve Placement; callers are whoever their token says.

    :param folder: where the database file goes
    """
    config = cfg.ConfigOpts()
    placement_conf.register_opts(config)
    config.set_override('auth_strategy', 'noauth2', group='api')
    config.set_override(
        'connection', f'sqlite:///{folder / "placement.sqlite"}',
        group='placement_database')
    config.set_override('sync_on_startup', True, group='placement_database')
    config([], project='placement', default_config_files=[])
    db_api.configure(config)
    application = deploy.loadapp(config)
    # One request at a time, for SQLite has one writer.
    with web.WebServer(application, threaded=False) as server:
        yield server
