# SPDX-License-Identifier: Apache-2.0

"""Find phrases that Nova's documentation would word otherwise.

    python tools/check_wording.py

Everything that git tracks is read: pages, messages, docstrings and comments.
Each phrase that is found is a line with its place, and the words to use.
"""

import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[1]
SUFFIXES = {'.cfg', '.inc', '.ini', '.j2', '.py', '.rst', '.sh', '.toml',
            '.txt', '.yaml', ''}
# The phrases themselves, the text of the licence, and what is not ours.
NOT_READ = ('tools/check_wording.py', 'tests/unit/tools/test_check_wording.py',
            'LICENSE', 'tests/data/', 'constraints/')
# Words may stand on two lines, of a comment or of a literal too.
BETWEEN = r'[\s#\'"]+'
#: Phrase, where a space is any way from word to word, and what to write.
PHRASES = {
    r'(?:is|are|was|were) no known': '"unknown"',
    r'\b(?:[Tt]here )?(?:is|are|was|were) no '
    r'(?!better\b|known\b|longer\b|more\b|such\b|worse\b)[a-z]': '"is not a"',
    r'\bnever here\b': '"not possible on this host"',
    r'\b[Mm]end(?:s|ed|ing)?\b': '"fix"',
    r'\b(?:only|for|from|of|by|to) who\b': '"whoever", "those who"',
    r'\b(?:one|a) (?:dict|entry|file|group|line|number|object|process|row'
    r'|table|word) an? [a-z]': '"per"',
    r'\bof another make\b': '"of any other class"',
    r'\bfree ones? can\b': '"free device can"',
    r'\d hosts have the PCI\b': '"0 of 5 hosts can serve the PCI requests"',
}
PATTERNS = {re.compile(phrase.replace(' ', BETWEEN)): instead
            for phrase, instead in PHRASES.items()}


def faults(name: str, text: str) -> Iterator[str]:
    """Yield a line for each phrase that is found in a text."""
    for pattern, instead in PATTERNS.items():
        for found in pattern.finditer(text):
            if found[0].lower().startswith('there'):
                continue
            number = text.count('\n', 0, found.start()) + 1
            words = ' '.join(found[0].split())
            yield f'{name}:{number}: "{words}": write {instead}'


def tracked() -> Iterator[pathlib.Path]:
    """Yield the files that are read."""
    names = subprocess.run(['git', 'ls-files'], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout
    for name in names.splitlines():
        path = ROOT / name
        if path.suffix in SUFFIXES and path.is_file() and not (
                name.startswith(NOT_READ)):
            yield path


def all_faults() -> Iterator[str]:
    """Yield a line for each phrase that is found in any file."""
    for path in tracked():
        yield from faults(str(path.relative_to(ROOT)), path.read_text())


if __name__ == '__main__':
    lines = list(all_faults())
    print('\n'.join(lines) or 'no phrase that should be worded otherwise')
    sys.exit(bool(lines))
