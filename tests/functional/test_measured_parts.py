# SPDX-License-Identifier: Apache-2.0

"""The charts of single parts say what was measured."""

import pytest

from tools.pictures import parts


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Return a function that draws a chart of other figures."""
    monkeypatch.setattr(parts, 'FOLDER', tmp_path)

    def draw(name, *lines):
        chart = parts.CHARTS[name]
        (tmp_path / f'{chart.source}.csv').write_text('\n'.join(lines))
        return [text for text, _ in parts._draw(chart).texts]
    return draw


def test_a_query_that_was_given_up_is_said(measured):
    texts = measured(
        'candidates', '"hosts","alias","used","candidates of","query, s",'
        '"usable"', '100,a1:8,0,nova,>= 120,-', '100,a1:8,0,ours,0.1,100',
        '100,a1:8,1,ours,0.2,100', '10,a1:8,0,ours,0.3,10')
    assert texts[2:] == [
        'a server with a1:8', 'nova', 'given up after 120 s', 'ours',
        '0.1 s, 100 of 100 hosts usable']


def test_what_was_not_run_has_no_bar(measured):
    texts = measured('search', 'PFs,Kinds,Case,ms,ms before',
                     '64,2,fits,46,', '18,1,fits,1,2')
    assert texts[2:] == ['64 PFs, VFs of 2 kinds, fits', 'now', '46 ms']


def test_every_file_of_figures_is_on_the_page_of_figures():
    page = (parts.FOLDER.parent / 'reference' / 'measurements.rst').read_text()
    files = {path.name for path in parts.FOLDER.glob('*.csv')}
    assert {name for name in files if f'../measured/{name}' in page} == files
    assert {f'{chart.source}.csv' for chart in parts.CHARTS.values()} <= files


def test_every_chart_is_on_the_page():
    page = (parts.FOLDER.parent / 'performance.rst').read_text()
    assert [name for name in parts.CHARTS
            if f'images/{name}.svg' not in page] == []
