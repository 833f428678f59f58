#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Layers that are in order: what becomes of them is what umoci makes of them, file by file.

load images

# as_umoci CASE: our copy and our overlay are like umoci's unpacked bundle.
as_umoci ()
{
	need_root
	need umoci
	copy_of "$1"
	bounded umoci unpack --image "$T/layout:t" "$T/umoci" >"$T/umoci.log" 2>&1
	list_tree "$T/umoci/rootfs" >"$T/umoci.tree"
	list_tree "$T/bundle/rootfs" | diff "$T/umoci.tree" -
	in_mounts bash -c "'$CTR_IMAGE' --store '$STORE' bundle -q 'oci:$T/layout:t' '$T/overlay' &&
		python3 '$BATS_TEST_DIRNAME/../../helpers/list_tree.py' '$T/overlay/rootfs'" |
		diff "$T/umoci.tree" -
}

@test "every kind of file comes out as umoci unpacks it: modes, owners, times, links, attributes" {
	as_umoci plain
}

@test "what changes its kind from entry to entry and from layer to layer is what it was last" {
	as_umoci types
}

@test "a layer goes through the symlinks of the layers below" {
	as_umoci through_symlink
}

@test "a hard link reaches into a lower layer" {
	as_umoci hardlink_below
}

@test "a plain tar is a layer, and so is an empty one" {
	as_umoci uncompressed
	rm -rf "$T/layout" "$T/umoci" "$T/bundle" "$T/overlay"
	as_umoci empty_layer
}

@test "whiteouts and opaque directories hide what is below, in whatever order they come" {
	copy_of whiteouts
	run find "$T/bundle/rootfs" -mindepth 1 -printf '%P '
	output=$(printf '%s' "$output" | tr ' ' '\n' | sort | tr '\n' ' ')
	expect_output "a a/new a/sub a/sub/new b b/new c c/2 d d/new e f g "
	[ "$(cat "$T/bundle/rootfs/e" "$T/bundle/rootfs/f")" = aboveabove ]
}

@test "an overlay of the layers shows what a copy holds" {
	need_root
	copy_of whiteouts
	list_tree "$T/bundle/rootfs" >"$T/copy.tree"
	in_mounts bash -c "'$CTR_IMAGE' --store '$STORE' bundle -q 'oci:$T/layout:t' '$T/overlay' &&
		python3 '$BATS_TEST_DIRNAME/../../helpers/list_tree.py' '$T/overlay/rootfs'" |
		diff "$T/copy.tree" -
}

@test "a file where a directory has to be makes room for it" {
	copy_of file_as_parent
	[ "$(cat "$T/bundle/rootfs/parent/child" "$T/bundle/rootfs/other/child")" = cc ]
}

@test "sparse files of each of GNU tar's formats have their holes" {
	copy_of sparse
	for form in gnu 0.0 0.1 1.0; do
		[ "$(stat -c %s "$T/bundle/rootfs/sparse-$form")" = 20000000 ]
		[ "$(stat -c %b "$T/bundle/rootfs/sparse-$form")" -lt 1000 ]
		cmp "$T/bundle/rootfs/sparse-gnu" "$T/bundle/rootfs/sparse-$form"
	done
	[ "$(dd if="$T/bundle/rootfs/sparse-gnu" bs=1 skip=3000000 count=6 2>/dev/null)" = "data 3" ]
}

@test "a gzip stream of several members is read to its end" {
	copy_of multi_member
	[ "$(stat -c %s "$T/bundle/rootfs/other")" = 700000 ]
}

@test "a zstd stream of several frames is read to its end, and others are skipped" {
	need zstd
	copy_of zstd
	[ "$(stat -c %s "$T/bundle/rootfs/other")" = 700000 ]
}

@test "blobs and layers may be known by SHA-512" {
	copy_of sha512
	[ "$(cat "$T/bundle/rootfs/one" "$T/bundle/rootfs/two")" = onetwo ]
	[ "$(find "$STORE/blobs/sha512" -type f | wc -l)" = 2 ]
	image verify
	image prune
	[ "$(find "$STORE/blobs/sha512" -type f | wc -l)" = 2 ]
	image bundle -q --pull never --rootfs copy localhost/layout:t "$T/again"
}

@test "without root: unreadable files, read-only directories, whiteouts" {
	need_root
	need setpriv
	local user=(setpriv --reuid 12345 --regid 12345 --clear-groups env HOME="$T/home" "PATH=$PATH")
	"${user[@]}" unshare --user true || skip "users can't make user namespaces here"
	make_image plain
	mkdir "$T/home"
	chown 12345:12345 "$T/home"
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$T" "$BATS_SUITE_TMPDIR"
	# the tree it was built in may be closed to others
	cp "$CTR_IMAGE" "$T/ctr-image"
	run bounded "${user[@]}" "$T/ctr-image" bundle "oci:$T/layout:t" "$T/home/bundle"
	expect_status 0
	expect_in_output "only root can make: an empty file stands for it"
	[ "$(stat -c '%a %u' "$T/home/bundle/rootfs/secret")" = "0 12345" ]
	[ "$(stat -c '%a' "$T/home/bundle/rootfs/readonly")" = 555 ]
	[ "$(cat "$T/home/bundle/rootfs/readonly/file")" = r ]
	[ "$(stat -c '%a' "$T/home/bundle/rootfs/bin/su")" = 4755 ]
	[ ! -e "$T/home/bundle/rootfs/etc/passwd" ]
	[ "$(jq -c '.linux.uidMappings' "$T/home/bundle/config.json")" = \
		'[{"containerID":0,"hostID":12345,"size":1}]' ]
}
