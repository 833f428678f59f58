#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The store: shared by all, read by others, whole at any moment.

load images

@test "skopeo and umoci read our store, and we read theirs" {
	need skopeo umoci
	need_root
	pull plain
	expect_status 0
	bounded skopeo copy -q "oci:$STORE:localhost/layout:t" "oci:$T/skopeo:x"
	bounded umoci unpack --image "$STORE:localhost/layout:t" "$T/umoci" >"$T/umoci.log" 2>&1
	image bundle -q --rootfs copy "oci:$T/skopeo:x" "$T/bundle"
	list_tree "$T/umoci/rootfs" >"$T/umoci.tree"
	list_tree "$T/bundle/rootfs" | diff "$T/umoci.tree" -
}

@test "copies through layouts and archives of each kind are the same image" {
	need skopeo
	pull plain
	image copy -q localhost/layout:t "oci:$T/a:1"
	image copy -q "oci:$T/a:1" "oci-archive:$T/b.tar:2"
	image copy -q "oci-archive:$T/b.tar:2" "docker-archive:$T/c.tar:example/image:3"
	[ "$(find "$T/a" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')" = "blobs index.json oci-layout " ]
	bounded skopeo copy -q "oci:$T/a:1" "docker-archive:$T/d.tar:example/image:3"
	image bundle -q --rootfs copy localhost/layout:t "$T/1"
	list_tree "$T/1/rootfs" >"$T/tree"
	for source in "oci-archive:$T/b.tar:2" "docker-archive:$T/c.tar" "docker-archive:$T/d.tar:example/image:3"; do
		rm -rf "$T/store2" "$T/2"
		bounded "$CTR_IMAGE" --store "$T/store2" bundle -q --rootfs copy "$source" "$T/2"
		list_tree "$T/2/rootfs" | diff "$T/tree" -
	done
	image pull -q "docker-archive:$T/c.tar"
	run image list -q
	expect_in_output docker.io/example/image:3
	bounded skopeo inspect "docker-archive:$T/c.tar:example/image:3" >/dev/null
}

@test "what is exported and imported again is the same tree" {
	pull plain
	image bundle -q --rootfs copy localhost/layout:t "$T/1"
	list_tree "$T/1/rootfs" >"$T/tree"
	image export localhost/layout:t "$T/flat.tar"
	gzip -k "$T/flat.tar"
	image import "$T/flat.tar" localhost/imported:tar --cmd sh
	image import "$T/1/rootfs" localhost/imported:dir --cmd sh
	image import - localhost/imported:gzip --cmd sh <"$T/flat.tar.gz"
	for tag in tar dir gzip; do
		image bundle -q --rootfs copy localhost/imported:$tag "$T/$tag"
		list_tree "$T/$tag/rootfs" | diff "$T/tree" -
	done
}

@test "the same import makes the same image" {
	need_root
	pull plain
	image bundle -q --rootfs copy localhost/layout:t "$T/1"
	run image import --created '' "$T/1/rootfs" localhost/a
	first=$output
	run image import --created '' "$T/1/rootfs" localhost/b
	expect_output "$first"
}

@test "the same image makes the same config" {
	make_image labels
	image bundle -q --rootfs copy "oci:$T/layout:t" "$T/1"
	bounded "$CTR_IMAGE" --store "$T/other" bundle -q --rootfs copy "oci:$T/layout:t" "$T/2"
	cmp "$T/1/config.json" "$T/2/config.json"
}

@test "of an index the image for the platform is taken, or what there is is told" {
	make_image platforms
	image bundle -q --rootfs copy --platform linux/arm "oci:$T/layout:t" "$T/1"
	[ "$(cat "$T/1/rootfs/platform")" = armv7 ]
	image bundle -q --rootfs copy --platform linux/arm/v6 "oci:$T/layout:t" "$T/2"
	[ "$(cat "$T/2/rootfs/platform")" = armv6 ]
	run image pull --platform linux/mips64 "oci:$T/layout:t"
	expect_status 1
	expect_in_output "there is: linux/arm/v6, linux/arm/v7, linux/amd64, linux/s390x"
}

@test "names come and go; what nothing needs is pruned, and what a bundle needs is not" {
	need_root
	pull plain
	image tag localhost/layout:t example.org/other:1
	image bundle -q --no-mount localhost/layout:t "$T/bundle"
	image remove localhost/layout:t
	has_layers 3
	run image list --quiet
	expect_output example.org/other:1
	image remove example.org/other:1
	[ -z "$(ls -A "$STORE/blobs/sha256")" ]
	has_layers 3
	run in_mounts bash -c "'$CTR_IMAGE' mount '$T/bundle' && cat '$T/bundle/rootfs/owned'"
	expect_output o
	image umount --remove "$T/bundle"
	[ ! -e "$T/bundle" ]
	image prune
	[ -z "$(ls -A "$STORE/layers")" ]
}

@test "damage is found, and mended by the next pull" {
	pull plain
	blob=$(find "$STORE/blobs" -type f -size +0 | sort | head -n 1)
	printf x >>"$blob"
	run image verify
	expect_status 1
	expect_in_output "is damaged"
	image verify --repair || true
	rm -r "$STORE"/layers/*
	image pull -q "oci:$T/layout:t"
	image verify
	has_layers 3
}

@test "a pull that is killed at any moment leaves nothing wrong, and the next one goes on" {
	make_image plain
	local i
	for i in $(seq 40); do
		# the program itself, so that it is what is killed
		"$CTR_IMAGE" --store "$STORE" pull -q "oci:$T/layout:t" >/dev/null 2>&1 3>&- &
		sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		image verify
		[ $((i % 8)) != 0 ] || rm -rf "$STORE"
	done
	image bundle -q --rootfs copy "oci:$T/layout:t" "$T/killed"
	bounded "$CTR_IMAGE" --store "$T/fresh" bundle -q --rootfs copy "oci:$T/layout:t" "$T/bundle"
	list_tree "$T/bundle/rootfs" >"$T/tree"
	list_tree "$T/killed/rootfs" | diff "$T/tree" -
	[ -z "$(ls -A "$STORE/tmp")" ]
}

@test "two pulls at once share the work" {
	make_image plain
	local i pids=()
	for i in 1 2 3 4; do
		image pull -q "oci:$T/layout:t" >"$T/out$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[ "$(sort -u "$T"/out? | wc -l)" = 1 ]
	has_layers 3
	image verify
}

@test "layers that have the same blob, and pulls of the same layers at once, wait for nobody who waits for them" {
	make_image repeated
	local i j pids
	for i in $(seq 10); do
		pids=()
		for j in 1 2; do
			image pull -q --jobs 16 "oci:$T/layout:t" >"$T/out$j" 2>&1 3>&- &
			pids+=($!)
		done
		for j in "${pids[@]}"; do
			wait "$j"
		done
		has_layers 17
		rm -rf "$STORE"
	done
}

@test "on a full disk a pull fails with the reason, and goes on when there is room" {
	need_root
	make_image bomb
	cat >"$T/script" <<-EOF
		set -e
		mount -t tmpfs -o size=20m,mode=700 none '$T/small'
		! '$CTR_IMAGE' --store '$T/small/store' pull -q 'oci:$T/layout:t' 2>'$T/errors'
		'$CTR_IMAGE' --store '$T/small/store' verify
		[ -z "\$(ls '$T/small/store/layers')\$(ls '$T/small/store/tmp')" ]
		mount -o remount,size=200m '$T/small'
		'$CTR_IMAGE' --store '$T/small/store' pull -q 'oci:$T/layout:t'
		'$CTR_IMAGE' --store '$T/small/store' verify
	EOF
	mkdir "$T/small"
	run in_mounts bash "$T/script"
	expect_status 0
	grep -q 'No space left on device' "$T/errors"
}
