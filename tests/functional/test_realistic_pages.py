# SPDX-License-Identifier: Apache-2.0

"""What the documentation shows of ``benchmarks/realistic.py``."""

import itertools

import pytest

from tools.pictures import realistic


def answers(first, *spent, peak_mb=100, digest='same'):
    return [[{'processor': first, 'peak_kb': 1024, 'step': 0,
              'digest': digest}],
            [{'processor': each, 'peak_kb': 1024 * peak_mb, 'step': step,
              'digest': digest, 'collecting': each / 4, 'weigher': each / 10,
              'PciPassthroughFilter': each / 2}
             for step, each in enumerate(spent, 1)]]


def size(kind='without Placement', hosts=1000, **sides):
    return {'kind': kind, 'hosts': hosts, 'pools': 16, 'sides': {
        'nova': answers(5.0, 20.0, 20.0, peak_mb=400), **sides}}


FOUND = {
    'about': {'date': '2026-11-27', 'commit': 'abc1234', 'nova': '34.0.0',
              'machine': 'quiet'},
    'sizes': [
        size(ours=answers(10.0, 2.0, 2.0)),
        size(hosts=5000, ours=answers(4.0, 0.5, 0.5)),
        size('in Placement', ours=answers(4.0, 25.0, 25.0, digest='other'),
             **{'ours on one mapping': answers(4.0, 1.0, 1.0)})]}


def test_the_table_has_ratios_and_marks_the_worst_row():
    text = realistic.pages(FOUND)['realistic-table.inc']
    head, *rows = text.split('   * - ')
    assert head == '.. list-table::\n   :header-rows: 1\n\n'
    cells = [[cell.strip() for cell in row.strip().split('\n     - ')]
             for row in rows]
    assert cells[1:3] == [
        ['1,000', '16', 'not in Placement', "Nova's", '2', '20.0 s',
         '20.0 s', '5.0 s', '12.0 s', '2.0 s', '25 %', '400 MiB'],
        ['1,000', '16', 'not in Placement', 'ours', '2', '2.0 s, 10.0',
         '2.0 s, 10.0', '10.0 s, 0.5', '1.2 s, 10.0', '200 ms', '25 %',
         '100 MiB']]
    assert [row[3] for row in cells[1:] if 'worst' in row[3]] == [
        'ours (worst)']


def test_the_summary_has_the_largest_clouds_and_the_worst_row():
    assert ' '.join(realistic.pages(FOUND)['realistic-summary.inc'].split(
    )) == (
        'Measured on 2026-11-27, commit abc1234, Nova 34.0.0, quiet machine. '
        'With 5,000 hosts of 16 pools and devices not in Placement, a call '
        "takes 500 ms (p95 500 ms), Nova's 20.0 s (p95 20.0 s): 40 times "
        'less. With 1,000 hosts of 16 pools and devices in Placement, a call '
        "takes 25.0 s (p95 25.0 s), Nova's 20.0 s (p95 20.0 s): 1.2 times "
        'more. The worst row is ours with 1,000 hosts of 16 pools, devices '
        'in Placement: 1.2 times more. In 8 calls both were asked about the '
        'same server: the hosts that pass were others in 2 of them.')


def test_the_readme_gets_the_row_of_the_largest_cloud():
    before = ('a\n   * - Processor time of a scheduling call, old\n     - x\n'
              '     - y\n\nb\n')
    after = ('a\n   * - Processor time of a scheduling call, 5,000 hosts of '
             '16 pools, all different\n     - 20.0 s, p95 20.0 s\n'
             '     - 500 ms, p95 500 ms (``doc/source/performance.rst``)\n\n'
             'b\n')
    assert realistic.readme(before, FOUND) == after
    assert realistic.readme(after, FOUND) == after


@pytest.mark.parametrize(('ratio', 'text'), [
    (12.34, '12 times less'), (1.26, '1.3 times less'),
    (0.5, '2.0 times more')])
def test_a_ratio_in_words(ratio, text):
    assert realistic.times(ratio) == text


@pytest.mark.parametrize('name', sorted(realistic.pictures(FOUND)))
def test_a_chart_is_legible_and_on_its_page(name):
    chart = realistic.pictures(FOUND)[name]
    width, height = chart._size
    assert [text for text, area in chart.texts
            if area.right > width or area.bottom > height] == []
    assert [(one, other) for (one, here), (other, there)
            in itertools.combinations(chart.texts, 2)
            if here.overlaps(there)] == []


def test_the_longest_bar_of_each_group_is_as_wide_as_all():
    chart = realistic.pictures(FOUND)['realistic-without-call.svg'].render()
    assert chart.count('class="theirs" x="250"') == 2
    assert chart.count('width="300"') == 2
    # 2 of 20 seconds, and half a second.
    assert chart.count('class="ours" x="250"') == 2
    assert 'width="30" ' in chart
    assert 'width="7.5" ' in chart


def test_pages_and_readme_are_of_what_was_measured():
    """Else: python -m tools.pictures."""
    found = realistic.measured()
    for name, page in realistic.pages(found).items():
        assert (realistic.SOURCE / name).read_text() == page
    readme = realistic.README.read_text()
    assert realistic.readme(readme, found) == readme
