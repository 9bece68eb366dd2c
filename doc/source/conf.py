# SPDX-License-Identifier: Apache-2.0

"""How Sphinx builds the documentation (tox -e docs)."""

import importlib.metadata

from docutils import nodes

project = 'nova-pci-ext'
copyright = '2026, nova-pci-ext developers'
release = version = importlib.metadata.version(project)

extensions = [
    'cliff.sphinxext',
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'reno.sphinxext',
]
html_theme = 'openstackdocs'
# Nothing is asked of other machines when a page is read.
html_theme_options = {'analytics_tracking_code': '', 'display_badge': False}
html_static_path = ['_static']
templates_path = ['_templates']
html_use_index = False
html_css_files = ['narrow.css', 'pages.css']
pygments_style = 'native'
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_repo_name = project
openstackdocs_use_storyboard = False


def _wrap_pictures(app, tree):
    """Let a picture that is wider than a phone scroll by itself."""
    if app.builder.format != 'html':
        return
    for picture in list(tree.findall(nodes.image)):
        box = nodes.container(classes=['picture'])
        picture.replace_self(box)
        box += picture


def setup(app):
    """Called by Sphinx."""
    app.connect('doctree-read', _wrap_pictures)
