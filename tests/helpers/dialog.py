#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Executes a command in a terminal of its own, waits for what it shows and types what is to be answered.

usage: dialog.py ROWSxCOLUMNS [EXPECTED TYPED]... -- COMMAND...
Shows what the terminal shows, without carriage returns; ends as the command does.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time


class Screen:
    """What the command has written, as far as it was not waited for yet."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.text = ''

    def read(self):
        """Some more of it; False at the end."""
        try:
            data = os.read(self.terminal, 4096)
        except OSError:  # EIO: nobody has the other side any more
            return False
        text = data.decode(errors='replace').replace('\r', '')
        sys.stdout.write(text)
        self.text += text
        return bool(data)

    def wait_for(self, expected):
        end = time.monotonic() + 30
        while expected not in self.text:
            left = end - time.monotonic()
            if left < 0 or not select.select([self.terminal], [], [], left)[0] or not self.read():
                print(f'\nwaited in vain for {expected!r}')
                return False
        self.text = self.text[self.text.index(expected) + len(expected):]
        return True


def main():
    split = sys.argv.index('--')
    size, dialog, command = sys.argv[1], sys.argv[2:split], sys.argv[split + 1:]
    child, terminal = pty.fork()
    if child == 0:
        time.sleep(0.05)  # until the terminal has its size
        os.execvp(command[0], command)
    rows, columns = map(int, size.split('x'))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    screen = Screen(terminal)
    for expected, typed in zip(dialog[::2], dialog[1::2]):
        if not screen.wait_for(expected):
            os.kill(child, 9)
            break
        os.write(terminal, typed.encode())
    while screen.read():
        pass
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)


main()
