#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes C structs and the engine's tables from JSON Schemas.

    generate.py OUT_DIR SCHEMA.json...

writes OUT_DIR/ocispec/NAME.h for each schema, OUT_DIR/ocispec/types.h (the ids of the types),
OUT_DIR/tables.c (see ../table.h) and OUT_DIR/names.c (the enums for users). A file whose content
stays the same is not touched.

Of JSON Schema it knows what our schemas use: type, properties, required, additionalProperties or
patternProperties "." (a map), items, enum, pattern, minimum, maximum, minItems, $defs and $ref;
and of its own:
    format      the C type of an integer: int32, uint64, ...
    x-runtime   keywords that count instead of their neighbours unless the parse is strict
    x-beyond-schema   a member that the text has and the official schema lacks: a strict parse
                ignores it
    x-other-platform   a member that is not for Linux: OCISPEC_LINUX_ONLY ignores it
    x-name      the C name of a member, where the usual rule makes an ugly one
It stops at anything else, rather than ignore it.
"""
import json
import os
import re
import sys

KNOWN = {
    '$schema', '$defs', '$ref', 'description', 'type', 'properties', 'required', 'items',
    'additionalProperties', 'patternProperties', 'enum', 'pattern', 'minimum', 'maximum',
    'minItems', 'format', 'x-runtime', 'x-name', 'x-beyond-schema',
    'x-other-platform',
}
C_INTEGERS = {f: f + '_t' for f in ('int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64')}
C_KEYWORDS = set('''auto break case char const continue default do double else enum extern float for
    goto if inline int long register restrict return short signed sizeof static struct switch
    typedef union unsigned void volatile while bool true false'''.split())
MAX_DEPTH = 24  # OCISPEC_MAX_DEPTH in table.h
LICENSE = '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n/* Made by generate.py from %s. */\n'


def die(text):
    sys.exit('generate.py: ' + text)


def snake(name):
    """cgroupsPath -> cgroups_path, blockIO -> block_io, os.version -> os_version."""
    name = re.sub(r'[^A-Za-z0-9]', '_', name)
    name = re.sub(r'([A-Z]+)([A-Z][a-z])', r'\1_\2', name)
    return re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name).lower()


# ---- patterns: a regular expression becomes a deterministic automaton, by derivatives
#
# A node is ('set', frozenset of bytes), ('cat', a, b), ('or', a, b), ('rep', a, min, max or None),
# EMPTY (matches "") or NEVER.

EMPTY, NEVER = ('empty',), ('never',)
ALL_BYTES = frozenset(range(256))


class PatternParser:
    """Of ^...$: literals, sets, (?: ) groups, |, and * + ? {n,m}."""

    def __init__(self, text):
        if not (text.startswith('^') and text.endswith('$')):
            die("pattern '%s' is not anchored" % text)
        self.text, self.at = text[1:-1], 0
        self.root = self.choice()
        if self.at != len(self.text):
            die("pattern '%s' is not understood at %d" % (text, self.at))

    def peek(self):
        return self.text[self.at:self.at + 1]

    def choice(self):
        node = self.sequence()
        while self.peek() == '|':
            self.at += 1
            node = ('or', node, self.sequence())
        return node

    def sequence(self):
        node = EMPTY
        while self.peek() and self.peek() not in '|)':
            node = cat(node, self.repeated())
        return node

    def repeated(self):
        node = self.atom()
        found = re.match(r'\*|\+|\?|\{(\d+),(\d+)\}', self.text[self.at:])
        if not found:
            return node
        self.at += found.end()
        bounds = {'*': (0, None), '+': (1, None), '?': (0, 1)}
        low, high = bounds.get(found.group()) or (int(found.group(1)), int(found.group(2)))
        return ('rep', node, low, high)

    def atom(self):
        if self.text.startswith('(?:', self.at):
            self.at += 3
            node = self.choice()
            if self.peek() != ')':
                die("pattern '%s': a group does not end" % self.text)
            self.at += 1
            return node
        if self.peek() == '[':
            return self.byte_set()
        return ('set', frozenset([self.byte()]))

    def byte(self):
        c = self.peek()
        self.at += 1
        if c == '\\':
            c = {'n': '\n', 't': '\t'}.get(self.peek(), self.peek())
            self.at += 1
        elif c and c in '^$.()[]{}*+?|':
            die("pattern '%s': '%s' is not understood here" % (self.text, c))
        return ord(c)

    def byte_set(self):
        self.at += 1
        negated = self.peek() == '^'
        self.at += negated
        members = set()
        while self.peek() != ']':
            low = self.set_byte()
            high = low
            if self.peek() == '-' and self.text[self.at + 1] != ']':
                self.at += 1
                high = self.set_byte()
            members |= set(range(low, high + 1))
        self.at += 1
        return ('set', ALL_BYTES - members if negated else frozenset(members))

    def set_byte(self):
        c = self.peek()
        if c == '\\':
            return self.byte()
        self.at += 1
        return ord(c)


def cat(a, b):
    if NEVER in (a, b):
        return NEVER
    return b if a == EMPTY else a if b == EMPTY else ('cat', a, b)


def either(a, b):
    if a == NEVER or a == b:
        return b
    return a if b == NEVER else ('or', min(a, b, key=repr), max(a, b, key=repr))


def nullable(node):
    kind = node[0]
    if kind == 'cat':
        return nullable(node[1]) and nullable(node[2])
    if kind == 'or':
        return nullable(node[1]) or nullable(node[2])
    if kind == 'rep':
        return node[2] == 0 or nullable(node[1])
    return kind == 'empty'


def derive(node, byte):
    """What remains to be matched after byte."""
    kind = node[0]
    if kind == 'set':
        return EMPTY if byte in node[1] else NEVER
    if kind == 'cat':
        rest = cat(derive(node[1], byte), node[2])
        return either(rest, derive(node[2], byte)) if nullable(node[1]) else rest
    if kind == 'or':
        return either(derive(node[1], byte), derive(node[2], byte))
    if kind == 'rep':
        low, high = max(node[2] - 1, 0), None if node[3] is None else node[3] - 1
        again = EMPTY if high == 0 else ('rep', node[1], low, high)
        return cat(derive(node[1], byte), again)
    return NEVER


def byte_sets(node):
    if node[0] == 'set':
        yield node[1]
    for child in node[1:]:
        if isinstance(child, tuple):
            yield from byte_sets(child)


class Dfa:
    def __init__(self, pattern):
        root = PatternParser(pattern).root
        sets = sorted(set(byte_sets(root)), key=sorted)
        signatures = [tuple(b in s for s in sets) for b in range(256)]
        kinds = sorted(set(signatures))
        self.classes = [kinds.index(s) for s in signatures]
        self.n_classes = len(kinds)
        samples = [signatures.index(k) for k in kinds]
        states, self.rows = {NEVER: 0, root: 1}, []
        todo = [NEVER, root]
        while todo:
            node = todo.pop(0)
            row = []
            for byte in samples:
                after = derive(node, byte)
                if after not in states:
                    states[after] = len(states)
                    todo.append(after)
                row.append(states[after])
            self.rows.append(row + [int(nullable(node))])


# ---- schemas become structs and values

class Value:
    """kind is an ocispec_kind in small letters; of is a Struct or the Value of the elements."""

    def __init__(self, kind, of=None, flags=(), rules=(None, None), note=''):
        self.kind, self.of, self.flags, self.rules, self.note = kind, of, list(flags), rules, note

    def c_type(self):
        """The type of the value itself; for an array that of the pointer to its elements."""
        if self.kind == 'object':
            return 'struct %s *' % self.of.name
        if self.kind == 'map':
            return 'struct %s *' % map_name(self.of)
        if self.kind == 'array':
            return spaced(self.of.c_type().replace('const ', '')) + '*'
        return {'bool': 'bool', 'string': 'const char *', 'raw': 'const char *'}.get(self.kind) \
            or C_INTEGERS[self.kind]


def spaced(c_type):
    return c_type if c_type.endswith('*') else c_type + ' '


def map_name(value):
    if value.kind == 'object':
        return value.of.name + '_map'
    if value.kind not in ('string', 'raw'):
        die('a map of %s is not supported' % value.kind)
    return 'oci_string_map'


class Field:
    def __init__(self, json_name, name, required, value):
        self.json_name, self.name, self.required, self.value = json_name, name, required, value
        if name in C_KEYWORDS:
            die("member '%s' needs an x-name: it is a C keyword" % name)

    def has_flag(self):
        return not self.required and (self.value.kind in C_INTEGERS or self.value.kind == 'bool')


class Struct:
    def __init__(self, name, note):
        self.name, self.note, self.fields = name, note, []

    def depth(self):
        """How many containers a document of this type can nest, this one included."""
        deepest = 0
        for f in self.fields:
            levels, value = 0, f.value
            while value.kind in ('array', 'map'):
                levels, value = levels + 1, value.of
            deepest = max(deepest, levels + (value.of.depth() if value.kind == 'object' else 0))
        return deepest + 1


class Enum:
    def __init__(self, name, note, values):
        self.name, self.note, self.values = name, note, values


class File:
    """One schema file: what its header declares."""

    def __init__(self, path):
        self.key = os.path.basename(path)
        self.stem = self.key[:-len('.json')]
        with open(path, encoding='utf-8') as f:
            self.schema = json.load(f)
        self.structs, self.enums, self.uses = [], [], set()


class Model:
    def __init__(self, paths):
        self.files = [File(p) for p in paths]
        self.by_key = {f.key: f for f in self.files}
        self.structs = {}   # name -> Struct, in the order of their declaration
        for f in self.files:
            for name, schema in f.schema.get('$defs', {}).items():
                if 'enum' in schema:
                    values = schema.get('x-runtime', {}).get('enum', schema['enum'])
                    f.enums.append(Enum('oci_' + name, schema.get('description', ''), values))
                self.value(f, schema, 'oci_' + name)
            if 'type' in f.schema:
                self.value(f, f.schema, 'oci_' + snake(f.stem))
        for s in self.structs.values():
            if s.depth() > MAX_DEPTH:
                die('%s nests too deep' % s.name)

    def follow(self, file, schema, name):
        """Goes to the end of the $refs; a description on the way is kept."""
        note = schema.get('description', '')
        while '$ref' in schema:
            key, _, path = schema['$ref'].partition('#')
            if key:
                file.uses.add(key)
                file = self.by_key[key]
            schema, name = file.schema, 'oci_' + snake(file.stem)
            for part in path.strip('/').split('/') if path else []:
                schema, name = schema[part], 'oci_' + part
        return file, schema, name, note

    def value(self, file, schema, name):
        file, schema, name, note = self.follow(file, schema, name)
        unknown = set(schema) - KNOWN
        if unknown:
            die('%s: unknown keywords: %s' % (name, ', '.join(sorted(unknown))))
        kind, flags = schema.get('type'), []
        if isinstance(kind, list):
            kind, flags = kind[0], ['NULLABLE']
            if len(schema['type']) != 2 or schema['type'][1] != 'null':
                die("%s: a list of types must be [TYPE, \"null\"]" % name)
        make = {
            'string': lambda: Value('string'),
            'boolean': lambda: Value('bool'),
            'integer': lambda: Value(schema.get('format', 'int64')),
            'array': lambda: self.array(file, schema, name),
            'object': lambda: self.object(file, schema, name),
        }
        if kind not in make:
            die("%s: type '%s' is not supported" % (name, kind))
        value = make[kind]()
        value.flags += flags
        value.note = note
        lenient = dict(schema, **schema.get('x-runtime', {}))
        value.rules = (rule_of(lenient), rule_of(schema))
        return value

    def array(self, file, schema, name):
        of = self.value(file, schema['items'], name + '_item')
        if of.kind in ('array', 'map'):
            die('%s: arrays of arrays or maps are not supported' % name)
        return Value('array', of)

    def object(self, file, schema, name):
        if 'properties' in schema:
            return Value('object', self.struct(file, schema, name))
        if 'additionalProperties' in schema:
            of = self.value(file, schema['additionalProperties'], name + '_value')
            return Value('map', of, ['ANY_KEY'])
        if 'patternProperties' in schema:
            if list(schema['patternProperties']) != ['.']:
                die('%s: patternProperties other than "." are not supported' % name)
            return Value('map', self.value(file, schema['patternProperties']['.'], name + '_value'))
        return Value('raw')

    def struct(self, file, schema, name):
        if name in self.structs:
            return self.structs[name]
        s = self.structs[name] = Struct(name, schema.get('description', ''))
        required = schema.get('required', [])
        for json_name, sub in schema['properties'].items():
            c_name = sub.get('x-name') or snake(json_name)
            value = self.value(file, sub, '%s_%s' % (name, c_name))
            if sub.get('x-beyond-schema'):
                value.flags.append('BEYOND_SCHEMA')
            if sub.get('x-other-platform'):
                value.flags.append('OTHER_PLATFORM')
            s.fields.append(Field(json_name, c_name, json_name in required, value))
        if set(required) - set(schema['properties']):
            die('%s: an unknown member is required' % name)
        if len(s.fields) > 64:
            die('%s has more than 64 members' % name)
        file.structs.append(s)
        return s


def rule_of(schema):
    """The checks beyond the type, as a tuple; None if there are none."""
    rule = (schema.get('minimum'), schema.get('maximum'), tuple(schema.get('enum', ())),
            schema.get('pattern'), schema.get('minItems', 0))
    return None if rule == (None, None, (), None, 0) else rule


# ---- headers

def comment(text, indent=''):
    if not text:
        return ''
    lines, line = [], indent + '/*'
    for word in text.split():
        if len(line) + len(word) + 4 > 96:
            lines.append(line)
            line = indent + ' *'
        line += ' ' + word
    return '\n'.join(lines + [line + ' */']) + '\n'


def declare_field(f):
    out = comment(f.value.note, '\t')
    if f.has_flag():
        out += '\tbool has_%s;\n' % f.name
    out += '\t%s%s;\n' % (spaced(f.value.c_type()), f.name)
    if f.value.kind == 'array':
        out += '\tsize_t n_%s;\n' % f.name
    return out


STRUCT_FUNCTIONS = '''
CHECKED static inline int
%(n)s_parse (struct ocispec_doc *doc, const struct ocispec_source *source,
	struct %(n)s **out_object, struct error *err)
{
	return ocispec_parse (doc, source, %(id)s, out_object, err);
}

static inline const char *
%(n)s_print (struct arena *arena, const struct %(n)s *object, int indent)
{
	return ocispec_print (arena, %(id)s, object, indent);
}
'''


def type_id(struct):
    return struct.name.upper()


def header(file, maps):
    out = LICENSE % file.key
    if 'description' in file.schema:
        out += '\n' + comment(file.schema['description'])
    out += '#pragma once\n\n#include "ocispec/ocispec.h"\n#include "ocispec/type_ids.h"\n'
    for key in sorted(file.uses - {file.key}):
        out += '#include "ocispec/%s.h"\n' % snake(key[:-len('.json')])
    out += '\n/* gnu17 defines this to 1, and it is a member of the config. */\n#undef linux\n'
    for e in file.enums:
        out += '\n' + comment(e.note + ' The table ends with NULL.')
        out += 'extern const char *const %s_names[];\n' % e.name
    out += '\n' + ''.join('struct %s;\n' % s.name for s in file.structs)
    for s in file.structs:
        out += '\n' + comment(s.note) + 'struct %s {\n\tconst struct ocispec_place *place;\n' % s.name
        out += ''.join(declare_field(f) for f in s.fields) + '};\n'
        if s.name + '_map' in maps:
            out += '\nstruct %s_map {\n\tchar **keys;\n\tstruct %s **values;\n\tsize_t n;\n};\n' \
                % (s.name, s.name)
        out += STRUCT_FUNCTIONS % {'n': s.name, 'id': type_id(s)}
    return out


def type_ids(model):
    out = LICENSE % 'all schemas' + '#pragma once\n\nenum {\n'
    return out + ''.join('\t%s,\n' % type_id(s) for s in model.structs.values()) + '};\n'


def names_source(model):
    out = LICENSE % 'all schemas'
    out += ''.join('#include "ocispec/%s.h"\n' % snake(f.stem) for f in model.files)
    for e in (e for f in model.files for e in f.enums):
        out += '\nconst char *const %s_names[] = {\n' % e.name
        out += ''.join('\t"%s",\n' % v for v in e.values) + '\tNULL,\n};\n'
    return out


# ---- tables

def c_string(text):
    return json.dumps(text).replace('?', '\\?')


class Pool:
    """A list without repetitions."""

    def __init__(self, *first):
        self.items = list(first)

    def add(self, item):
        if item not in self.items:
            self.items.append(item)
        return self.items.index(item)


class Names:
    """One long string; each name is found by its offset. Offset 0 is the empty one."""

    def __init__(self):
        self.offsets, self.order, self.size = {'': 0}, [''], 1

    def add(self, text):
        if text not in self.offsets:
            self.offsets[text] = self.size
            self.order.append(text)
            self.size += len(text.encode()) + 1
        return self.offsets[text]


class Tables:
    def __init__(self, model):
        self.model, self.names = model, Names()
        self.rules, self.values = Pool(None), Pool()
        self.enums, self.dfas = [], Pool(None)
        self.ids = {s.name: i for i, s in enumerate(model.structs.values())}

    def value(self, v):
        of = 0
        if v.kind == 'object':
            of = self.ids[v.of.name]
        elif v.kind in ('array', 'map'):
            of = self.values.add(self.value(v.of))
        flags = ' | '.join('OCISPEC_' + f for f in v.flags) or '0'
        return '{ OCISPEC_%s, %s, %d, { %d, %d } }' % (
            v.kind.upper(), flags, of, self.rules.add(v.rules[0]), self.rules.add(v.rules[1]))

    def fields(self, s):
        for f in s.fields:
            flags = f.value.flags + ['REQUIRED'] * f.required
            value = self.value(Value(f.value.kind, f.value.of, flags, f.value.rules))
            aux = ('has_' if f.has_flag() else 'n_' if f.value.kind == 'array' else '') + f.name
            aux = 'offsetof (struct %s, %s)' % (s.name, aux) if aux != f.name else '0'
            yield '\t{ %d, %d, offsetof (struct %s, %s), %s,\n\t\t%s }, /* %s */\n' % (
                self.names.add(f.json_name), len(f.json_name.encode()), s.name, f.name, aux,
                value, f.json_name)

    def rule(self, rule):
        low, high, enum, pattern, min_items = rule or (None, None, (), None, 0)
        first = len(self.enums)
        self.enums += [self.names.add(e) for e in enum]
        return '\t{ %d, %d, %s, %s, %d, %d, %d, %d, %d },\n' % (
            low is not None, high is not None, number(low), number(high), first, len(enum),
            self.names.add(pattern or ''), self.dfas.add(pattern), min_items)

    def source(self):
        types, fields, first = '', '', 0
        for s in self.model.structs.values():
            fields += '\t/* %s */\n' % s.name + ''.join(self.fields(s))
            required = sum(1 << i for i, f in enumerate(s.fields) if f.required)
            types += '\t{ sizeof (struct %s), %d, %d, UINT64_C (0x%x) },\n' % (
                s.name, first, len(s.fields), required)
            first += len(s.fields)
        rules = ''.join(self.rule(r) for r in self.rules.items)
        dfas, classes, moves = self.automata()
        names = ''.join('\t%s\n' % c_string(n + '\0').replace('u0000', '0') for n in self.names.order)
        if self.names.size > 65535:
            die('the names are longer than 64 KiB together')
        out = LICENSE % 'all schemas' + '#include "table.h"\n#include <stddef.h>\n'
        out += ''.join('#include "ocispec/%s.h"\n' % snake(f.stem) for f in self.model.files)
        for head, body in (
                ('char ocispec_names[]', names),
                ('struct ocispec_type ocispec_types[]', types),
                ('struct ocispec_field ocispec_fields[]', fields),
                ('struct ocispec_value ocispec_values[]',
                 ''.join('\t%s,\n' % v for v in self.values.items)),
                ('struct ocispec_rule ocispec_rules[]', rules),
                ('uint16_t ocispec_enums[]', numbers(self.enums or [0])),
                ('struct ocispec_dfa ocispec_dfas[]', dfas),
                ('uint8_t ocispec_classes[]', numbers(classes)),
                ('uint16_t ocispec_moves[]', numbers(moves))):
            brackets = ('', '') if 'names' in head else ('{', '}')
            out += '\nconst %s = %s\n%s%s;\n' % (head, brackets[0], body.rstrip('\n') + '\n', brackets[1])
        return out

    def automata(self):
        text, classes, moves = '', [], []
        for pattern in self.dfas.items:
            dfa = Dfa(pattern or '^$')
            text += '\t{ %d, %d, %d }, /* %s */\n' % (
                len(classes), dfa.n_classes, len(moves), (pattern or 'none').replace('*/', '* /'))
            classes += dfa.classes
            moves += [m for row in dfa.rows for m in row]
        return text, classes, moves


def number(n):
    n = n or 0
    return '{ %s, UINT64_C (%d) }' % ('true' if n < 0 else 'false', abs(n))


def numbers(items):
    lines = [items[i:i + 16] for i in range(0, len(items), 16)]
    return ''.join('\t' + ', '.join(map(str, line)) + ',\n' for line in lines)


def write(path, text):
    try:
        with open(path, encoding='utf-8') as f:
            if f.read() == text:
                return
    except OSError:
        pass
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def main():
    if len(sys.argv) < 3:
        die('usage: generate.py OUT_DIR SCHEMA.json...')
    out, model = sys.argv[1], Model(sys.argv[2:])
    maps = {map_name(f.value.of) for s in model.structs.values() for f in s.fields
            if f.value.kind == 'map'}
    for file in model.files:
        write('%s/ocispec/%s.h' % (out, snake(file.stem)), header(file, maps))
    write(out + '/ocispec/type_ids.h', type_ids(model))
    write(out + '/names.c', names_source(model))
    write(out + '/tables.c', Tables(model).source())


if __name__ == '__main__':
    main()
