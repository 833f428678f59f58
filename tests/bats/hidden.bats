#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hidden: masked and read-only paths, the root itself, and the way into it.

load load

user_namespace ()
{
	needs_root "the container has a user namespace already"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
}

# A directory and files to hide.
secrets ()
{
	mkdir -p "$BUNDLE/rootfs/secret/dir"
	echo secret | tee "$BUNDLE/rootfs/secret/file" "$BUNDLE/rootfs/secret/dir/file" >/dev/null
	ln -s secret/file "$BUNDLE/rootfs/link"
	config '.linux.maskedPaths += [ "/secret/file", "/secret/dir", "/etc/missing" ]'
}

@test "a masked file reads as nothing, and takes what is written" {
	secrets
	in_container 'cat /secret/file /link; echo x >/secret/file; stat -c "%F %t:%T" /secret/file'
	expect_output "character special file 1:3"
	expect_file "$BUNDLE/rootfs/secret/file" secret
}

@test "a masked directory is empty, and nothing can be put in" {
	secrets
	in_container 'ls -A /secret/dir; touch /secret/dir/x; grep " /secret/dir " /proc/self/mountinfo | cut -d " " -f 6'
	expect_in_output 'Read-only file system'
	expect_in_output 'ro,'
	[[ $output != *file* || $output == *'Read-only file system'* ]]
	[ ! -e "$BUNDLE/rootfs/secret/dir/x" ]
}

@test "a masked path that is a symbolic link hides what it leads to" {
	secrets
	config '.linux.maskedPaths = [ "/link" ]'
	in_container 'cat /secret/file /link; echo end'
	expect_output end
}

@test "masked paths that are missing are no error, and are not made" {
	config '.linux.maskedPaths = [ "/etc/missing", "/no/such/path" ]'
	in_container 'ls -d /etc/missing /no 2>/dev/null | wc -l'
	expect_output 0
	config '.linux.maskedPaths = [ "/etc/passwd/below" ]'
	only_davit "and newer peers take a path through a file for a missing one"
	in_container 'wc -l </etc/passwd'
	expect_output 2
}

@test "files of proc are masked, and can't be had back" {
	local masked
	masked=$(jq -r '.linux.maskedPaths[]' "$BUNDLE/config.json")
	in_container 'cat /proc/keys /proc/timer_list | wc -c; ls -A /proc/acpi /sys/firmware 2>/dev/null | grep -v : | wc -w; umount /proc/keys 2>&1'
	[ -n "$masked" ]
	expect_failure
	[[ $output == "0
0
"* ]] || {
		printf '%s\n' "$output"
		return 1
	}
}

@test "all masked directories share one file system" {
	only_davit "and newer peers make only one"
	mkdir "$BUNDLE"/rootfs/{one,two,three}
	config '.linux.maskedPaths = [ "/one", "/two", "/three" ]'
	in_container 'stat -c %d /one /two /three | sort -u | wc -l'
	expect_output 1
}

@test "a read-only path can be read and not written, with all below it, and keeps its other options" {
	mkdir "$T/volume"
	echo text >"$BUNDLE/rootfs/etc/file"
	add_mount /data tmpfs tmpfs nosuid nodev noexec
	add_mount /data/sub bind "$T/volume" bind
	config '.linux.readonlyPaths += [ "/etc", "/data", "/no/such/path" ]'
	in_container 'cat /etc/file; touch /etc/x; touch /data/x
		grep " /data " /proc/self/mountinfo | tail -n 1 | cut -d " " -f 6; touch /tmp/x && echo written'
	expect_in_output text
	expect_in_output 'ro,nosuid,nodev,noexec'
	expect_in_output written
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
	only_davit "makes all below read-only too"
	in_container 'touch /data/sub/x'
	expect_in_output 'Read-only file system'
}

@test "sysctls are read-only" {
	in_container 'echo 1 >/proc/sys/kernel/hostname; grep -c " /proc/sys .* ro" /proc/self/mountinfo'
	expect_in_output 'Read-only file system'
}

@test "masks and read-only paths work in a user namespace" {
	secrets
	user_namespace
	config '.linux.readonlyPaths += [ "/etc" ]'
	in_container 'cat /secret/file; ls -A /secret/dir; touch /etc/x'
	expect_in_output 'Read-only file system'
	[ "${#lines[@]}" = 1 ]
}

@test "a read-only root can't be written, what is mounted in it can" {
	config '.root.readonly = true'
	add_mount /tmp tmpfs tmpfs
	in_container 'touch /x; touch /tmp/x && echo written; grep " / / " /proc/self/mountinfo | cut -d " " -f 6 | head -c 3'
	expect_in_output 'Read-only file system'
	expect_in_output written
	[ ! -e "$BUNDLE/rootfs/x" ]
}

@test "a read-only root gets its mount points and working directory all the same" {
	config '.root.readonly = true | .process.cwd = "/new/work"'
	add_mount /newer/data tmpfs tmpfs
	in_container 'pwd; touch /newer/data/x && echo written'
	expect_output "/new/work
written"
}

@test "a writable root is the bundle's" {
	in_container 'echo text >/file'
	expect_status 0
	expect_file "$BUNDLE/rootfs/file" text
}

@test "the root's propagation is what the config says" {
	needs_root "the test mounts on the host"
	local word
	only_davit "and crun make it so whatever the bundle lies on"
	for word in private:0:0:0 slave:0:1:0 shared:1:?:0 unbindable:0:0:1 \
		rprivate:0:0:0 rslave:0:1:0 rshared:1:?:0 runbindable:0:0:1; do
		config '.linux.rootfsPropagation = $word' --arg word "${word%%:*}"
		args sh -c 'for f in shared: master: unbindable; do grep "^[0-9]* [0-9]* [^ ]* [^ ]* / " /proc/self/mountinfo | grep -c "$f"; done | tr "\n" :'
		# the bundle must lie on a shared mount for "slave" to mean anything
		run unshare --mount --propagation private sh -e -c '
			mount --bind "$1" "$1"
			mount --make-shared "$1"
			shift
			"$@"' sh "$BUNDLE" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		expect_status 0
		# shellcheck disable=SC2053 # a pattern
		[[ $output == ${word#*:}: ]] || {
			printf '%s: %s\n' "$word" "$output"
			return 1
		}
	done
}

@test "--no-pivot gives the same container" {
	secrets
	args sh -c 'cat /secret/file; ls /; grep -c " / / " /proc/self/mountinfo; ls -A /proc/acpi 2>/dev/null; echo "$PWD"'
	run runtime run --no-pivot --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_in_output secret
	[[ $output != *"$T"* ]]
	[ "${lines[-1]}" = / ]
}

@test "the root may be a mount of its own, an overlay as engines make it" {
	needs_root "the test mounts on the host"
	mkdir "$T/upper" "$T/work"
	args sh -c 'cat /etc/group | head -n 1; echo new >/file'
	run unshare --mount --propagation private sh -e -c '
		mount -t tmpfs none "$1"
		mkdir "$1/upper" "$1/work"
		mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$2"
		shift 2
		"$@"
		cat "$4/rootfs/file"' sh "$T/upper" "$BUNDLE/rootfs" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_in_output "root:x:0:"
	[ ! -e "$BUNDLE/rootfs/file" ]
}

@test "a working directory behind a symbolic link is where the link leads, inside" {
	mkdir "$BUNDLE/rootfs/real"
	ln -s /real "$BUNDLE/rootfs/alias"
	config '.process.cwd = "/alias"'
	in_container 'pwd -P'
	expect_output /real
}

@test "a working directory that is made through a symbolic link is made inside (IMG-26)" {
	ln -s "$T/outside" "$BUNDLE/rootfs/alias"
	config '.process.cwd = "/alias/deeper"'
	in_container 'pwd -P'
	[ ! -e "$T/outside" ]
	[ "$status" != 0 ] || expect_output "$T/outside/deeper"
}

@test "a working directory that is a file is an error" {
	config '.process.cwd = "/etc/passwd"'
	in_container 'true'
	expect_failure
	expect_in_output "ot a directory"
}

@test "the mount of control groups is read-only and shows the container's own" {
	in_container 'for d in /sys/fs/cgroup $(grep -o " /sys/fs/cgroup/[^ ]*" /proc/self/mountinfo); do mkdir $d/x 2>/dev/null && echo made $d; done; true'
	expect_output ""
	only_davit "makes the tmpfs around them read-only as well"
	in_container 'grep " /sys/fs/cgroup" /proc/self/mountinfo | cut -d " " -f 6 | grep -vc "^ro"'
	expect_output 0
}
