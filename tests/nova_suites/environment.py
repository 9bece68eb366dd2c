# SPDX-License-Identifier: Apache-2.0

"""Make the surroundings that Nova's tests expect, outside of Nova's folder.

The tests look for ``etc/nova/api-paste.ini`` below ``state_path``, which by
default is the folder above the nova package. The wheel installs that file
elsewhere, and a runner has no business writing into site-packages; so the
default of the option is pointed at a temporary folder that holds a link.
"""

import importlib.metadata
import os
import pathlib


def find_paste_file() -> pathlib.Path:
    """Locate the api-paste.ini that was installed with Nova.

    :raises FileNotFoundError: if Nova's distribution records no such file
    """
    for entry in importlib.metadata.files('nova') or ():
        if entry.parts[-3:] == ('etc', 'nova', 'api-paste.ini'):
            return pathlib.Path(entry.locate()).resolve(strict=True)
    raise FileNotFoundError('the nova distribution has no api-paste.ini')


def prepare_state(folder: pathlib.Path) -> None:
    """Make ``folder`` the state path of every configuration made later.

    ``set_defaults`` changes the option itself. A default set on the
    configuration object would be lost, because Nova's fixture resets it
    between tests.
    """
    # Nova may only be imported once eventlet's patches are in place.
    from nova.conf import paths
    from oslo_config import cfg

    link = folder / 'etc' / 'nova' / 'api-paste.ini'
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(find_paste_file())
    cfg.set_defaults(paths.ALL_OPTS, state_path=str(folder))


def patch_like_nova(threading: bool) -> None:
    """Choose the concurrency backend before anything else is imported.

    :param threading: native threads, as Nova's services use by default;
        otherwise eventlet, as Nova's own test packages choose
    """
    if threading:
        os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = 'true'
    from nova import monkey_patch

    # Nova 31 has patched as this module was imported.
    if hasattr(monkey_patch, 'patch'):
        monkey_patch.patch()
    from nova import objects

    objects.register_all()


def choose_candidates(whose: str) -> None:
    """Set who makes allocation candidates, as nova.conf would.

    :param whose: value of ``[pci_ext] allocation_candidates``
    """
    from oslo_config import cfg

    from nova_pci_ext.configuration import pci_ext

    cfg.set_defaults(pci_ext.OPTIONS, allocation_candidates=whose)
