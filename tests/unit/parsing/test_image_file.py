# SPDX-License-Identifier: Apache-2.0

"""Properties of an image, however it was printed."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.parsing import image_file


@pytest.mark.parametrize(('text', 'expected'), [
    pytest.param('{"id": "i", "properties": {"hw_numa_nodes": 2, "x": {}}}',
                 {'hw_numa_nodes': '2'}, id='by the client'),
    pytest.param('{"hw_numa_nodes": "2", "tags": [], "protected": false}',
                 {'hw_numa_nodes': '2', 'protected': 'false'},
                 id='by the API'),
    pytest.param('{}', {}, id='nothing'),
])
def test_images(text, expected):
    assert image_file.parse_image(text, 'f') == expected


@pytest.mark.parametrize('text', [
    '', '[]', '7', '{"properties": []}', '{', '[' * 100_000], ids=range(6))
def test_what_is_not_an_image(text):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        image_file.parse_image(text, 'a\n')
    assert str(caught.value).startswith('a\\n: expected an ')
