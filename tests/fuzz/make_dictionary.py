#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the words of the schemas given as arguments as a dictionary for libFuzzer."""
import json
import sys


def words(schema):
    if isinstance(schema, list):
        for sub in schema:
            yield from words(sub)
    if isinstance(schema, dict):
        yield from schema.get('enum', ())
        yield from schema.get('properties', ())
        for sub in schema.values():
            yield from words(sub)


found = set()
for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as f:
        found.update(words(json.load(f)))
for word in sorted(found):
    print('"\\"%s\\""' % word)
for text in ('null', 'true', 'false', '18446744073709551616', '-9223372036854775809', '1e400', '\\\\u0000',
             '\\\\ud83d\\\\ude00', '[[[[', '{}', '[]', '\\"\\":'):
    print('"%s"' % text)
