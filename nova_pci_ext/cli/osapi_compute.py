# SPDX-License-Identifier: Apache-2.0

"""Nova's API with aliases of several entries, as a WSGI application.

To be named where ``nova.wsgi.osapi_compute`` was, for Nova checks aliases
before it loads anything that could be ours.
"""

# It decides about threads before anything else of Nova loads.
from nova import monkey_patch

monkey_patch.patch(backend='threading')

from nova.api.openstack import wsgi_app  # noqa: E402

from nova_pci_ext import install  # noqa: E402
from nova_pci_ext.api import alternatives  # noqa: E402
from nova_pci_ext.novaobj.hooks import Part  # noqa: E402

install.check(Part.CONDUCTOR)
alternatives.install()

application = wsgi_app.init_application(
    'osapi_compute', 'nova-api-os-compute')
