# SPDX-License-Identifier: Apache-2.0

"""What our checks of flavors in nova-api lean on."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_API = frozenset({Part.API})
_FLAVORS = frozenset({Part.FLAVORS})
_CONTROLLER = ('nova.api.openstack.compute.flavors_extraspecs:'
               'FlavorExtraSpecsController')

API = (
    Owner(path='nova.api.validation.extra_specs.base:ExtraSpecValidator',
          use=Use.OVERRIDDEN, parts=_API, members={'validate': None},
          why='flavors are checked as we parse them'),
    Owner(path='nova.api.validation.extra_specs.base', use=Use.CALLED,
          parts=_API,
          members={'ExtraSpecValidator': '*, name, description, value'},
          why='flavors are checked as we parse them'),
    Owner(path='nova.api.validation.extra_specs.pci_passthrough',
          use=Use.READ, parts=_API, members=names('EXTRA_SPEC_VALIDATORS'),
          why="our check takes the place of Nova's"),
    Owner(path='nova.exception', use=Use.READ, parts=_API,
          members=names('ValidationError'), why='what the API tells its user'),
    Owner(path='nova.api.openstack.wsgi:Resource', use=Use.WRAPPED,
          parts=_API, members={'__init__': 'self, controller'},
          why='when the controllers are there'),
)

FLAVORS = (
    Owner(path=_CONTROLLER, use=Use.WRAPPED, parts=_FLAVORS,
          members={'create': 'self, req, flavor_id, body',
                   'update': 'self, req, flavor_id, id, body',
                   '_check_extra_specs_value': 'self, req, specs'},
          why='a flavor is checked as a whole'),
    Owner(path=f'{_CONTROLLER}.create', use=Use.ASKED_BY_NOVA,
          parts=_FLAVORS, members=names('_check_extra_specs_value'),
          why='a flavor is checked as a whole'),
    Owner(path=f'{_CONTROLLER}.update', use=Use.ASKED_BY_NOVA,
          parts=_FLAVORS, members=names('_check_extra_specs_value'),
          why='a flavor is checked as a whole'),
    Owner(path='nova.api.openstack.common', use=Use.CALLED, parts=_FLAVORS,
          members={'get_flavor': 'context, flavor_id'},
          why='the extra specs that a flavor has'),
    Owner(path='nova.api.openstack.api_version_request', use=Use.CALLED,
          parts=_FLAVORS, members={'is_supported': 'req, version|min_version'},
          why='whether Nova validates in this microversion'),
    Owner(path='nova.exception', use=Use.READ, parts=_FLAVORS,
          members=names('ValidationError'), why='what the API tells its user'),
)
