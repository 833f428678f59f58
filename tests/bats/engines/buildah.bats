#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Buildah, configured with contrib/buildah/davit.sh, or with Podman's file; its storage is private.

load engine

setup_file ()
{
	needs buildah
	make_world
	mkdir "$E/context"
	tar --create --directory="$SUITE_ROOTFS" --file="$E/context/root.tar" .
	printf 'FROM scratch\nADD root.tar /\n' >"$E/context/Containerfile"
	buildah bud --tag localhost/busybox "$E/context" >"$E/import.log" 2>&1 || {
		cat "$E/import.log"
		return 1
	}
}

teardown_file ()
{
	end_world
}

setup ()
{
	NAME=b$BATS_SUITE_TEST_NUMBER-$RANDOM
	context=$BATS_TEST_TMPDIR/context
	mkdir "$context"
	make_logged "$BATS_TEST_TMPDIR"
}

buildah ()
{
	world buildah --root "$E/storage" --runroot "$E/run" --storage-driver vfs "$@"
}

buildah_bud ()
{
	buildah bud --cgroup-parent "/$PARENT/$NAME" --network none --tag "localhost/$NAME" "$context"
}

# As /etc/profile does in a user's session.
configure ()
{
	drop_in buildah/davit.sh "$BATS_TEST_TMPDIR/runtime" >"$BATS_TEST_TMPDIR/davit.sh"
	# shellcheck source=/dev/null
	source "$BATS_TEST_TMPDIR/davit.sh"
}

write_containerfile ()
{
	cat >"$context/Containerfile" <<-'END'
		FROM localhost/busybox
		RUN echo built >/built && id -u >>/built
		USER 1000
		WORKDIR /home
		RUN ["/bin/sh", "-c", "id -u; pwd; cat /built"]
	END
}

@test "buildah executes RUN lines with the runtime that contrib/buildah/davit.sh names" {
	configure
	write_containerfile
	run buildah_bud
	expect_status 0
	expect_in_output $'1000\n/home\nbuilt\n0'
	[ "$(grep -cw create "$BATS_TEST_TMPDIR/log")" = 2 ]
}

@test "buildah executes RUN lines with the runtime that contrib/podman/containers.conf names" {
	drop_in podman/containers.conf "$BATS_TEST_TMPDIR/runtime" >"$BATS_TEST_TMPDIR/davit.conf"
	write_containerfile
	CONTAINERS_CONF=$BATS_TEST_TMPDIR/davit.conf BUILDAH_ISOLATION=oci run buildah_bud
	expect_status 0
	expect_in_output $'1000\n/home\nbuilt\n0'
	[ "$(grep -cw create "$BATS_TEST_TMPDIR/log")" = 2 ]
}

@test "buildah bud fails with the status of a RUN line" {
	configure
	printf 'FROM localhost/busybox\nRUN exit 42\n' >"$context/Containerfile"
	run buildah_bud
	expect_failure
	expect_in_output 'exit status 42'
}

@test "buildah run returns the program's status and its output" {
	local id
	configure
	id=$(buildah from --cgroup-parent "/$PARENT/$NAME" localhost/busybox)
	run buildah run --network none "$id" -- sh -c 'echo in; exit 7'
	expect_in_output in
	expect_status 7
	grep -qw create "$BATS_TEST_TMPDIR/log"
	buildah rm "$id"
}
