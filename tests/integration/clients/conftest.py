# SPDX-License-Identifier: Apache-2.0

import configparser
import importlib.metadata
import os
import pathlib

import pytest
import requests_mock
import stevedore._cache

from tests import fake_cloud

ROOT = pathlib.Path(__file__).parents[3]


def entry_points(group):
    """The entry points of a group that setup.cfg declares, loadable."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / 'setup.cfg')
    lines = parser['entry_points'].get(group, '').split('\n')
    return [importlib.metadata.EntryPoint(
        *map(str.strip, line.split('=')), group) for line in lines if line]


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    """Let the clients find what setup.cfg declares, installed or not."""
    found = stevedore._cache.get_group_all

    def get_group_all(group):
        ours = entry_points(group)
        names = {point.name for point in ours}
        return [*(point for point in found(group) if point.name not in names),
                *ours]
    monkeypatch.setattr(stevedore._cache, 'get_group_all', get_group_all)


@pytest.fixture
def cloud(monkeypatch):
    """Makes the cloud that the clients talk to."""
    for name in [name for name in os.environ if name.startswith('OS_')]:
        monkeypatch.delenv(name)
    for name, value in fake_cloud.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with requests_mock.Mocker() as requests:
        yield lambda **values: fake_cloud.FakeCloud(requests, **values)
