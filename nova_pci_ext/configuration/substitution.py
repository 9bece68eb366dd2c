# SPDX-License-Identifier: Apache-2.0

"""``$name`` in the value of an option, as the services replace it.

oslo.config puts the value of another option there, and a service dies of a
name that is not an option.  Only Nova knows all of its options, so Nova's are
loaded here, by the first value that holds a ``$``.
"""

import contextlib
import functools
from collections.abc import Sequence

from oslo_config import cfg

from nova_pci_ext.configuration import opts
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.configuration.config_files import PROJECT
from nova_pci_ext.parsing import Faults

_MARK = '$'


class Substitution:
    """The options of a service that reads certain files."""

    def __init__(self, files: Sequence[ConfigFile]) -> None:
        self._files = files

    def replace(self, text: str, group: str, path: str, faults: Faults,
                ) -> str | None:
        """Return a value with the names in it replaced.

        :param group: group of the option, where a bare name is looked up
            before ``[DEFAULT]``
        :param path: where the value stands
        :returns: None if the service would die of it
        """
        if _MARK not in text:
            return text
        try:
            conf = self._options
            known = conf.StrSubWrapper(
                conf, group=None if group == 'DEFAULT' else group)
            return str(conf.Template(text.replace(
                r'\$', '$$')).safe_substitute(known))
        except cfg.NoSuchOptError as exc:
            faults.refuse(path, 'names an option that does not exist: '
                                f'${exc.opt_name}', _ESCAPE)
        except (cfg.Error, ValueError, RecursionError) as exc:
            faults.refuse(path, f'cannot be filled in: {_reason(exc)}',
                          _ESCAPE)
        return None

    @functools.cached_property
    def _options(self) -> cfg.ConfigOpts:
        """The options of Nova and of its log, filled from the files.

        They go into groups of their own: Nova's are part of its global
        configuration.
        """
        from nova.conf import opts as nova_options
        from oslo_log import log
        conf = cfg.ConfigOpts()
        log.register_options(conf)
        for group, options in (*nova_options.list_opts(), *opts.list_opts()):
            name = getattr(group, 'name', group)
            for option in options:
                if option.required:
                    # Only those of a plugin that may not even be in use.
                    continue
                # Nova lists those of a plugin once for each of its users.
                with contextlib.suppress(cfg.DuplicateOptError):
                    conf.register_opt(
                        option, group=None if name == 'DEFAULT' else name)
        conf([f'--config-file={file.path}' for file in self._files],
             project=PROJECT, default_config_files=[],
             default_config_dirs=[])
        return conf


_ESCAPE = ('Nova puts the value of another option there, and dies of an '
           'unknown one; write $$ where a dollar sign is meant')


def _reason(error: Exception) -> str:
    return ('it holds itself' if isinstance(error, RecursionError)
            else str(error))
