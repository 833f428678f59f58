#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""make install brings the programs, their man pages and completions; make uninstall takes them away.

Runs in the directory of the build. MAKE: make; PROGRAMS: what is built.
"""

import os
import subprocess
import sys
import tempfile

PARTS = {
    'bin/{}': b'\x7fELF',
    'share/man/man1/{}.1': b'.TH ',
    'share/bash-completion/completions/{}': b'# bash completion for ',
    'share/zsh/site-functions/_{}': b'#compdef ',
    'share/fish/vendor_completions.d/{}.fish': b'# fish completion for ',
}


def make(target, directory):
    """Without the flags of the make that runs this, whose job server it can't reach."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
    subprocess.run([os.environ.get('MAKE', 'make'), '-s', target, 'prefix=/there',
                    'DESTDIR=' + directory], check=True, env=environment, stdout=subprocess.DEVNULL)


def files_below(directory):
    return {os.path.relpath(os.path.join(path, name), directory)
            for path, _, names in os.walk(directory) for name in names}


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as directory:
        expected = {'there/' + part.format(program): beginning
                    for part, beginning in PARTS.items()
                    for program in os.environ['PROGRAMS'].split()}
        make('install', directory)
        installed = files_below(directory)
        wrong += [f'{path}: not installed' for path in sorted(set(expected) - installed)]
        wrong += [f'{path}: installed, nobody knows why' for path in sorted(installed - set(expected))]
        for path in sorted(installed & set(expected)):
            with open(os.path.join(directory, path), 'rb') as file:
                if not file.read().startswith(expected[path]):
                    wrong.append(f'{path}: is something else')
        make('uninstall', directory)
        wrong += [f'{path}: left by uninstall' for path in sorted(files_below(directory))]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main())
