# SPDX-License-Identifier: Apache-2.0

"""The runner of Nova's own suites, without running any of them."""

import sys
import types

import pytest

from tests.nova_suites import differences
from tests.nova_suites import outcome
from tests.nova_suites import replacement
from tests.nova_suites import report
from tests.nova_suites import suites
from tests.nova_suites import worker

STATS = 'nova.tests.unit.pci.test_stats.StatsTest.'
LISTED = f'{STATS}test_listed'
OTHER = f'{STATS}test_other'


def result(test, status):
    return outcome.Outcome(
        test=test, status=outcome.Status(status), seconds=0.5)


def test_no_module_stands_in_two_suites():
    modules = list(suites.modules_of(suites.SUITES, 34))
    assert sorted(set(modules)) == sorted(modules)


@pytest.mark.parametrize('nova', [31, 32, 33])
def test_a_module_that_an_older_nova_lacks_is_left_out_there(nova):
    newer = set(suites.modules_of(suites.SUITES, 34))
    assert newer - set(suites.modules_of(suites.SUITES, nova)) == {
        'nova.tests.functional.regressions.test_bug_2140631'}


def test_groups_expand_once_and_in_the_order_of_the_table():
    assert suites.chosen_suites(['unit-pci', 'functional', 'core']) == (
        'sriov', 'placement', 'regress', 'unit-pci', 'unit-sched',
        'unit-compute')


@pytest.mark.parametrize(('test', 'suite'), [
    pytest.param(LISTED, 'unit-pci', id='a test of a module in a suite'),
    pytest.param('nova.tests.unit.pci.test_stats_extra.T.test', None,
                 id='a module whose name only begins like one'),
    pytest.param('nova.tests.unit.test_api.T.test', None,
                 id='a module of no suite'),
])
def test_suite_of(test, suite):
    assert suites.suite_of(test) == suite


def test_an_outcome_survives_the_line():
    before = outcome.Outcome(
        test=LISTED, status=outcome.Status.FAILED, seconds=1.25,
        why='ValueError: \N{SNOWMAN}', traceback='two\nlines')
    line = outcome.encode(before)
    assert '\n' not in line
    assert outcome.decode(line) == before


@pytest.mark.parametrize(('outcomes', 'rows', 'unclean'), [
    pytest.param([(LISTED, 'passed')], [], {}, id='all pass'),
    pytest.param([(LISTED, 'failed')], [LISTED], {},
                 id='a failure with a row is deliberate'),
    pytest.param([(LISTED, 'failed'), (OTHER, 'failed')], [LISTED],
                 {'unexpected': (OTHER,)}, id='a failure without a row'),
    pytest.param([(LISTED, 'passed')], [LISTED], {'stale': (LISTED,)},
                 id='a row whose test passes'),
    pytest.param([(LISTED, 'skipped')], [LISTED], {'stale': (LISTED,)},
                 id='a row whose test is skipped'),
    pytest.param([(OTHER, 'passed')], [LISTED], {'missing': (LISTED,)},
                 id='a row whose test is not in its module'),
    pytest.param([(OTHER, 'passed')], ['nova.tests.unit.gone.T.test'],
                 {'missing': ('nova.tests.unit.gone.T.test',)},
                 id='a row whose module is in no suite'),
    pytest.param([(OTHER, 'passed')],
                 ['nova.tests.unit.pci.test_manager.T.test'], {},
                 id='a row of a suite that was not run is left alone'),
])
def test_compare(outcomes, rows, unclean):
    comparison = differences.compare(
        [result(*pair) for pair in outcomes],
        dict.fromkeys(rows, 'a reason'), lambda test: test.startswith(STATS))
    found = {
        'unexpected': tuple(r.test for r in comparison.unexpected),
        'stale': comparison.stale, 'missing': comparison.missing}
    assert {kind: ids for kind, ids in found.items() if ids} == unclean
    assert comparison.clean() is not bool(unclean)


def test_the_file_of_differences_names_tests_of_suites_with_reasons():
    for test in differences.read():
        assert suites.suite_of(test) is not None, test


def test_a_row_without_a_reason_is_refused(tmp_path):
    path = tmp_path / 'rows.yaml'
    path.write_text(f'{LISTED}: " "\n')
    with pytest.raises(ValueError) as caught:
        differences.read(path)
    assert str(caught.value) == f'rows.yaml: {LISTED} has no reason'


def test_the_report_counts_each_suite_and_all():
    outcomes = [
        result(LISTED, 'passed'), result(OTHER, 'failed'),
        result('nova.tests.unit.network.test_neutron.T.test', 'skipped')]
    assert [line.split() for line in report.table(outcomes)] == [
        ['suite', 'passed', 'failed', 'skipped', 'tests', 'seconds'],
        ['unit-pci', '1', '1', '0', '2', '1.0'],
        ['unit-neutron', '0', '0', '1', '1', '0.5']]
    assert report.closing(outcomes) == '1 passed, 1 failed, 1 skipped'


def test_the_exception_is_found_between_captured_logs():
    assert worker.last_exception_line('\n'.join([
        'pythonlogging: {{{', 'INFO: claimed', '}}}',
        'Traceback (most recent call last):',
        '  File "a.py", line 1, in test',
        'nova.exception.PciDeviceNotFound: no device',
        'later output'])) == 'nova.exception.PciDeviceNotFound: no device'


@pytest.fixture
def fake_nova(monkeypatch):
    """A module below nova that holds one class, which is then replaced."""
    original = type('Tracker', (), {'__module__': 'nova.fake_home'})
    ours = type('Tracker', (), {'__module__': 'ours'})
    home = types.ModuleType('nova.fake_home')
    home.Tracker = ours
    user = types.ModuleType('nova.fake_user')
    monkeypatch.setitem(sys.modules, 'nova', types.ModuleType('nova'))
    monkeypatch.setitem(sys.modules, home.__name__, home)
    monkeypatch.setitem(sys.modules, user.__name__, user)
    pair = replacement.Replaced('nova.fake_home:Tracker', original, ours)
    return home, user, pair


def keep_attribute(user, original):
    user.Kept = original


def keep_base(user, original):
    user.Child = type('Child', (original,), {'__module__': 'nova.fake_user'})


def keep_default(user, original):
    def build(cls=original):
        return cls()
    user.build = build


@pytest.mark.parametrize(('keep', 'line'), [
    pytest.param(keep_attribute,
                 'nova.fake_user.Kept is the original nova.fake_home:Tracker',
                 id='an attribute'),
    pytest.param(keep_base, 'nova.fake_user.Child inherits from '
                 'nova.fake_home:Tracker', id='a base class'),
    pytest.param(keep_default, 'nova.fake_user.build: an argument of build '
                 'defaults to nova.fake_home:Tracker', id='a default'),
])
def test_a_kept_original_is_reported(fake_nova, keep, line):
    _, user, pair = fake_nova
    assert list(replacement.leftovers((pair,))) == []
    keep(user, pair.original)
    assert list(replacement.leftovers((pair,))) == [line]


def test_a_replacement_that_was_undone_is_reported(fake_nova):
    home, _, pair = fake_nova
    home.Tracker = pair.original
    assert list(replacement.leftovers((pair,))) == [
        'nova.fake_home:Tracker is no longer ours',
        'nova.fake_home.Tracker is the original nova.fake_home:Tracker']
