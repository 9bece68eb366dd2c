# SPDX-License-Identifier: Apache-2.0

"""Nova's API with aliases of several entries, as a WSGI application.

To be named where ``nova.wsgi.osapi_compute`` was, for Nova checks aliases
before it loads anything that could be ours.
"""

from nova_pci_ext.quickstart import threads

threads.prefer_native()

from nova.api.openstack import wsgi_app  # noqa: E402

from nova_pci_ext import install  # noqa: E402
from nova_pci_ext.api import alternatives  # noqa: E402
from nova_pci_ext.novaobj.hooks import features  # noqa: E402
from nova_pci_ext.novaobj.hooks import Part  # noqa: E402

install.check(Part.CONDUCTOR)
alternatives.install()

_NAMES = ('osapi_compute', 'nova-api-os-compute')
application = wsgi_app.init_application(
    *_NAMES if features.has(features.Feature.NAMED_APPLICATION)
    else _NAMES[:1])
