# SPDX-License-Identifier: Apache-2.0

"""Words for yes and no, which differ by who reads them."""

#: What oslo.utils (strutils.bool_from_string) takes: values of tags.
TRUE_WORDS = frozenset({'1', 't', 'true', 'on', 'y', 'yes'})
FALSE_WORDS = frozenset({'0', 'f', 'false', 'off', 'n', 'no'})

#: What oslo.config takes: values of options.
TRUE_OPTIONS = frozenset({'1', 'true', 'on', 'yes'})
FALSE_OPTIONS = frozenset({'0', 'false', 'off', 'no'})


def is_true(text: str | None) -> bool:
    """Whether a tag's value, in lower case, means true."""
    return text in TRUE_WORDS
