#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images for the tests of ctr-image, made entry by entry: also such as no tool would make.

usage: make_image.py CASE DIR [PATH]

writes an image layout into DIR, with the tag "t". CASE is a function below whose name begins with
case_; PATH is what hostile ones are after: a directory of the test's outside the layers.
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile


def entry(name, kind=tarfile.REGTYPE, **fields):
    """A tar entry; data=bytes, xattrs={name: value}."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    info.mtime = 1000000000
    data = fields.pop('data', b'')
    xattrs = fields.pop('xattrs', {})
    pax = fields.pop('pax', {})
    fields.pop('mode_', None)
    for key, value in fields.items():
        setattr(info, key, value)
    info.pax_headers = {'SCHILY.xattr.' + k: v for k, v in xattrs.items()}
    info.pax_headers.update(pax)
    info.size = len(data)
    return info, data


def directory(name, **fields):
    return entry(name, tarfile.DIRTYPE, **fields)


def symlink(name, target, **fields):
    return entry(name, tarfile.SYMTYPE, linkname=target, mode=0o777, **fields)


def link(name, target, **fields):
    return entry(name, tarfile.LNKTYPE, linkname=target, **fields)


def layer(*entries):
    """The bytes of a tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data) if data else None)
    return out.getvalue()


class Image:
    """An image layout in the making."""

    def __init__(self, path):
        self.path = path
        os.makedirs(path + '/blobs/sha256')
        with open(path + '/oci-layout', 'w', encoding='ascii') as file:
            file.write('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        with open(self.path + '/blobs/sha256/' + digest, 'wb') as file:
            file.write(data)
        return {'mediaType': media_type, 'digest': 'sha256:' + digest, 'size': len(data)}

    def layer(self, tar, compress=gzip.compress, suffix='+gzip'):
        data = compress(tar) if compress else tar
        found = self.blob(data, 'application/vnd.oci.image.layer.v1.tar' + suffix)
        return found, 'sha256:' + hashlib.sha256(tar).hexdigest()

    def write(self, layers, config=None, change=None):
        """layers: tars, or pairs as layer() returns; change(manifest, config): the last word."""
        made = [self.layer(l) if isinstance(l, bytes) else l for l in layers]
        image_config = {
            'architecture': 'amd64', 'os': 'linux', 'created': '2026-01-02T03:04:05Z',
            'config': {'Cmd': ['sh'], **(config or {})},
            'rootfs': {'type': 'layers', 'diff_ids': [diff for _, diff in made]},
        }
        manifest = {
            'schemaVersion': 2,
            'mediaType': 'application/vnd.oci.image.manifest.v1+json',
            'layers': [descriptor for descriptor, _ in made],
        }
        if change:
            change(manifest, image_config)
        manifest.setdefault('config', self.blob(
            json.dumps(image_config).encode(), 'application/vnd.oci.image.config.v1+json'))
        self.index([self.blob(json.dumps(manifest).encode(), manifest['mediaType'])])
        return manifest

    def index(self, manifests):
        for manifest in manifests:
            manifest['annotations'] = {'org.opencontainers.image.ref.name': 't'}
        with open(self.path + '/index.json', 'w', encoding='ascii') as file:
            json.dump({'schemaVersion': 2, 'manifests': manifests}, file)


# ---- images that are in order

SPARSE_OLD = b'0123456789abcdef' * 32


def case_plain(image, _path):
    """Something of everything."""
    first = layer(
        directory('./', mode=0o755),
        directory('etc'), entry('etc/passwd', data=b'root:x:0:0:root:/root:/bin/sh\n'),
        directory('bin', mode=0o755),
        entry('bin/su', data=b'su', mode=0o4755),
        entry('bin/group', data=b'g', mode=0o2755, gid=7),
        directory('secret', mode=0), entry('secret/file', data=b's', mode=0),
        directory('readonly', mode=0o555), entry('readonly/file', data=b'r', mode=0o444),
        directory('shared', mode=0o3777, gid=12), entry('shared/file', data=b'x'),
        symlink('link', '/etc/passwd', mtime=1100000000), symlink('dangling', 'no/where'),
        link('hard', 'etc/passwd'), link('hardlink-of-symlink', 'link'),
        entry('fifo', tarfile.FIFOTYPE, mode=0o600),
        entry('dev-null', tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666),
        entry('disk', tarfile.BLKTYPE, devmajor=8, devminor=1, mode=0o660, gid=6),
        entry('a' * 120, data=b'long name'),
        directory('d'), directory('d/' + 'b' * 150),
        entry('d/' + 'b' * 150 + '/' + 'c' * 150, data=b'longer name'),
        entry('caf\u00e9', data=b'utf-8'),
        entry('owned', data=b'o', uid=1234, gid=4321),
        entry('far', data=b'f', uid=3000000, gid=3000001),
        entry('ping', data=b'p', xattrs={
            'security.capability': '\x01\x00\x00\x02\x00 \x00\x00\x00\x00\x00\x00'
                                   '\x00\x00\x00\x00\x00\x00\x00\x00',
            'user.note': 'hello'}),
        entry('precise', data=b't', mtime=1234567890.5),
        entry('old', data=b't', mtime=-5),
        entry('empty'),
    )
    second = layer(
        directory('etc', mtime=1200000000),
        entry('etc/group', data=b'root:x:0:\n'),
        entry('etc/.wh.passwd'),
        directory('var'), directory('var/lib', mode=0o711, uid=5, gid=5),
    )
    third = layer(
        # not mentioned: var and var/lib; they have to look as below
        entry('var/lib/data', data=b'd'),
        link('su-again', 'bin/su'),
        entry('.wh.dangling'),
    )
    image.write([first, second, third])


def case_whiteouts(image, _path):
    """The same, whatever the order; names that come back; what is opaque."""
    below = layer(
        directory('a'), entry('a/1', data=b'1'), entry('a/2', data=b'2'),
        directory('a/sub'), entry('a/sub/3', data=b'3'),
        directory('b'), entry('b/1', data=b'1'), entry('b/2', data=b'2'),
        directory('c'), entry('c/1', data=b'1'),
        directory('d'), entry('d/old', data=b'1'),
        entry('e', data=b'below'), entry('f', data=b'below'),
        directory('g'), entry('g/1', data=b'1'),
    )
    above = layer(
        # the opaque mark comes last and spares what this layer has itself
        directory('a'), entry('a/new', data=b'n'), directory('a/sub'),
        entry('a/sub/new', data=b'n'), entry('a/.wh..wh..opq'),
        # and first
        entry('b/.wh..wh..opq'), directory('b'), entry('b/new', data=b'n'),
        entry('.wh.c'),
        # a directory is taken away and made anew, in both orders
        entry('.wh.d'), directory('d'), entry('d/new', data=b'n'),
        entry('e', data=b'above'), entry('.wh.e'),
        entry('.wh.f'), entry('f', data=b'above'),
        entry('.wh.g'), entry('g', data=b'a file now'),
        entry('.wh.never-was'), entry('.wh..wh.plnk', tarfile.DIRTYPE),
    )
    top = layer(directory('c'), entry('c/2', data=b'2'))
    image.write([below, above, top])


def case_types(image, _path):
    """Things that become other things, in one layer and from layer to layer."""
    below = layer(
        directory('dir'), entry('dir/file', data=b'1'),
        entry('file', data=b'1'), symlink('link', 'dir'),
        entry('again', data=b'first'), entry('again', data=b'second', mode=0o600),
        directory('twice', mode=0o700), directory('twice', mode=0o711, mtime=1300000000),
        # made anew, with its first inode still in use: what was said first must not come last
        directory('remade', mode=0o700), entry('remade', data=b'x'), link('keep', 'remade'),
        directory('remade', mode=0o711, mtime=1350000000),
        entry('was-file', data=b'1'), directory('was-file'), entry('was-file/x', data=b'x'),
        directory('was-dir'), entry('was-dir/x', data=b'x'), entry('was-dir', data=b'file'),
    )
    above = layer(
        entry('dir', data=b'a file now'),
        directory('file'), entry('file/inside', data=b'2'),
        directory('link'), entry('link/inside', data=b'2'),
    )
    image.write([below, above])


def case_file_as_parent(image, _path):
    """A file where a directory has to be: the later one holds."""
    image.write([layer(entry('parent', data=b'no directory'), entry('parent/child', data=b'c'),
                       entry('other', data=b'below')), layer(entry('other/child', data=b'c'))])


def case_through_symlink(image, _path):
    """A layer that goes through a symlink of the layer below, as with merged /usr."""
    below = layer(
        directory('usr'), directory('usr/lib', mode=0o751), entry('usr/lib/a', data=b'a'),
        symlink('lib', 'usr/lib'), symlink('abs', '/usr/lib'),
    )
    above = layer(
        entry('lib/b', data=b'b'), entry('abs/c', data=b'c'),
        directory('lib/d', mode=0o700, mtime=1400000000), entry('lib/.wh.a'),
    )
    image.write([below, above])


def case_hardlink_below(image, _path):
    """A hard link to a file that only a lower layer has."""
    below = layer(directory('dir', mode=0o711), entry('dir/file', data=b'x' * 5000, mode=0o4755,
                                                      uid=3, xattrs={'user.a': 'b'}))
    image.write([below, layer(link('name', 'dir/file'), link('dir/other', 'name'))])


def case_sparse(image, _path):
    """What GNU tar makes of a file with holes, in each of its formats."""
    import subprocess
    import tempfile
    layers = []
    with tempfile.TemporaryDirectory() as scratch:
        for form in ('gnu', '0.0', '0.1', '1.0'):
            name = 'sparse-' + form
            with open(scratch + '/' + name, 'wb') as file:
                for i in range(12):
                    file.seek(i * 1000000)
                    file.write(b'data %d' % i * 100)
                file.truncate(20000000)
            os.utime(scratch + '/' + name, (1000000000, 1000000000))
            args = ['--format=gnu'] if form == 'gnu' else \
                ['--format=posix', '--sparse-version=' + form]
            layers.append(subprocess.run(
                ['tar', '-C', scratch, '--sparse', '-c', '--owner=0', '--group=0'] + args + [name],
                check=True, stdout=subprocess.PIPE).stdout)
    image.write(layers)


def case_multi_member(image, _path):
    """A gzip stream of several members, with zeros behind it."""
    tar = layer(entry('file', data=os.urandom(300000)), entry('other', data=b'x' * 700000))
    cut = [tar[:1000], tar[1000:1001], b'', tar[1001:400000], tar[400000:]]
    image.write([image.layer(tar, lambda t: b''.join(map(gzip.compress, cut)) + b'\0' * 700)])


def case_zstd(image, _path):
    """Several frames, and one to be skipped."""
    import subprocess

    def zstd(data):
        return subprocess.run(['zstd', '-q', '-c'], input=data, check=True,
                              stdout=subprocess.PIPE).stdout

    tar = layer(entry('file', data=os.urandom(300000)), entry('other', data=b'x' * 700000))
    skipped = b'\x50\x2a\x4d\x18\x08\0\0\0' + b'whatever'
    image.write([image.layer(tar, lambda t: skipped + zstd(tar[:5000]) + skipped
                             + zstd(tar[5000:]) + skipped, '+zstd')])


def case_uncompressed(image, _path):
    image.write([image.layer(layer(entry('file', data=b'plain')), None, '')])


def case_empty_layer(image, _path):
    image.write([layer(), image.layer(b'', gzip.compress), layer(entry('file', data=b'f')),
                 layer()])


def case_repeated(image, _path):
    """One blob many times over, as builders make of instructions that change nothing."""
    nothing = image.layer(layer())
    image.write([nothing] * 8 + [layer(entry('file', data=b'f'))] + [nothing] * 8)


def case_sha512(image, _path):
    """Blobs and diff ids that are known by another hash."""
    os.makedirs(image.path + '/blobs/sha512')
    layers = []
    for name in ('one', 'two'):
        tar = layer(entry(name, data=name.encode()))
        digest = hashlib.sha512(gzip.compress(tar, mtime=0)).hexdigest()
        with open(image.path + '/blobs/sha512/' + digest, 'wb') as file:
            file.write(gzip.compress(tar, mtime=0))
        layers.append(({'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip',
                        'digest': 'sha512:' + digest, 'size': len(gzip.compress(tar, mtime=0))},
                       'sha512:' + hashlib.sha512(tar).hexdigest()))
    image.write(layers)


def case_platforms(image, _path):
    """An index for several platforms, and an attestation."""
    manifests = []
    for arch, variant in (('arm', 'v6'), ('arm', 'v7'), ('amd64', None), ('s390x', None)):
        tar = layer(entry('platform', data=(arch + (variant or '')).encode()))

        def change(_manifest, config, arch=arch, variant=variant):
            config['architecture'] = arch
            if variant:
                config['variant'] = variant
        manifest = image.write([tar], change=change)
        found = image.blob(json.dumps(manifest).encode(), manifest['mediaType'])
        found['platform'] = {'os': 'linux', 'architecture': arch}
        if variant:
            found['platform']['variant'] = variant
        manifests.append(found)
    attestation = dict(manifests[0], platform={'os': 'unknown', 'architecture': 'unknown'})
    index = {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json',
             'manifests': [attestation] + manifests}
    image.index([image.blob(json.dumps(index).encode(), index['mediaType'])])


# ---- hostile ones: threats.md, IMG

def hostile(image, *entries, **options):
    """Each in a layer of its own after a harmless one, and all in one."""
    base = layer(directory('etc'), entry('etc/x', data=b'x'))
    image.write([base, layer(*entries)], **options)


def case_dotdot(image, _path):
    hostile(image, entry('../victim', data=b'bad'))


def case_dotdot_inside(image, _path):
    hostile(image, entry('etc/../../victim', data=b'bad'))


def case_absolute(image, path):
    hostile(image, entry(path + '/victim', data=b'bad'))


def case_symlink_then_file(image, path):
    hostile(image, symlink('out', path), entry('out/victim', data=b'bad'))


def case_symlink_layers(image, path):
    image.write([layer(symlink('out', path)), layer(entry('out/victim', data=b'bad')),
                 layer(symlink('up', '../../../../../../../..' + path)),
                 layer(entry('up/victim', data=b'bad'), directory('up/made'))])


def case_symlink_chain(image, path):
    hostile(image, symlink('a', path), symlink('b', 'a'), symlink('c', '/b'),
            entry('c/victim', data=b'bad'), directory('b', mode=0o777),
            directory('c/made', mode=0o777))


def case_symlink_slash(image, path):
    hostile(image, symlink('out', path), entry('out/', tarfile.DIRTYPE, mode=0o777),
            entry('out/.', tarfile.DIRTYPE, mode=0o777), entry('out//', data=b''),
            symlink('slash/', path), entry('slash/victim', data=b'bad'))


def case_root_symlink(image, path):
    image.write([layer(symlink('.', path)), layer(entry('victim', data=b'bad'))])


def case_root_symlink_slash(image, path):
    image.write([layer(directory('etc')), layer(symlink('/', path), entry('victim', data=b'bad'))])


def case_root_file(image, _path):
    hostile(image, entry('./', data=b''), entry('.', data=b'file'))


def case_hardlink_out(image, path):
    hostile(image, link('got', '../' * 20 + path + '/secret'))


def case_hardlink_absolute(image, path):
    hostile(image, link('got', path + '/secret'))


def case_hardlink_through_symlink(image, path):
    hostile(image, symlink('out', path), link('got', 'out/secret'),
            entry('got', data=b'bad', mode=0o777))


def case_hardlink_to_symlink(image, path):
    hostile(image, symlink('out', path + '/secret'), link('got', 'out', mode=0o777),
            entry('got', mode=0o4777, data=b'bad'))


def case_hardlink_self(image, _path):
    hostile(image, entry('self', data=b'content'), link('self', 'self'), link('./self', '/self'))


def case_symlink_modes(image, path):
    """Owner, mode, times and attributes of a symlink are its own, not its target's."""
    hostile(image, symlink('out', path + '/secret', uid=5, gid=5, mode_=0, mtime=5),
            symlink('dirlink', path, uid=5, gid=5))


def case_whiteout_dotdot(image, _path):
    hostile(image, entry('etc/.wh...'))


def case_whiteout_dot(image, _path):
    hostile(image, entry('etc/.wh..'))


def case_whiteout_nothing(image, _path):
    hostile(image, entry('etc/.wh.'))


def case_whiteout_directory(image, _path):
    hostile(image, directory('.wh.etc'), entry('.wh.etc/x', data=b'x'))


def case_whiteout_through_symlink(image, path):
    hostile(image, symlink('out', path), entry('out/.wh.secret'), entry('out/.wh..wh..opq'))


def case_whiteout_device(image, _path):
    hostile(image, entry('etc/x', tarfile.CHRTYPE, devmajor=0, devminor=0))


def case_overlay_xattrs(image, _path):
    hostile(image, directory('etc', xattrs={
        'trusted.overlay.opaque': 'y', 'user.overlay.opaque': 'y',
        'trusted.overlay.redirect': '/root', 'security.selinux': 'system_u:x:y:s0'}))


def case_symlink_loop(image, _path):
    hostile(image, symlink('a', 'b'), symlink('b', 'a'), entry('a/x', data=b'x'))


def case_huge_pax(image, _path):
    hostile(image, entry('x', data=b'x', pax={'comment': 'y' * 3000000}))


def case_many_entries(image, _path):
    image.write([layer(*[entry('f%d' % i) for i in range(2000)])])


def case_bomb(image, _path):
    image.write([layer(entry('zeros', data=b'\0' * 50000000))])


def case_truncated(image, _path):
    tar = layer(entry('file', data=os.urandom(500000)))
    image.write([image.layer(tar, lambda t: gzip.compress(t)[:-200])])


def case_truncated_tar(image, _path):
    image.write([layer(entry('file', data=os.urandom(500000)))[:300000]])


def case_garbage_behind(image, _path):
    tar = layer(entry('file', data=b'x'))
    image.write([image.layer(tar, lambda t: gzip.compress(t) + b'garbage')])


def case_bad_crc(image, _path):
    tar = layer(entry('file', data=b'x' * 1000))

    def damage(data):
        data = bytearray(gzip.compress(data))
        data[-8] ^= 0xff
        return bytes(data)
    image.write([image.layer(tar, damage)])


def case_wrong_diff_id(image, _path):
    def change(_manifest, config):
        config['rootfs']['diff_ids'][0] = 'sha256:' + '0' * 64
    image.write([layer(entry('file', data=b'x'))], change=change)


def case_wrong_blob(image, _path):
    manifest = image.write([layer(entry('file', data=b'x'))])
    name = image.path + '/blobs/sha256/' + manifest['layers'][0]['digest'].split(':')[1]
    other = gzip.compress(layer(entry('evil', data=b'x')), mtime=0)
    size = manifest['layers'][0]['size']
    with open(name, 'wb') as file:
        file.write(other[:size].ljust(size, b'\0'))


def case_digest_traversal(image, _path):
    def change(manifest, _config):
        manifest['layers'][0]['digest'] = 'sha256:../../../../../../etc/passwd'
    image.write([layer(entry('file', data=b'x'))], change=change)


def case_config_digest_traversal(image, _path):
    def change(manifest, _config):
        manifest['config'] = {'mediaType': 'application/vnd.oci.image.config.v1+json',
                              'digest': 'sha256:../../x', 'size': 3}
    image.write([layer(entry('file', data=b'x'))], change=change)


def case_ambiguous(image, _path):
    def change(manifest, _config):
        manifest['manifests'] = []
    image.write([layer(entry('file', data=b'x'))], change=change)


def case_fewer_diff_ids(image, _path):
    def change(_manifest, config):
        config['rootfs']['diff_ids'] = []
    image.write([layer(entry('file', data=b'x'))], change=change)


def case_user_too_big(image, _path):
    image.write([layer(directory('etc'), entry(
        'etc/passwd', data=b'99999999999:x:0:0:root:/root:/bin/sh\n'))],
        config={'User': '99999999999'})


def case_user_name(image, _path):
    image.write([layer(directory('etc'), entry(
        'etc/passwd', data=b'root:x:0:0::/root:/bin/sh\nweb:x:33:44:web:/var/www:/bin/sh\n'),
        entry('etc/group', data=b'root:x:0:\nextra:x:55:other,web\nmore:x:66:web\nno:x:77:webx\n'))],
        config={'User': 'web'})


def case_user_unknown(image, _path):
    image.write([layer(directory('etc'), entry('etc/passwd', data=b'root:x:0:0::/:/bin/sh\n'))],
                config={'User': 'nobody-here'})


def case_passwd_symlink(image, path):
    image.write([layer(directory('etc'), symlink('etc/passwd', path + '/passwd'))],
                config={'User': 'outside'})


def case_passwd_fifo(image, _path):
    image.write([layer(directory('etc'), entry('etc/passwd', tarfile.FIFOTYPE),
                       entry('etc/group', tarfile.FIFOTYPE))], config={'User': '5'})


def case_passwd_huge(image, _path):
    image.write([layer(directory('etc'), entry('etc/passwd', data=b'#' * 9000000))],
                config={'User': 'web'})


def case_workdir_symlink(image, path):
    image.write([layer(symlink('out', path))], config={'WorkingDir': '/out/made/deep'})


def case_volume_dotdot(image, _path):
    image.write([layer(directory('data'))], config={'Volumes': {'/../../etc': {}}})


def case_volume_symlink(image, path):
    image.write([layer(symlink('data', path))], config={'Volumes': {'/data': {}}})


def case_volumes(image, _path):
    image.write([layer(directory('data', mode=0o700, uid=99), entry('data/file', data=b'v'),
                       directory('data/sub')),
                 layer(directory('data', mode=0o700, uid=99), entry('data/more', data=b'v'),
                       entry('data/.wh.sub'))],
                config={'Volumes': {'/data/': {}, '/new': {}}})


def case_labels(image, _path):
    image.write([layer(entry('file', data=b'x'))], config={
        'Labels': {'run.oci.hooks.stdout': '/etc/cron.d/x', 'run.oci.handler': 'krun',
                   'org.systemd.property.ExecStart': 'x', 'org.criu.config': '/x',
                   'krun.cpus': '100', 'maintainer': 'somebody',
                   'org.opencontainers.image.author': 'the label wins'},
        'StopSignal': 'SIGUSR1', 'ExposedPorts': {'80/tcp': {}, '443/tcp': {}},
        'Env': ['A=1', 'SSH_AUTH_SOCK', 'HOME', '=x', 'B=2=3'],
        'Entrypoint': ['/entry', 'one'], 'Cmd': ['two'], 'WorkingDir': '/srv/app'})


def main():
    case, path = sys.argv[1:3]
    globals()['case_' + case.replace('-', '_')](
        Image(path), sys.argv[3] if len(sys.argv) > 3 else '/nowhere')


if __name__ == '__main__':
    main()
