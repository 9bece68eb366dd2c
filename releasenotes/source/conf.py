# SPDX-License-Identifier: Apache-2.0

"""How Sphinx builds the release notes (tox -e releasenotes)."""

project = 'nova-pci-ext release notes'
copyright = '2026, nova-pci-ext developers'
release = version = ''

extensions = ['openstackdocstheme', 'reno.sphinxext']
html_theme = 'openstackdocs'
pygments_style = 'native'
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_repo_name = 'nova-pci-ext'
openstackdocs_use_storyboard = False
