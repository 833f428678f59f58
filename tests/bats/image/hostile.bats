#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Layers and manifests that are after the host. The teardown sees that $VICTIM is as it was.

load images

harmless ()
{
	local case
	for case; do
		rm -rf "$T/layout" "$STORE"
		pull "$case"
		expect_status 0
		list_tree "$VICTIM" | diff "$T/victim.before" -
	done
}

@test "no entry leads out by '..'" {
	refuses dotdot "leads out of it"
	rm -rf "$T/layout"
	refuses dotdot_inside "leads out of it"
}

@test "an absolute path is one of the image" {
	harmless absolute
}

@test "no entry leads out by a symlink: of its layer, of one below, of several" {
	harmless symlink_then_file symlink_layers symlink_chain symlink_slash
}

@test "the root directory is nothing but a directory (CVE-2021-29136)" {
	refuses root_symlink "root directory as something else"
	rm -rf "$T/layout"
	refuses root_symlink_slash "root directory as something else"
	rm -rf "$T/layout"
	refuses root_file "root directory as something else"
}

@test "no hard link reaches out (CVE-2026-50163)" {
	refuses hardlink_out "leads out of it"
	rm -rf "$T/layout"
	refuses hardlink_absolute "no such file"
	rm -rf "$T/layout"
	refuses hardlink_through_symlink "no such file"
}

@test "mode and owner of a link are not its target's (CVE-2021-32760)" {
	harmless hardlink_to_symlink symlink_modes
}

@test "a hard link to itself keeps its content" {
	copy_of hardlink_self
	[ "$(cat "$T/bundle/rootfs/self")" = content ]
}

@test "a whiteout names something, and is no directory" {
	refuses whiteout_dotdot "is no whiteout of anything"
	rm -rf "$T/layout"
	refuses whiteout_dot "is no whiteout of anything"
	rm -rf "$T/layout"
	refuses whiteout_nothing "is no whiteout of anything"
	rm -rf "$T/layout"
	refuses whiteout_directory "a whiteout is no directory"
}

@test "a whiteout takes nothing away outside" {
	harmless whiteout_through_symlink
}

@test "a layer can't say what overlayfs alone may say" {
	refuses whiteout_device "which overlayfs takes for a whiteout"
	rm -rf "$T/layout"
	copy_of overlay_xattrs
	run python3 -c 'import os, sys; print([os.listxattr(p) for p in sys.argv[1:]])' "$STORE"/layers/*/etc
	expect_output "[[], []]"
}

@test "symlinks in a circle are an error" {
	refuses symlink_loop "Too many levels of symbolic links"
}

@test "memory, size and number are bounded" {
	refuses huge_pax "special header of 3000017 bytes"
	rm -rf "$T/layout"
	refuses many_entries "more than 1000 entries" --max-entries 1000
	rm -rf "$T/layout"
	refuses bomb "bigger than 10485760 bytes" --max-size 10M
}

@test "a layer that is cut short or damaged is an error, and is not unpacked" {
	local case
	for case in "truncated:cut short" "truncated_tar:cut short" "garbage_behind:behind the gzip stream" \
		"bad_crc:checksum is wrong"; do
		rm -rf "$T/layout" "$STORE"
		refuses "${case%%:*}" "${case#*:}"
		[ -z "$(ls -A "$STORE/layers")" ]
	done
}

@test "blobs and layers are what their digests say" {
	refuses wrong_diff_id "the image's config says"
	rm -rf "$T/layout" "$STORE"
	refuses wrong_blob "has the digest"
}

@test "digests are of the grammar before they are anything else (CVE-2024-3727)" {
	refuses digest_traversal "/layers/0/digest"
	rm -rf "$T/layout"
	refuses config_digest_traversal "/config/digest"
}

@test "a document is a manifest or an index (CVE-2021-41190)" {
	refuses ambiguous "a manifest and an index at once"
	rm -rf "$T/layout"
	refuses fewer_diff_ids "the config speaks of 0 layers"
}

# bundle_fails CASE TEXT
bundle_fails ()
{
	rm -rf "$T/layout"
	make_image "$1"
	run bounded "$CTR_IMAGE" --store "$STORE" bundle -q --rootfs copy "oci:$T/layout:t" "$T/bundle"
	expect_status 1
	expect_in_output "$2"
	[ ! -e "$T/bundle" ]
}

@test "a user that is a number is never a name, and has to be an id (CVE-2026-46680)" {
	bundle_fails user_too_big "'99999999999' is no id"
}

@test "a user that is not there is an error" {
	bundle_fails user_unknown "no user 'nobody-here'"
}

@test "the image's passwd is read in the image alone (CVE-2024-9676)" {
	printf 'outside:x:0:0::/:/bin/sh\n' >"$VICTIM/passwd"
	list_tree "$VICTIM" >"$T/victim.before"
	bundle_fails passwd_symlink "no user 'outside'"
}

@test "a passwd that is a FIFO is none, and one without an end is an error (CVE-2026-47262)" {
	copy_of passwd_fifo
	[ "$(config .process.user.uid)" = 5 ]
	rm -rf "$T/bundle"
	bundle_fails passwd_huge "more than 4194304 bytes"
}

@test "the working directory is made inside (CVE-2026-57231)" {
	copy_of workdir_symlink
	[ -d "$T/bundle/rootfs$VICTIM/made/deep" ]
}

@test "a volume is a path of the image, and filled from there (CVE-2022-23648)" {
	bundle_fails volume_dotdot "no path for a volume"
	rm -rf "$T/layout"
	copy_of volume_symlink
	[ -z "$(ls -A "$T/bundle/volumes/0")" ]
}

@test "labels give no orders, and the environment is the image's alone (CVE-2026-53488)" {
	make_image labels
	run bounded env SSH_AUTH_SOCK=/run/agent HOME=/root "$CTR_IMAGE" --store "$STORE" bundle -q --rootfs copy \
		"oci:$T/layout:t" "$T/bundle"
	expect_status 0
	[ "$(config '.annotations | keys | map(select(test("^(run.oci|org.systemd|org.criu|krun)")))')" = '[]' ]
	[ "$(config '.annotations["org.opencontainers.image.author"]')" = '"the label wins"' ]
	[ "$(config '.annotations["org.opencontainers.image.stopSignal"]')" = '"SIGUSR1"' ]
	[ "$(config .process.env)" = '["A=1","B=2=3","PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","HOME=/"]' ]
	[ "$(config .process.args)" = '["/entry","one","two"]' ]
	[ "$(config .process.cwd)" = '"/srv/app"' ]
}
