#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints what zsh makes of a line when the tabulator is pressed at its end.

usage: complete_zsh.py FUNCTION_DIRECTORY LINE...
"""

import os
import pty
import re
import select
import sys
import time

SETUP = r'''
PS1= PS2= fpath=("$functions_of_davit" $fpath)
autoload -U compinit
compinit -D -u
bindkey -e
try () { zle complete-word; zle -I; print -r -- "line""<$BUFFER>"; BUFFER= }
zle -N try
bindkey '^I' try
print rea''dy
'''


def read_until(terminal, pattern):
    text, end = '', time.monotonic() + 20
    while not re.search(pattern, text, re.S):
        if time.monotonic() > end or not select.select([terminal], [], [], 20)[0]:
            sys.exit(f'zsh does not answer: {text!r}')
        text += os.read(terminal, 4096).decode(errors='replace')
    return re.search(pattern, text, re.S)


def main():
    child, terminal = pty.fork()
    if child == 0:
        environment = dict(os.environ, TERM='dumb', functions_of_davit=sys.argv[1])
        os.execvpe('zsh', ['zsh', '-f', '-i'], environment)
    os.write(terminal, SETUP.encode())
    read_until(terminal, r'ready\r')
    for line in sys.argv[2:]:
        os.write(terminal, (line + '\t').encode())
        print(read_until(terminal, r'line<(.*?)>\r').group(1))
    os.write(terminal, b'exit\r')
    os.close(terminal)
    os.waitpid(child, 0)


main()
