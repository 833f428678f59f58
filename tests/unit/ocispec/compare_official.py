#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our schemas and engine take and refuse the same documents as the official JSON Schemas.

Documents are made for every place in the official schemas and in ours: the least document that
has the place, with each of a list of values put there (wrong types, the bounds of integers and
their neighbours, words inside and outside of enums and patterns, nothing at all). What the official
schema says of them is found by the small validator below and, where Python's jsonschema is
installed, by that too for a part of them. What the engine says comes from ./judge, in strict mode.

The official schemas are no part of the source: DAVIT_OCI_SCHEMAS names the directory that holds
runtime-spec-1.3 and image-spec-1.1; else ../shared/oci beside the source is tried.
"""
import json
import os
import random
import re
import subprocess
import sys

SKIP = 77
DOCUMENTS = {   # type: (official schema, ours)
    'runtime-config': ('runtime-spec-1.3/config-schema.json', 'runtime-config.json'),
    'state': ('runtime-spec-1.3/state-schema.json', 'state.json'),
    'features': ('runtime-spec-1.3/features-schema.json', 'features.json'),
    'image-index': ('image-spec-1.1/image-index-schema.json', 'image-index.json'),
    'image-manifest': ('image-spec-1.1/image-manifest-schema.json', 'image-manifest.json'),
    'image-config': ('image-spec-1.1/config-schema.json', 'image-config.json'),
    'image-layout': ('image-spec-1.1/image-layout-schema.json', 'image-layout.json'),
    'descriptor': ('image-spec-1.1/content-descriptor.json', 'descriptor.json'),
}
BOUNDS = [2**n for n in (7, 8, 15, 16, 31, 32, 63, 64, 65)] + [
    0, 1, 2, 100, 511, 9223372036854776000, 18446744073709552000, 10**40]
INTEGERS = sorted({s * b + d for b in BOUNDS for s in (1, -1) for d in (-1, 0, 1)})
TEXTS = ['', 'x', 'none', '/', 'RLIMIT_NOFILE', 'RLIMIT_', 'RLIMIT_a', 'xRLIMIT_A', 'RLIMIT_A1',
         '0-3,7', '0; 1', '-', ' ', '2MB', '0MB', '64KB', '1GB', '1G', '12', '1TB', '01KB', 'MB:0=20',
         'MB:', 'mb:1', 'MB:a\nb', 'c', 'b', 'u', 'p', 'cb', 'a', 'CAP_CHOWN', 'CAP_', 'CAP_1',
         'CHOWN', '1.0.0', '1.0.1', 'a/b', 'a', '/b', 'a/', 'a/b/c', 'a+b/c.d-e_f', '.a/b', 'a/b;c',
         'a' * 127 + '/' + 'b' * 127, 'a' * 128 + '/b', 'a/' + 'b' * 128, 'sha256:abc', 'sha256:',
         ':abc', 'sha256', 'SHA256:abc', 'a+b.c:d', 'a++b:c', 'a:b:c', 'sha256:a/b', 'a\u00e4/b',
         '2020-01-01T00:00:00Z', 'yesterday', 'linux', 'LINUX']
RAW = ['null', 'true', 'false', '0.0', '-0', '1.5', '1e2', '1E400', '-1e-1', '[]', '[null]', '[1]',
       '["x"]', '["x", 1]', '[[]]', '[{}]', '{}', '{"": 1}', '{"": "x"}', '{"k": "v"}', '{"k": 1}',
       '{"k": {}}', '{"k": null}', '{"\\n": 1}', '{"a": "x", "b": 1}']
HOLE = '@@HOLE@@'


# ---- schemas, with every $ref replaced by what it refers to

def load(path, cache={}):
    if path not in cache:
        with open(path, encoding='utf-8') as f:
            cache[path] = json.load(f)
    return cache[path]


def expand(path, schema):
    if isinstance(schema, list):
        return [expand(path, s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get('$ref'), str):
        name, _, pointer = schema['$ref'].partition('#')
        if name:
            path = os.path.join(os.path.dirname(path), name)
        target = load(path)
        for part in pointer.strip('/').split('/') if pointer else []:
            target = target[part]
        return expand(path, target)
    return {k: expand(path, v) for k, v in schema.items()
            if k not in ('definitions', '$defs') and
            not (isinstance(v, str) and k in ('id', '$schema', 'description'))}


# ---- a validator of what the official schemas use of draft 4

def is_type(name, value):
    if name == 'integer':
        return isinstance(value, int) and not isinstance(value, bool)
    kinds = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}
    return isinstance(value, kinds[name])


KEYWORDS = {'type', 'properties', 'required', 'items', 'minItems', 'enum', 'pattern', 'minimum',
            'maximum', 'additionalProperties', 'patternProperties', 'oneOf', 'anyOf', 'allOf',
            'format', 'media'}


def is_valid(schema, value):
    if set(schema) - KEYWORDS:
        sys.exit('the validator does not know %s' % (set(schema) - KEYWORDS))
    if 'type' in schema and not is_type(schema['type'], value):
        return False
    if 'enum' in schema and value not in schema['enum']:
        return False
    for word, count in (('oneOf', lambda n: n == 1), ('anyOf', lambda n: n > 0)):
        if word in schema and not count(sum(is_valid(s, value) for s in schema[word])):
            return False
    if not all(is_valid(s, value) for s in schema.get('allOf', ())):
        return False
    if isinstance(value, str) and 'pattern' in schema:
        return bool(re.search(re.sub(r'\$$', r'\\Z', schema['pattern']), value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return schema.get('minimum', value) <= value <= schema.get('maximum', value)
    if isinstance(value, list):
        return len(value) >= schema.get('minItems', 0) and \
            all(is_valid(schema.get('items', {}), v) for v in value)
    if isinstance(value, dict):
        return is_valid_object(schema, value)
    return True


def is_valid_object(schema, value):
    if not set(schema.get('required', ())) <= set(value):
        return False
    for key, member in value.items():
        subs = [schema['properties'][key]] if key in schema.get('properties', {}) else []
        subs += [s for p, s in schema.get('patternProperties', {}).items() if re.search(p, key)]
        if not subs and isinstance(schema.get('additionalProperties'), dict):
            subs = [schema['additionalProperties']]
        if not all(is_valid(s, member) for s in subs):
            return False
    return True


# ---- documents

def merged(schema):
    """Draws allOf, oneOf and anyOf together, which is good enough to make documents from."""
    out = {k: v for k, v in schema.items() if k not in ('allOf', 'oneOf', 'anyOf')}
    for sub in schema.get('allOf', []) + schema.get('oneOf', []) + schema.get('anyOf', []):
        sub = merged(sub)
        if sub.get('type') == 'null':
            continue
        out['properties'] = dict(out.get('properties', {}), **sub.get('properties', {}))
        out['required'] = out.get('required', []) + sub.get('required', [])
        out.update({k: v for k, v in sub.items() if k not in ('properties', 'required')})
    return {k: v for k, v in out.items() if v not in ({}, [])} or out


def kind_of(schema):
    kind = schema.get('type', 'object')
    return kind[0] if isinstance(kind, list) else kind


GOOD_TEXTS = ['x', 'RLIMIT_NOFILE', '2MB', 'MB:0=20', 'c', 'CAP_CHOWN', 'a/b', 'sha256:abc', '0-3']


def least(schema):
    """The smallest valid value."""
    schema = merged(schema)
    if 'enum' in schema:
        return schema['enum'][0]
    kind = kind_of(schema)
    if kind == 'object':
        return {k: least(schema['properties'][k]) for k in schema.get('required', ())}
    if kind == 'array':
        return [least(schema['items'])] * schema.get('minItems', 0)
    if kind == 'string':
        return next(t for t in GOOD_TEXTS if re.search(schema.get('pattern', ''), t))
    return {'boolean': False, 'integer': max(0, schema.get('minimum', 0))}[kind]


def most(schema):
    """A valid value in which everything occurs."""
    schema = merged(schema)
    kind = kind_of(schema)
    if kind == 'array':
        return [most(schema['items'])]
    maps = schema.get('patternProperties', {}).values() or [schema.get('additionalProperties')]
    if kind == 'object' and 'properties' in schema:
        return {k: most(s) for k, s in schema['properties'].items()}
    if kind == 'object' and isinstance(list(maps)[0], dict):
        return {'k': most(list(maps)[0])}
    return least(schema)


def places(schema, wrap=lambda value: value):
    """Yields (schema, wrap) of each place; wrap(value) is the least document with value there."""
    schema = merged(schema)
    yield schema, wrap
    kind = kind_of(schema)
    if kind == 'array':
        yield from places(schema['items'], lambda v: wrap([v]))
    if kind != 'object':
        return
    base = least(schema)
    for key, sub in schema.get('properties', {}).items():
        yield from places(sub, lambda v, key=key: wrap(dict(base, **{key: v})))
    maps = list(schema.get('patternProperties', {}).values()) + [schema.get('additionalProperties')]
    for sub in maps:
        if isinstance(sub, dict):
            yield from places(sub, lambda v: wrap({'k': v}))
            yield from places(sub, lambda v: wrap({'': v}))


def values_for(schema):
    """Values, as JSON text, to try at a place."""
    yield from RAW
    yield from map(json.dumps, INTEGERS if kind_of(schema) == 'integer' else [7, -1, 2**64])
    yield from map(json.dumps, TEXTS if kind_of(schema) == 'string' else ['x'])
    for word in schema.get('enum', ()):
        yield from map(json.dumps, (word, word + 'x', word[:-1], word.lower(), word.upper()))
    for bound in (schema.get('minimum'), schema.get('maximum')):
        if bound is not None:
            yield from map(str, (bound - 1, bound, bound + 1))
    good = json.dumps(least(schema))
    yield from (good, json.dumps(most(schema)), '[%s]' % good, '[%s, null]' % good,
                '[%s, %s]' % (good, good))


def object_texts(schema):
    """A valid object without each of its members, and with one more."""
    whole = most(schema)
    yield json.dumps(dict(whole, unknown=[None, {'deep': 1.5}]))
    for key in whole:
        yield json.dumps({k: v for k, v in whole.items() if k != key})


def documents(schema):
    seen = set()
    for place, wrap in places(schema):
        around = json.dumps(wrap(HOLE)).split(json.dumps(HOLE))
        texts = list(values_for(place))
        if kind_of(place) == 'object' and 'properties' in place:
            texts += object_texts(place)
        for text in texts:
            document = text.join(around)
            if document not in seen:
                seen.add(document)
                yield document


def joined(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return dict(a, **{k: joined(a[k], v) if k in a else v for k, v in b.items()})
    return a + b if isinstance(a, list) and isinstance(b, list) else b


def random_documents(texts, rng, count):
    """What several documents have, in one: several things right or wrong at once."""
    finite = [t for t in texts if '1E400' not in t]
    for _ in range(count):
        value = {}
        for text in rng.sample(finite, rng.randint(2, 6)):
            value = joined(value, json.loads(text))
        yield json.dumps(value)


# ---- the comparison

def ask_judge(judge, name, texts):
    packets = []
    for text in texts:
        data = text.encode()
        packets.append(b'%s %d\n' % (name.encode(), len(data)) + data)
    done = subprocess.run([judge], input=b''.join(packets), stdout=subprocess.PIPE, check=True)
    answers = done.stdout.decode().splitlines()
    if len(answers) != len(texts):
        sys.exit('judge answered %d of %d' % (len(answers), len(texts)))
    return answers


def second_opinion(schema, texts, rng):
    """Checks our validator against Python's jsonschema, if that is there."""
    try:
        import jsonschema
    except ImportError:
        return 0
    validator = jsonschema.Draft4Validator(schema)
    sample = rng.sample(texts, min(len(texts), 400))
    for text in sample:
        value = json.loads(text)
        if validator.is_valid(value) != is_valid(schema, value):
            sys.exit('jsonschema and this validator disagree about ' + text)
    return len(sample)


def compare(judge, official, ours, name, rng):
    schema = expand(official, load(official))
    texts = list(documents(schema)) + list(documents(expand(ours, load(ours))))
    texts += random_documents(texts, rng, 2000)
    wanted = [is_valid(schema, json.loads(t)) for t in texts]
    answers = ask_judge(judge, name, texts)
    wrong = [(t, w, a) for t, w, a in zip(texts, wanted, answers) if w != (a == 'ok')]
    for text, is_wanted, answer in wrong[:10]:
        print('%s: the official schema %s, ours says: %s\n  %s' % (
            name, 'takes' if is_wanted else 'refuses', answer, text[:600]))
    print('%s: %d documents, %d of them valid, %d with a second opinion, %d judged otherwise' % (
        name, len(texts), sum(wanted), second_opinion(schema, texts, rng), len(wrong)))
    if not 0 < sum(wanted) < len(texts):
        sys.exit('%s: the documents are all alike' % name)
    return len(wrong)


def main():
    source = os.environ.get('srcdir', '.')
    judge = os.environ.get('JUDGE', './tests/unit/ocispec/judge')
    reference = os.environ.get('DAVIT_OCI_SCHEMAS') or os.path.join(source, '../shared/oci')
    if not os.path.exists(os.path.join(reference, DOCUMENTS['state'][0])):
        print('skipped: no official schemas in %s (set DAVIT_OCI_SCHEMAS)' % reference)
        sys.exit(SKIP)
    rng = random.Random(1)
    wrong = sum(compare(judge, os.path.join(reference, official),
                        os.path.join(source, 'libocispec/schema', ours), name, rng)
                for name, (official, ours) in DOCUMENTS.items())
    sys.exit(wrong > 0)


if __name__ == '__main__':
    main()
