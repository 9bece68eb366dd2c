# SPDX-License-Identifier: Apache-2.0

"""An example of an ML2 mechanism driver for 802.1Qbg and 802.1Qbh.

It binds ports on the physical networks whose switch speaks one of the two,
and says in ``binding:vif_details`` what the host has to tell the switch. It
does not configure a switch.
"""

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api
from oslo_config import cfg
from oslo_config import types

OPTIONS = [
    cfg.ListOpt('qbg_physical_networks', default=[],
                help='Physical networks whose switch speaks 802.1Qbg (VEPA).'),
    cfg.ListOpt('qbh_physical_networks', default=[],
                help='Physical networks whose switch is an 802.1Qbh '
                     'controlling bridge.'),
    cfg.DictOpt('interface_mappings', default={},
                help='The interface of each host on a physical network of '
                     '802.1Qbg, for ports with vnic_type normal.'),
    cfg.IntOpt('managerid', default=1, min=0, max=0xff,
               help='The database of types that the switch asks.'),
    cfg.IntOpt('typeidversion', default=1, min=0, max=0xff,
               help='The version of the type.'),
    cfg.Opt('typeids', default={}, type=types.Dict(types.Integer(0, 0xffffff)),
            help='The type of each physical network of 802.1Qbg.'),
    cfg.DictOpt('profileids', default={},
                help='The port profile of each physical network of 802.1Qbh.'),
]


class EdgeSwitchDriver(api.MechanismDriver):
    """Binds ports whose first switch is a real one."""

    @property
    def connectivity(self):
        """Let ports without an IP address be bound, too."""
        return portbindings.CONNECTIVITY_L2

    def initialize(self):
        """Read the options."""
        cfg.CONF.register_opts(OPTIONS, 'edge_switch')
        self._conf = cfg.CONF.edge_switch

    def bind_port(self, context):
        """Bind a port to the first segment that it can have."""
        for segment in context.segments_to_bind:
            found = self._answer(context.current,
                                 segment[api.PHYSICAL_NETWORK])
            if found is not None:
                vif_type, details = found
                context.set_binding(
                    segment[api.ID], vif_type,
                    {portbindings.CAP_PORT_FILTER: False,
                     portbindings.VIF_DETAILS_CONNECTIVITY: self.connectivity,
                     **details},
                    constants.PORT_STATUS_ACTIVE)
                return

    def _answer(self, port, physnet):
        """Return vif_type and vif_details; None for another driver's port."""
        vnic_type = port[portbindings.VNIC_TYPE]
        conf = self._conf
        if physnet in conf.qbg_physical_networks:
            if vnic_type == portbindings.VNIC_MACVTAP:
                return '802.1qbg', self._qbg(port, physnet)
            # Without a VF the host needs an interface of its own.
            if (vnic_type == portbindings.VNIC_NORMAL
                    and physnet in conf.interface_mappings):
                interface = conf.interface_mappings[physnet]
                return '802.1qbg', {**self._qbg(port, physnet),
                                    'physical_interface': interface}
        if (physnet in conf.qbh_physical_networks and vnic_type in (
                portbindings.VNIC_DIRECT, portbindings.VNIC_MACVTAP)
                and physnet in conf.profileids):
            return '802.1qbh', {'profileid': conf.profileids[physnet]}
        return None

    def _qbg(self, port, physnet):
        """Return the four parameters; the switch knows the port by its id."""
        return {'managerid': self._conf.managerid,
                'typeid': self._conf.typeids.get(physnet, 0),
                'typeidversion': self._conf.typeidversion,
                'instanceid': port['id']}
