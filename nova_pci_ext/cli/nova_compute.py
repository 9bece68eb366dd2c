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

"""``nova-compute-pci``: nova-compute with our classes in place.

The second way in, for Nova and this package in different folders and for a
``compute_driver`` that is not one of ours.
"""


def main() -> None:
    """Install our classes, let Nova find our drivers, and run nova-compute.

    Nova's command goes first, for it decides about threads as it loads.

    :raises InstallError: when this Nova is none that we support
    """
    from nova.cmd import compute

    from nova_pci_ext import install
    install.find_drivers()
    install.install()
    compute.main()
