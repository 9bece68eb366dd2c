# SPDX-License-Identifier: Apache-2.0
"""nova-compute in the machine, with this tree's driver, in the cloud outside.

It finds every service of the cloud at the address that the services outside
have, and its files at the same paths; what it has to remember lies on the
machine's own disk.
"""

import contextlib
import shlex
import shutil
import time
from collections.abc import Iterator

from cloud import backends
from cloud import databases
from cloud import layout
from cloud import rest
from cloud import settings
from tests.hardware import image
from tests.hardware import place as place_of
from tests.hardware.machine import Machine
from tests.hardware.machine import MachineError

#: What a nova-compute calls.
SERVICES = ('rabbitmq', 'keystone', 'placement', 'glance', 'neutron', 'nova')
#: A compute without KVM takes its time.
PATIENCE_S = 180
#: For every service of Nova: aliases of the cards, and patience.
MORE = f"""\
[DEFAULT]
rpc_response_timeout = {PATIENCE_S}
service_down_time = {PATIENCE_S}
allow_resize_to_same_host = True
[pci]
alias = {{"name": "igbvf", "vendor_id": "8086", "product_id": "10ca", \
"device_type": "type-VF"}}
alias = {{"name": "igbpf", "vendor_id": "8086", "product_id": "10c9", \
"device_type": "type-PF"}}
"""
CHOICE = settings.Choice(more=MORE)
#: For the compute alone. A disk of one GB takes 64 KiB here. pyroute2 would
#: write each answer of the kernel out, which takes seconds without KVM.
SECTIONS = """\
[DEFAULT]
debug = True
default_log_levels = amqp=WARN,sqlalchemy=WARN,oslo.messaging=INFO,\
oslo_messaging=INFO,urllib3.connectionpool=WARN,keystoneauth=WARN,\
keystonemiddleware=WARN,stevedore=WARN,pyroute2=INFO,asyncio=INFO
report_interval = 20
update_resources_interval = 20
disk_allocation_ratio = 50
cpu_allocation_ratio = 32
resume_guests_state_on_host_boot = False
[libvirt]
virt_type = qemu
[nova_sys_admin]
helper_command = {helper}
[vif_plug_ovs_privileged]
helper_command = {helper}
[vif_plug_linux_bridge_privileged]
helper_command = {helper}
"""
#: One VF may be trusted by its guest; the first entry that names it counts.
TRUSTED = '0000:81:11.4'
TRUSTED_SPEC = (
    f'device_spec = {{"address": "{TRUSTED}", "physical_network": "physnet2", '
    '"trusted": "true"}')
PID = '/run/nova-compute.pid'
GRACE_S = 20
UP_S = 600


class Compute:
    """The one compute of the machine.

    :ivar log: what it and its earlier lives have written
    :ivar conf: path of its configuration
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._place = machine.place
        self.log = self._place.logs / f'{place_of.COMPUTE}.log'
        self.conf = str(settings.compute_settings(
            self._place, place_of.HOST))
        self._more = ''

    def prepare(self) -> None:
        """Make its folders, and its ways to the services outside."""
        state = self._place.state / place_of.HOST
        self._machine.run(
            f'mkdir -p /var/lib/nova {state}; '
            f'mount --bind /var/lib/nova {state}; '
            'mkdir -p /var/lib/nova/instances /var/lib/nova/locks')
        for name in SERVICES:
            lead_outside(self._machine, name)

    def start(self) -> None:
        """Start nova-compute and wait until the cloud knows that it is up."""
        begin = backends.query(
            self._place, 'SELECT UTC_TIMESTAMP()').strip()
        self._write_settings()
        number = self._machine.start_command(
            f'nova-compute --config-file {self.conf}', self.log)
        self._machine.run(f'echo {number} >{PID}')
        rest.wait_until(f'start of {place_of.COMPUTE}', lambda: (
            self._is_alive() and self._has_reported(begin)), UP_S)
        if not self._is_mapped():
            databases.map_hosts(self._place)

    def stop(self) -> None:
        """End it as an init system does that has no patience."""
        self._machine.run(
            f'kill $(cat {PID}) || exit 0; for i in $(seq {GRACE_S}0); do '
            f'kill -0 $(cat {PID}) 2>/dev/null || exit 0; sleep 0.1; done; '
            f'kill -KILL $(cat {PID}); true')

    def kill(self) -> None:
        """End it at once, as a power failure of one process does."""
        self._machine.run(f'kill -KILL $(cat {PID})')

    @contextlib.contextmanager
    def killed_at(self, moment: str) -> Iterator[None]:
        """Kill it as soon as it logs a text, which what is done provokes."""
        self._machine.start_command(
            f'sh /lab/kill-at {shlex.quote(moment)} {self.log} {PID}',
            self._place.logs / 'kill-at.log')
        time.sleep(2)
        yield
        self._machine.run(f'for i in $(seq {UP_S}); do [ -e /tmp/killed ] && '
                          'exit 0; sleep 1; done; exit 1', UP_S + 60)

    def restart(self) -> None:
        """End it and start it again."""
        self.stop()
        self.start()

    @contextlib.contextmanager
    def configured(self, more: str) -> Iterator[None]:
        """Run it with more settings, and then without them."""
        self._more = more
        self.restart()
        try:
            yield
        finally:
            self._more = ''
            self.restart()

    def _write_settings(self) -> None:
        path = settings.write_compute(
            self._place, CHOICE, place_of.HOST,
            settings.LIBVIRT)
        path.write_text(path.read_text().replace(
            '[pci]\n', f'[pci]\n{TRUSTED_SPEC}\n', 1) + SECTIONS.format(
                helper=f'/usr/local/bin/privsep-helper --config-file {path}')
            + self._more)

    def _is_alive(self) -> bool:
        try:
            # Whoever has ended may wait for its parent.
            self._machine.run(
                f"grep -q '^State:.[^ZX]' /proc/$(cat {PID})/status")
        except MachineError as error:
            raise MachineError(f'nova-compute has ended, see {self.log}'
                               ) from error
        return True

    def _has_reported(self, since: str) -> bool:
        """Whether it is up, and has written its devices since then."""
        return bool(backends.query(
            self._place,
            'SELECT node.id FROM nova.compute_nodes node JOIN nova.services '
            'service ON service.host = node.host WHERE node.deleted = 0 AND '
            f"node.host = '{place_of.HOST}' AND node.updated_at > '{since}' "
            f"AND service.last_seen_up > '{since}'"))

    def _is_mapped(self) -> bool:
        return bool(backends.query(
            self._place, 'SELECT id FROM nova_api.host_mappings WHERE '
            f"host = '{place_of.HOST}'"))


def lead_outside(machine: Machine, service: str) -> None:
    """Let what runs in the machine reach a service as those outside do."""
    port = machine.place.port(service)
    machine.start_command(
        f'socat TCP-LISTEN:{port},bind={layout.ADDRESS},fork,reuseaddr '
        f'TCP:10.0.2.2:{port}', machine.place.logs / 'socat')


def install_package(machine: Machine) -> None:
    """Install this tree in the machine, without what it needs."""
    folder = machine.place.folder / 'package'
    shutil.rmtree(folder, ignore_errors=True)
    # A module that was removed would be packed from an earlier build.
    shutil.rmtree(layout.ROOT / 'build', ignore_errors=True)
    image.install_python(folder, '--no-deps', str(layout.ROOT))
    # One file, as each file that is shared costs the machine a while.
    packed = shutil.make_archive(str(folder), 'tar', folder)
    machine.run(f'rm -rf /tmp/package && mkdir /tmp/package && '
                f'tar -C /tmp/package -x -f {packed} && '
                f'cp -a /tmp/package/lib/* /{image.SITE}/ && '
                'cp -a /tmp/package/bin/* /usr/local/bin/', timeout_s=400)
