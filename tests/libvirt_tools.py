# SPDX-License-Identifier: Apache-2.0

"""libvirt's own judgement of an element: its schema and its test driver."""

import shutil
import subprocess
from xml.etree import ElementTree

TOOLS = ('virt-xml-validate', 'xmllint', 'virsh')
DOMAIN = ("<domain type='test'><name>guest</name><memory>1024</memory>"
          '<os><type>hvm</type></os><devices>{}</devices></domain>')


def require():
    """Fail, rather than skip, on a machine without the tools."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not missing, (
        f"{', '.join(missing)} not found: "
        'apt-get install libvirt-clients libxml2-utils')


def validate(element, directory):
    """Check a domain with this element against libvirt's schema.

    :returns: what the validator says against it, empty when valid
    """
    domain = directory / 'domain.xml'
    domain.write_text(DOMAIN.format(element))
    done = _run('virt-xml-validate', str(domain), 'domain')
    return done.stderr if done.returncode else ''


def define(element, directory):
    """Define a domain with this element in libvirt's test driver.

    :returns: the element as libvirt shows it, and what it said against it;
        one of them is None
    """
    domain = directory / 'domain.xml'
    domain.write_text(DOMAIN.format(element))
    done = _run('virsh', '--quiet', '--connect', 'test:///default',
                f'define {domain}; dumpxml guest')
    if done.returncode:
        return None, done.stderr
    shown = ElementTree.fromstring(done.stdout[done.stdout.index('<domain'):])
    return ElementTree.tostring(shown.find('devices')[0],
                                encoding='unicode'), None


def lost(written, shown):
    """Return what an element says and libvirt does not show, sorted.

    What libvirt adds (aliases, guest addresses, names) is passed over.
    """
    return sorted(set(_statements(ElementTree.fromstring(written)))
                  - set(_statements(ElementTree.fromstring(shown))))


def _statements(element, path=''):
    """Yield path, attribute and value of all that an element says."""
    path = f'{path}/{element.tag}'
    yield path, '', ''
    for name, value in element.items():
        if (name, value) == ('managed', 'no'):
            continue  # its default, which it shows on <hostdev> only
        # libvirt prints 0x81 and takes 129 too.
        yield path, name, str(int(value, 0)) if _is_hex(value) else value
    for child in element:
        yield from _statements(child, path)


def _is_hex(value):
    return value.startswith('0x')


def _run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60)
