# SPDX-License-Identifier: Apache-2.0

"""What the project has to do, row by row, and the tests that show it.

``python -m tests.feature_rows`` writes the documentation's table.
"""

import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).parents[1]
TABLE = ROOT / 'doc' / 'source' / 'reference' / 'features-table.inc'

# What the tests below a folder, or of a module, run on. The longest counts.
OURS = 'our code'
EDGE = 'the real client, with the answers of a cloud made up'
PLACES = {
    'tests/unit/': OURS,
    'tests/property/': OURS,
    'tests/functional/': OURS,
    'tests/integration/': "Nova's code in the process of the test",
    'tests/integration/clients/': EDGE,
    'tests/integration/quickstart/': 'embedded Nova',
    'tests/integration/cli/test_quickstart.py': 'embedded Nova',
    'tests/integration/cli/test_transcript_2014.py': 'embedded Nova',
    'tests/integration/virt/test_ports.py': 'embedded Nova',
    'tests/schema/': "libvirt's schema and test driver",
    'tests/neutron/': 'real Neutron',
    'tests/libvirt/test_libvirtd.py': 'real libvirtd on a recorded machine',
    'tests/libvirt/test_macvtap.py': 'real kernel, libvirtd and QEMU',
    'tests/vhost_user/': 'real Neutron, Open vSwitch with DPDK, libvirtd, '
                         'QEMU and guests',
    'tests/cloud/': 'a cloud of the real services on recorded machines',
    'tests/hardware/': 'an emulated machine in such a cloud: real kernel, '
                       'libvirt, QEMU and nova-compute',
}
# No service of a cloud and no kernel takes part.
WEAK = {OURS, EDGE}


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One thing that works.

    :ivar tests: path, ``::`` and name of each
    :ivar lacks: what no test shows, and why; it must be said where no
        service and no kernel takes part
    """

    name: str
    what: str
    tests: tuple[str, ...]
    lacks: str = ''

    @property
    def places(self) -> list[str]:
        """What the tests run on, each once, in their order."""
        return list(dict.fromkeys(place_of(test) for test in self.tests))


def place_of(test):
    """Return what a test runs on."""
    return PLACES[max((begin for begin in PLACES if test.startswith(begin)),
                      key=len)]


QUICKSTART = 'tests/integration/cli/test_quickstart.py::'
TRANSCRIPT = ('tests/integration/cli/test_transcript_2014.py::'
              'test_each_command_says_what_the_page_shows')
CHECKED = ('tests/integration/configuration/test_checking.py::'
           'test_the_documentation_shows_what_is_said')
SCHEMA = 'tests/schema/test_libvirt_accepts.py::'
BOOT = 'tests/hardware/test_boot.py::'
IN_ORDER = BOOT + 'test_aliases_and_ports_come_in_the_order_of_the_requests'
BUDGETS = 'tests/integration/quickstart/test_budgets.py::'
QOS = 'tests/integration/quickstart/test_qos.py::'
MACHINE = 'tests/hardware/test_machine.py::'
LIFE = 'tests/hardware/test_life.py::'
HOT_PLUG = 'tests/hardware/test_hot_plug.py::'
WITHOUT = 'tests/hardware/test_without_iommu.py::'
LINKS = 'tests/neutron/test_links.py::'
NO_SWITCH = ('no switch takes part: nothing here speaks the protocol, so the '
             'way is shown up to the domain that libvirt takes')

ROWS = (
    Row('A1', 'a list in ``[DEFAULT] pci_passthrough_whitelist``', (
        QUICKSTART
        + 'test_the_server_with_the_alias_owns_two_devices_of_one_host',
        'tests/property/test_device_spec_parity.py::test_nova_and_we_agree')),
    Row('A2', 'one object there, with a glob address and a physical network', (
        QUICKSTART + 'test_the_port_has_a_vf_of_its_physical_network',)),
    Row('A3', '``[DEFAULT] pci_alias``', (
        QUICKSTART
        + 'test_the_server_with_the_alias_owns_two_devices_of_one_host',
        'tests/property/test_alias_parity.py::'
        'test_nova_and_we_read_the_same_aliases')),
    Row('A4', "today's names: ``[pci] device_spec``, "
        '``passthrough_whitelist`` and ``alias``', (
            'tests/cloud/test_boot.py::'
            'test_an_alias_gives_the_devices_of_one_host',
            'tests/property/test_device_spec_parity.py::'
            'test_nova_and_we_agree')),
    Row('A5', "the scheduler's options of 2014, which Nova ignores, are "
        "named with today's form", (
            'tests/functional/cli/test_check.py::'
            'test_check_of_a_file_of_2014_is_as_documented',
            'tests/functional/cli/test_migrate.py::'
            'test_what_migrate_prints_has_nothing_left_to_change', CHECKED)),
    Row('A6', '``[filter_scheduler] available_filters`` and '
        '``enabled_filters``', (
            QUICKSTART + 'test_filter_and_trackers_are_ours_by_class_path',
            'tests/cloud/test_boot.py::'
            'test_an_alias_gives_the_devices_of_one_host')),
    Row('A7', '``pci_passthrough:alias`` of a flavor, with counts and lists', (
        'tests/cloud/test_boot.py::'
        'test_an_alias_gives_the_devices_of_one_host',
        IN_ORDER,
        'tests/integration/api/test_extra_specs.py::'
        'test_a_flavor_that_can_boot_is_taken')),
    Row('A8', "Neutron's ML2 configuration of 2014, as it was written", (
        'tests/neutron/test_ml2_2014.py::test_its_server_binds_the_ports',
        'tests/neutron/test_ml2_2014.py::'
        'test_its_firewall_driver_is_a_class_that_the_agents_load')),
    Row('A9', "the SR-IOV agent's mappings, excluded VFs and "
        '``agent_required``, compared with ``device_spec``', (
            CHECKED,
            'tests/unit/parsing/test_neutron_values.py::'
            'test_vfs_of_each_interface'),
        'the check reads the files; no agent runs with them'),
    Row('B1', 'a flavor with an alias, and a boot: free devices of one host, '
        'owned', (
            'tests/cloud/test_commands.py::'
            'test_the_printed_commands_boot_both_servers',
            IN_ORDER)),
    Row('B2', '``nova boot --nic net-id=NET,vnic-type=TYPE``', (
        TRANSCRIPT,
        'tests/integration/clients/test_nova_client.py::'
        'test_the_line_of_2014',
        'tests/integration/clients/test_openstack_client.py::'
        'test_a_server_with_a_port_of_a_type',
        'tests/cloud/test_vnic_type.py::test_a_server_with_a_port_of_its_own',
        'tests/cloud/test_vnic_type.py::'
        'test_the_port_of_a_refused_server_is_taken_back')),
    Row('B3', 'a port with a vnic_type, and a boot with it', (
        TRANSCRIPT,
        QUICKSTART + 'test_the_printed_commands_for_a_direct_port_work',
        'tests/neutron/test_sriovnicswitch.py::'
        'test_a_port_is_bound_moved_and_unbound',
        BOOT + 'test_a_direct_port_is_a_vf_by_vfio_with_mac_and_vlan')),
    Row('B4', 'devices follow a server that is deleted, resized, migrated, '
        'evacuated, unshelved, or whose port is attached or detached', (
            'tests/cloud/test_moves.py::test_cold_migration_confirmed',
            'tests/cloud/test_moves.py::test_resize_to_more_devices',
            'tests/cloud/test_moves.py::test_shelve_and_unshelve',
            'tests/cloud/test_moves.py::test_evacuation_of_a_killed_compute',
            'tests/cloud/test_moves.py::test_attach_and_detach_of_a_port',
            'tests/cloud/test_gpus.py::'
            'test_cold_migrations_and_resizes_take_their_providers_along',
            LIFE + 'test_a_resize_on_the_same_host_changes_devices')),
    Row('C1', 'emulated and paravirtual NICs take no device, and hosts with '
        'devices are kept free of such servers', (
            'tests/integration/quickstart/test_plain_servers.py::'
            'test_they_go_to_hosts_with_devices_when_all_others_are_full',
            'tests/cloud/test_plain_servers.py::'
            'test_they_go_to_hosts_with_devices_when_all_others_are_full'),
        "with Nova's default multiplier they are not kept free "
        '(:doc:`weigher`); the guest does not run'),
    Row('C2', 'a whole device is passed through', (
        IN_ORDER,
        SCHEMA + 'test_the_schema_accepts_it')),
    Row('C3', 'a PF excludes its VFs, and the other way round', (
        BOOT + 'test_a_whole_card_excludes_its_vfs_and_returns_without',
        'tests/property/test_claims.py::'
        'test_each_kind_of_operation_is_compared_with_the_books')),
    Row('C4', "VFs of the port's physical network", (
        BOOT + 'test_a_direct_port_is_a_vf_by_vfio_with_mac_and_vlan',
        'tests/cloud/test_boot.py::'
        'test_a_port_is_bound_to_a_device_of_its_physnet')),
    Row('C5', 'macvtap in the modes bridge, vepa, private and passthrough', (
        LINKS + 'test_a_mode_of_the_profile_on_a_vf',
        LINKS + 'test_the_profile_goes_before_the_macvtap_driver',
        'tests/libvirt/test_macvtap.py::test_who_reaches_whom',
        'tests/libvirt/test_macvtap.py::'
        'test_guests_of_libvirt_have_the_mode_of_their_port',
        SCHEMA + 'test_libvirt_defines_it_and_shows_all_of_it',
        BOOT + 'test_a_macvtap_port_is_on_the_vf_netdev'),
        'a mode other than passthrough on a VF; a veth pair stands for it'),
    Row('C6', '802.1Qbg with its four parameters', (
        LINKS + 'test_802_1qbg_by_the_driver',
        LINKS + 'test_802_1qbg_by_the_profile',
        SCHEMA + 'test_the_schema_accepts_it'), NO_SWITCH),
    Row('C7', '802.1Qbh with its profile id', (
        LINKS + 'test_802_1qbh', SCHEMA + 'test_the_schema_accepts_it'),
        NO_SWITCH),
    Row('C8', 'a direct port with a VLAN behind the switch of its card', (
        BOOT + 'test_a_direct_port_is_a_vf_by_vfio_with_mac_and_vlan',
        'tests/neutron/test_sriovnicswitch.py::'
        'test_a_port_is_bound_moved_and_unbound')),
    Row('C9', 'vhost-user: socket and mode, no device of the server', (
        'tests/neutron/test_vhost_user.py::'
        'test_a_port_is_bound_moved_and_unbound',
        'tests/vhost_user/test_packets.py::'
        'test_guests_of_both_modes_answer_each_other',
        SCHEMA + 'test_the_schema_accepts_it'),
        "the report of Neutron's agent is made up, so no port has the tag of "
        'its VLAN; the guests have no huge pages. '
        'Snabb NFV, the switch of 2014, does not run with this Neutron: '
        ':doc:`/ports` has what takes its place'),
    Row('C10', 'vDPA, remote-managed, switchdev, trusted, live-migratable and '
        'one-time-use devices', (
            BOOT + 'test_a_trusted_port_has_the_vf_that_may_be_trusted',
            SCHEMA + 'test_the_schema_accepts_it',
            'tests/integration/scheduler/test_vnic_types.py::'
            'test_a_port_accepts_only_its_devices'),
        'the emulated machine has no vDPA device, DPU, representor, and no '
        'second host to migrate a VF to; these devices are made up'),
    Row('D1', "the host's devices as lspci, sysfs and libvirt have them", (
        MACHINE + 'test_nova_pci_lists_what_the_kernel_has',
        MACHINE + 'test_lspci_lists_the_same',
        MACHINE + 'test_the_two_sources_do_not_differ',
        'tests/libvirt/test_libvirtd.py::test_sysfs_and_libvirtd_do_not_differ'
        )),
    Row('D2', 'whether the host can pass devices through', (
        MACHINE + 'test_readiness_says_what_the_kernel_has',
        WITHOUT + 'test_the_check_says_that_nothing_can_be_handed_out',
        'tests/hardware/test_refused.py::'
        'test_a_device_by_vfio_is_refused_in_words')),
    Row('D3', 'VFs that are made while nova-compute runs', (
        HOT_PLUG + 'test_vfs_made_after_nova_compute_has_started',
        HOT_PLUG + 'test_vfs_of_a_card_that_had_none_are_offered',
        WITHOUT
        + 'test_the_vfs_of_a_module_option_are_shown_as_others_are'),
        'those of ``max_vfs`` are shown by ``nova-pci`` alone: nova-compute '
        'does not run when igb is loaded again'),
    Row('D4', 'drivers of handed out devices: vfio-pci for a guest, the '
        "host's again after it", (
            LIFE + 'test_a_vf_is_what_it_was_after_its_guest_and_a_restart',
            BOOT + 'test_a_direct_port_is_a_vf_by_vfio_with_mac_and_vlan')),
    Row('D5', 'the ``<hostdev>`` of a device', (
        SCHEMA + 'test_libvirt_defines_it_and_shows_all_of_it',
        IN_ORDER)),
    Row('E1', '``binding:profile``, from the compute to Neutron', (
        'tests/neutron/test_sriovnicswitch.py::'
        'test_a_port_is_bound_moved_and_unbound',
        'tests/integration/virt/test_ports.py::'
        'test_the_profile_follows_the_device_of_a_moved_server')),
    Row('E2', '``binding:vif_details``, from Neutron to the compute', (
        'tests/neutron/test_sriovnicswitch.py::'
        'test_a_port_is_bound_moved_and_unbound',
        LINKS + 'test_802_1qbg_by_the_driver')),
    Row('E3', 'the driver gets each device with the details of the port or '
        'alias that it was claimed for', (
            IN_ORDER,
            LIFE + 'test_a_hard_reboot_keeps_devices_and_their_order',
            'tests/integration/virt/test_hand_over.py::'
            'test_a_port_with_the_device_of_another_is_refused')),
    Row('F1', 'a bandwidth budget of a PF, of which ports and devices of '
        'aliases take', (
            BUDGETS + 'test_servers_run_until_nothing_is_left_of_the_budgets',
            BUDGETS + 'test_what_a_server_takes_goes_with_it',
            BUDGETS + 'test_it_goes_along_with_restarts_between',
            BUDGETS
            + 'test_of_two_servers_sent_for_the_last_share_one_goes_elsewhere',
            BUDGETS
            + 'test_an_audit_finds_and_repairs_what_a_row_does_not_note',
            QOS + 'test_what_placement_counts_is_not_taken_of_a_budget',
            QOS + 'test_a_port_is_on_the_pf_that_placement_chose',
            'tests/neutron/test_bandwidth.py::'
            'test_a_port_is_on_the_pf_that_placement_chose',
            'tests/property/test_bandwidth.py::'
            'test_the_search_equals_trying_every_way'),
        'no card carries the traffic: a budget says where servers go '
        'and limits no VF'),
)

HEAD = """\
.. Written by ``python -m tests.feature_rows``; do not edit.

.. list-table::
   :header-rows: 1
   :widths: 6 30 24 40

   * - Row
     - What works
     - Shown on
     - By which tests, and what they do not show
"""


def table():
    """Return the documentation's table."""
    return HEAD + ''.join(map(_lines, ROWS))


def _lines(row):
    lines = [f'   * - {row.name}', f'     - {row.what}',
             f"     - {'; '.join(row.places)}",
             f'     - | ``{row.tests[0]}``']
    lines += [f'       | ``{test}``' for test in row.tests[1:]]
    if row.lacks:
        lines += ['', f'       **Not shown:** {row.lacks}.']
    return '\n'.join(lines) + '\n'


if __name__ == '__main__':
    TABLE.write_text(table())
