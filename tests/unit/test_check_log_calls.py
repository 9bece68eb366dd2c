# SPDX-License-Identifier: Apache-2.0

"""The check of log calls that the lint stage runs."""

import pytest

from tools import check_log_calls


@pytest.mark.parametrize(('source', 'lines'), [
    pytest.param("LOG.info('claimed %s', address)", [], id='a literal'),
    pytest.param("LOG.info('claimed '\n         '%s', address)", [],
                 id='a literal in two parts'),
    pytest.param("x = 1\nLOG.debug(f'claimed {address}')", [2],
                 id='an f-string'),
    pytest.param("LOG.warning('claimed %s' % address)", [1],
                 id='a formatted string'),
    pytest.param('LOG.error(text)', [1], id='a name'),
    pytest.param('LOG.exception()', [1], id='no message'),
    pytest.param('self.LOG.info(text)', [1],
                 id='a logger that is an attribute'),
    pytest.param("LOG.log(level, 'claimed %s', address)", [],
                 id='the message of LOG.log stands second'),
    pytest.param('LOG.log(level, text)', [1], id='a name in LOG.log'),
    pytest.param('parser.error(text)', [], id='not a logger'),
    pytest.param('info(text)', [], id='a function'),
])
def test_faults(source, lines):
    assert list(check_log_calls.faults(source)) == lines


def test_the_check_names_file_and_line_and_fails(tmp_path, capsys):
    (tmp_path / 'good.py').write_text("LOG.info('claimed')\n")
    bad = tmp_path / 'sub' / 'bad.py'
    bad.parent.mkdir()
    bad.write_text('\nLOG.info(text)\n')
    assert check_log_calls.main([str(tmp_path / 'good.py')]) == 0
    assert check_log_calls.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == (
        f'{bad}:2: the first argument of a log call has to be a literal\n')
