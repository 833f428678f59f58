#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Bundles, and running them.

load images

# An image with busybox.
# make_runnable
make_runnable ()
{
	need busybox
	mkdir -p "$T/root/bin" "$T/root/etc" "$T/root/tmp"
	cp "$(command -v busybox)" "$T/root/bin/busybox"
	for applet in sh cat id echo mount touch; do
		ln -s busybox "$T/root/bin/$applet"
	done
	printf 'root:x:0:0::/root:/bin/sh\nweb:x:33:44::/var/www:/bin/sh\n' >"$T/root/etc/passwd"
	printf 'more:x:66:web\n' >"$T/root/etc/group"
	image import "$T/root" localhost/run:1 --cmd id >/dev/null
}

# run_image ARGUMENT...: ctr-image run, with mounts of its own.
run_image ()
{
	run in_mounts "$CTR_IMAGE" --store "$STORE" run --rm --runtime "$RUNTIME" "$@"
}

@test "user, groups and home are looked up in the image" {
	copy_of user_name
	[ "$(config .process.user)" = '{"uid":33,"gid":44,"additionalGids":[55,66]}' ]
	[ "$(config '.process.env | map(select(startswith("HOME=")))')" = '["HOME=/var/www"]' ]
}

@test "the command line has the last word" {
	make_image labels
	image bundle -q --rootfs copy --env A=2 --env C=3 --user 7:8 --cwd /tmp --tty --hostname h \
		--entrypoint /other --args x --args y --annotation run.oci.keep=1 "oci:$T/layout:t" "$T/bundle"
	[ "$(config '[.process.args, .process.cwd, .process.terminal, .hostname, .process.user]')" = \
		'[["/other","x","y"],"/tmp",true,"h",{"uid":7,"gid":8}]' ]
	[ "$(config '.process.env | .[0:3]')" = '["A=2","B=2=3","C=3"]' ]
	[ "$(config '.annotations["run.oci.keep"]')" = '"1"' ]
}

@test "volumes are filled with what the image has there" {
	copy_of volumes
	[ "$(config '.mounts | map(select(.type == "bind").destination)')" = '["/data","/new"]' ]
	[ "$(find "$T/bundle/volumes" -mindepth 1 -printf '%P ' | tr ' ' '\n' | sort | tr '\n' ' ')" = \
		"0 0/file 0/more 1 " ] || {
		find "$T/bundle/volumes"
		return 1
	}
	[ "$(stat -c '%a %u' "$T/bundle/volumes/0")" = "700 99" ] || [ "$(id -u)" != 0 ]
}

@test "a bundle is its owner's alone, and never overwrites anything" {
	copy_of plain
	[ "$(stat -c %a "$T/bundle")" = 700 ]
	run image bundle -q --rootfs copy localhost/layout:t "$T/bundle"
	expect_status 1
	expect_in_output "Directory not empty"
	[ -e "$T/bundle/config.json" ]
}

@test "ids are mapped, in the config and in the copy" {
	need_root
	make_image plain
	image bundle -q --uidmap 0:100000:65536 "oci:$T/layout:t" "$T/bundle" && return 1
	image bundle -q --uidmap 0:100000:4000000 "oci:$T/layout:t" "$T/bundle"
	[ "$(stat -c '%u %g' "$T/bundle/rootfs/owned")" = "101234 104321" ]
	[ "$(stat -c '%a' "$T/bundle/rootfs/bin/su")" = 4755 ]
	[ "$(stat -c '%u' "$T/bundle")" = 100000 ]
	[ "$(config '.linux.uidMappings')" = '[{"containerID":0,"hostID":100000,"size":4000000}]' ]
	[ "$(config '.linux.namespaces | map(.type) | contains(["user"])')" = true ]
}

@test "an image runs, writes to its own layer, and ends as its program does" {
	need_root
	make_runnable
	run_image localhost/run:1
	expect_status 0
	expect_in_output "uid=0(root) gid=0"
	run_image --user web localhost/run:1
	expect_in_output "uid=33(web) gid=44 groups=66(more)"
	run_image localhost/run:1 sh -c 'echo text >/tmp/file && cat /tmp/file; exit 7'
	expect_status 7
	expect_output text
	run_image --read-only localhost/run:1 touch /tmp/file
	expect_status 1
	[ -z "$(ls -A "$STORE/run")$(ls -A "$STORE/bundles")" ]
	image verify
}

@test "the runtime is told what it has to be told" {
	need_root
	make_runnable
	run_image --quiet --runtime echo --runtime-root /its/state --runtime-arg=--systemd-cgroup --runtime-arg=--debug \
		--name it localhost/run:1 sh
	expect_status 0
	expect_output "--root /its/state --systemd-cgroup --debug run --bundle $STORE/run/it it"
}

@test "the default filter lets usual programs live and keeps mount out" {
	need_root
	make_runnable
	run_image localhost/run:1 cat /proc/self/status
	expect_in_output "Seccomp:	2"
	run_image localhost/run:1 mount -t tmpfs none /tmp
	expect_status 1
}

@test "runc and crun take the bundle as it is" {
	need_root
	need runc
	make_runnable
	RUNTIME=$(command -v runc)
	run_image --name "t$$-$RANDOM" localhost/run:1
	expect_status 0
	expect_in_output "uid=0(root) gid=0"
}

@test "without root: the ids are the user's own from /etc/subuid, and the runtime is the user himself" {
	need_root
	need setpriv newuidmap
	local home=$T/home
	make_runnable
	image copy -q localhost/run:1 "oci:$T/layout:t"
	install -d -o 12345 -g 12345 "$home"
	# the tree they were built in may be closed to others
	cp "$CTR_IMAGE" "$RUNTIME" "$T"
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$T" "$BATS_SUITE_TMPDIR"
	cp /etc/passwd "$T/passwd"
	echo "tester:x:12345:12345::$home:/bin/sh" >>"$T/passwd"
	echo 'tester:300000:65536' >"$T/subids"
	cat >"$T/script" <<-EOF
		set -e
		mount --bind '$T/passwd' /etc/passwd
		mount --bind '$T/subids' /etc/subuid
		mount --bind '$T/subids' /etc/subgid
		cd '$home'
		user='setpriv --reuid 12345 --regid 12345 --clear-groups env HOME=$home PATH=$PATH'
		\$user unshare --user true || exit 100
		run="\$user $T/ctr-image run -q --rm --runtime $T/${RUNTIME##*/} --runtime-root $home/state oci:$T/layout:t"
		\$run cat /proc/self/uid_map
		\${run/--rm/--rm --user web} sh -c 'id; exit 7'
	EOF
	run in_mounts bash "$T/script"
	[ "$status" != 100 ] || skip "users can't make user namespaces here"
	expect_status 7
	[ "$(head -n 2 <<<"$output" | xargs)" = "0 12345 1 1 300000 65536" ]
	expect_in_output "uid=33(web) gid=44"
	[ -z "$(ls -A "$home/.local/share/ctr-image/run")" ]
}
