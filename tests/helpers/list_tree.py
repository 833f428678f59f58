#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A directory tree as text, a line a file: all that two copies of it should have alike.

usage: list_tree.py DIR
"""
import hashlib
import os
import stat
import sys

KINDS = {stat.S_IFREG: '-', stat.S_IFDIR: 'd', stat.S_IFLNK: 'l', stat.S_IFIFO: 'p',
         stat.S_IFCHR: 'c', stat.S_IFBLK: 'b', stat.S_IFSOCK: 's'}


def describe(path, name, links):
    found = os.lstat(path)
    words = [KINDS[stat.S_IFMT(found.st_mode)], '%04o' % stat.S_IMODE(found.st_mode),
             '%d:%d' % (found.st_uid, found.st_gid), '%d' % found.st_mtime_ns]
    if stat.S_ISLNK(found.st_mode):
        words.append('-> ' + os.fsdecode(os.readlink(path)))
    if stat.S_ISREG(found.st_mode):
        with open(path, 'rb') as file:
            words.append('%d %s' % (found.st_size, hashlib.sha256(file.read()).hexdigest()[:16]))
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        words.append('%d:%d' % (os.major(found.st_rdev), os.minor(found.st_rdev)))
    if not stat.S_ISDIR(found.st_mode) and found.st_nlink > 1:
        first = links.setdefault((found.st_dev, found.st_ino), name)
        if first != name:
            words.append('same as ' + first)
    for key in sorted(os.listxattr(path, follow_symlinks=False)):
        if not key.startswith('trusted.overlay.') and not key.startswith('user.overlay.'):
            words.append('%s=%s' % (key, os.getxattr(path, key,
                                                        follow_symlinks=False).hex()))
    return ' '.join(words)


def main():
    top = os.fsencode(sys.argv[1])
    names = [b'.']
    for where, directories, files in os.walk(top):
        names += [os.path.relpath(os.path.join(where, n), top) for n in directories + files]
    links = {}
    for name in sorted(names):
        line = describe(os.path.join(top, name), os.fsdecode(name), links)
        sys.stdout.buffer.write(name + b'\t' + os.fsencode(line) + b'\n')


if __name__ == '__main__':
    main()
