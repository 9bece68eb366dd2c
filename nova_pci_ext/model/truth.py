# SPDX-License-Identifier: Apache-2.0

"""Words for yes and no in tags; options are oslo.config's to read."""

#: What oslo.utils (strutils.bool_from_string) takes: values of tags.
TRUE_WORDS = frozenset({'1', 't', 'true', 'on', 'y', 'yes'})
FALSE_WORDS = frozenset({'0', 'f', 'false', 'off', 'n', 'no'})


def is_true(text: str | None) -> bool:
    """Whether a tag's value, in lower case, means true."""
    return text in TRUE_WORDS
