#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mounts: what the config's mounts are in the container, option by option.

load load

setup ()
{
	make_container
	mkdir -p "$T/volume/sub"
	echo text >"$T/volume/file"
}

# mount_line PATH: a script that writes options, optional fields, type, source and superblock options
# of the last mount at PATH.
mount_line ()
{
	printf 'grep " %s " /proc/self/mountinfo | tail -n 1 | cut -d " " -f 6-\n' "$1"
}

# In a mount namespace of its own, where $T/volume is a shared mount, and so are the other mounts there.
with_shared_volume ()
{
	unshare --mount --propagation private sh -e -c '
		mount -t tmpfs volume "$1/volume"
		mkdir "$1/volume/sub"
		mount --make-shared "$1/volume"
		shift
		"$@"' sh "$T" "$@"
}

@test "the default bundle has the mounts that its config asks for" {
	needs_root "in a user namespace there are more options"
	in_container 'grep -v " /dev/console \| cgroup\| /proc/\| /sys/" /proc/self/mountinfo |
		cut -d " " -f 5- | sed "s/ master:[0-9]*//; s/,inode64//; s/,seclabel//; s/sysfs sysfs .*/sysfs sysfs/" | grep -v "^/ "'
	expect_status 0
	expect_output "/proc rw,relatime - proc proc rw
/dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
/dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
/dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
/dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
/sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs"
}

@test "mounts are made in the order of the config" {
	add_mount /data tmpfs first
	add_mount /data/inner tmpfs second
	add_mount /data/inner bind "$T/volume" bind
	in_container 'ls /data/inner; grep -c " /data" /proc/self/mountinfo'
	expect_output "file
sub
3"
}

@test "a directory and a file are bound, and their mount points made" {
	add_mount /new/dir bind "$T/volume" bind
	add_mount /other/file bind "$T/volume/file" bind
	in_container 'cat /new/dir/file /other/file; echo more >>/other/file'
	expect_output "text
text"
	expect_file "$T/volume/file" "text
more"
}

@test "bind or rbind make a bind mount, whatever the type says" {
	add_mount /a none "$T/volume" bind
	add_mount /b tmpfs "$T/volume" rbind
	in_container 'cat /a/file /b/file'
	expect_output "text
text"
}

@test "the source of a bind mount may be relative to the bundle" {
	mkdir "$BUNDLE/beside"
	echo beside >"$BUNDLE/beside/file"
	add_mount /data bind beside bind
	in_container 'cat /data/file'
	expect_output beside
}

@test "a relative destination is below /" {
	add_mount data/inner bind "$T/volume" bind
	in_container 'cat /data/inner/file'
	expect_in_output text
}

@test "a destination with .. does not leave the root" {
	add_mount /../../up bind "$T/volume" bind
	in_container 'cat /up/file'
	expect_output text
}

@test "only rbind brings the mounts below" {
	needs_root "the test mounts on the host"
	add_mount /one bind "$T/volume" bind
	add_mount /all bind "$T/volume" rbind
	args sh -c 'ls /one/sub | wc -l; cat /all/sub/file'
	run unshare --mount --propagation private sh -e -c '
		mount -t tmpfs inner "$1/volume/sub"
		echo inner >"$1/volume/sub/file"
		"$2" --root "$3" run --bundle "$4" "$5"' sh "$T" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
	expect_output "0
inner"
}

@test "each option of a mount shows in the container" {
	needs_root "the flags of the host's mounts are locked"
	local option
	for option in ro nosuid nodev noexec noatime nodiratime; do
		add_mount "/bind-$option" bind "$T/volume" bind "$option"
		add_mount "/new-$option" tmpfs tmpfs "$option"
	done
	in_container 'cut -d " " -f 5,6 /proc/self/mountinfo | grep -e "^/bind" -e "^/new"'
	expect_status 0
	for option in ro nosuid nodev noexec noatime nodiratime; do
		grep -q "^/bind-$option .*\b$option\b" <<<"$output"
		grep -q "^/new-$option .*\b$option\b" <<<"$output"
	done
	[ "$(grep -c '\bro\b' <<<"$output")" = 2 ]
}

@test "ro, nosuid, nodev and noexec do what they say" {
	cp "$SUITE_ROOTFS/bin/busybox" "$T/volume/echo"
	cp "$HELPERS/euid" "$T/volume/euid"
	chmod 4755 "$T/volume/euid"
	add_mount /ro bind "$T/volume" bind ro
	add_mount /nosuid bind "$T/volume" bind nosuid
	add_mount /noexec bind "$T/volume" bind noexec
	config '.process.noNewPrivileges = false | .process.user = { "uid": 1000, "gid": 1000 }'
	in_container 'touch /ro/x; /nosuid/euid; /ro/euid; /noexec/echo no || true'
	expect_in_output 'Read-only file system'
	expect_in_output '1000
0'
	expect_in_output 'denied'
}

@test "the last of two options that exclude each other wins" {
	add_mount /a tmpfs tmpfs ro rw
	add_mount /b tmpfs tmpfs rw ro
	add_mount /c tmpfs tmpfs noatime strictatime
	add_mount /d tmpfs tmpfs nosuid suid nodev
	in_container 'for m in a b c d; do grep " /$m " /proc/self/mountinfo | cut -d " " -f 5,6; done'
	expect_output "/a rw,relatime
/b ro,relatime
/c rw
/d rw,nodev,relatime"
}

@test "access times are kept as the option says" {
	add_mount /relatime tmpfs tmpfs relatime
	add_mount /noatime tmpfs tmpfs noatime
	add_mount /strictatime tmpfs tmpfs strictatime
	add_mount /norelatime tmpfs tmpfs norelatime
	in_container 'cut -d " " -f 5,6 /proc/self/mountinfo | grep atime'
	expect_in_output "/relatime rw,relatime"
	expect_in_output "/noatime rw,noatime"
	[[ $output != *"/strictatime rw,"* ]]
}

@test "the options of a superblock reach it" {
	add_mount /a tmpfs tmpfs sync dirsync
	in_container "$(mount_line /a)"
	expect_in_output "tmpfs tmpfs rw,sync,dirsync"
}

@test "every option that the specification demands is known" {
	only_davit "and newer runc know all of them"
	local option n=0
	for option in async atime defaults dev diratime dirsync exec iversion lazytime loud mand noatime \
		nodev nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid \
		nosymfollow private ratime rdev rdiratime relatime rexec rnoatime rnodev rnodiratime \
		rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw \
		rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave \
		strictatime suid symfollow sync tmpcopyup unbindable; do
		add_mount "/m/$option" tmpfs tmpfs "$option"
		n=$((n + 1))
	done
	in_container 'grep -c " /m/" /proc/self/mountinfo'
	expect_status 0
	expect_output "$n"
}

@test "nosymfollow does what it says" {
	only_davit "and newer runc know nosymfollow"
	ln -s file "$T/volume/link"
	add_mount /data bind "$T/volume" bind nosymfollow
	in_container 'cat /data/file; cat /data/link'
	expect_in_output text
	expect_in_output 'ymbolic'
}

@test "ro is for the mount alone, rro for all below" {
	needs_root "the test mounts on the host"
	needs_calls mount_setattr
	add_mount /ro bind "$T/volume" rbind ro
	add_mount /rro bind "$T/volume" rbind rro
	args sh -c 'touch /ro/sub/x && echo written; touch /rro/sub/x || touch /rro/x || true'
	run with_shared_volume sh -e -c 'mount -t tmpfs inner "$1/volume/sub"; shift; "$@"' sh "$T" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_in_output written
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
}

@test "a tmpfs has the options of its own kind, and the mode of the directory it covers" {
	chmod 1770 "$BUNDLE/rootfs/tmp"
	add_mount /tmp tmpfs tmpfs size=1m
	add_mount /new tmpfs tmpfs mode=0711 uid=7
	in_container 'stat -c %a /tmp; stat -c "%a %u" /new; df -k /tmp | tail -n 1 | awk "{ print \$2 }"'
	expect_output "1770
711 7
1024"
}

@test "tmpcopyup brings what was there into the tmpfs, and leaves the original alone" {
	needs_root "the test has files of others"
	mkdir "$BUNDLE/rootfs/var/dir"
	echo original >"$BUNDLE/rootfs/var/dir/file"
	chmod 604 "$BUNDLE/rootfs/var/dir/file"
	chown 5:6 "$BUNDLE/rootfs/var/dir/file"
	ln -s dir "$BUNDLE/rootfs/var/link"
	add_mount /var tmpfs tmpfs tmpcopyup
	in_container 'cat /var/link/file; stat -c "%a %u %g" /var/dir/file; rm /var/dir/file'
	expect_output "original
604 5 6"
	expect_file "$BUNDLE/rootfs/var/dir/file" original
}

@test "a read-only tmpfs may have mount points in it" {
	add_mount /data tmpfs tmpfs ro
	add_mount /data/inner bind "$T/volume" bind
	in_container 'cat /data/inner/file; touch /data/x'
	expect_in_output text
	expect_in_output 'Read-only file system'
}

@test "a mount in a shared volume is seen outside with rshared, and only with it" {
	needs_root "the test mounts on the host"
	local option
	config '.linux.rootfsPropagation = "shared" | .process.capabilities[] += [ "CAP_SYS_ADMIN" ]'
	config '.mounts += [ { "destination": "/data", "type": "bind", "source": $source, "options": [ "rbind", $option ] } ]' \
		--arg source "$T/volume" --arg option rshared
	args mount -t tmpfs inside /data/sub
	run with_shared_volume sh -c '"$@"; grep -c "tmpfs inside" /proc/self/mountinfo' sh \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_output 1
	for option in rslave rprivate; do
		config '.mounts[-1].options[1] = $option' --arg option "$option"
		run with_shared_volume sh -c '"$@"; grep -c "tmpfs inside" /proc/self/mountinfo' sh \
			"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		expect_output 0
	done
}

@test "a mount on the host comes into a container's volume with rslave, and not with rprivate" {
	needs_root "the test mounts on the host"
	local option expected
	for option in rslave:1 rprivate:0; do
		expected=${option#*:}
		config '.mounts |= map(select(.destination != "/data"))'
		add_mount /data bind "$T/volume" rbind "${option%:*}"
		args sh -c 'until [ -e /data/go ]; do sleep 0.02; done; grep -c "tmpfs late" /proc/self/mountinfo'
		run with_shared_volume sh -c '
			volume=$1; shift
			"$@" &
			until "$1" "$2" "$3" state "$7" 2>/dev/null | grep -q running; do sleep 0.02; done
			mount -t tmpfs late "$volume/sub"
			touch "$volume/go"
			wait' sh "$T/volume" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		expect_output "$expected"
	done
}

@test "an idmapped mount shows the files as somebody else's" {
	needs_root "mounts with other ids are root's"
	needs_calls mount_setattr
	only_davit "and newer runc make idmapped mounts without a user namespace"
	config --arg source "$T/volume" '.mounts += [ {
		"destination": "/data", "type": "bind", "source": $source, "options": [ "bind", "idmap" ],
		"uidMappings": [ { "containerID": 0, "hostID": 4000, "size": 1000 } ],
		"gidMappings": [ { "containerID": 0, "hostID": 5000, "size": 1000 } ] } ]'
	in_container 'stat -c "%u %g" /data/file'
	expect_output "4000 5000"
}

@test "idmap without maps and without a user namespace is refused" {
	only_davit "and newer runc know idmap"
	add_mount /data bind "$T/volume" bind idmap
	in_container 'true'
	expect_error /mounts/7
}

@test "crun's options for symlinks work" {
	only_davit "and crun have these options"
	ln -s file "$T/volume/link"
	ln -s nowhere "$BUNDLE/rootfs/there"
	add_mount /copied bind "$T/volume/link" bind copy-symlink
	add_mount /there bind "$T/volume/link" bind src-nofollow dest-nofollow
	in_container 'readlink /copied; readlink /there; [ -e /nowhere ] || echo untouched'
	expect_output "file
file
untouched"
}

@test "an overlay with many long lower directories is mounted" {
	local i lower=
	for i in $(seq 20); do
		mkdir "$T/layer-with-a-long-name-$i"
		lower=$lower:$T/layer-with-a-long-name-$i
	done
	mkdir "$T/upper" "$T/work"
	echo lowest >"$T/layer-with-a-long-name-20/file"
	# a tmpfs, as an overlay on an overlay may be the machine's
	add_mount /data overlay overlay "lowerdir=${lower#:}"
	in_container 'cat /data/file'
	expect_output lowest
}

@test "a remount changes the options of a mount that is there" {
	only_davit "and newer runc leave out the type of a remount"
	add_mount /data tmpfs tmpfs nosuid
	add_mount /data none none remount bind ro
	in_container "$(mount_line /data)"
	expect_in_output "ro,nosuid,relatime"
}

@test "300 mounts are made" {
	config '.mounts += [ range(300) | { "destination": "/m/\(.)", "type": "tmpfs", "source": "tmpfs" } ]'
	in_container 'grep -c " /m/" /proc/self/mountinfo'
	expect_output 300
}

@test "what can't be mounted is an error that names the place in the config, type and destination" {
	add_mount /data nosuchfs none
	in_container true
	expect_failure
	expect_in_output /data
	is_davit || skip "only davit says where in the config"
	expect_error "/mounts/7: mount 'nosuchfs' at '/data'"
	config '.mounts[7] += { "type": "tmpfs", "options": [ "size=much" ] }'
	in_container true
	expect_error "tmpfs: Bad value for 'size'"
}

@test "a source that is missing is named" {
	add_mount /data bind "$T/missing" bind
	in_container true
	expect_failure
	expect_in_output "$T/missing"
	expect_in_output "no such file"
}

@test "a file does not go on a directory, nor a directory on a file" {
	add_mount /tmp bind "$T/volume/file" bind
	in_container true
	expect_failure
	expect_in_output "ot a directory"
	config '.mounts[7] += { "destination": "/etc/passwd", "source": $source }' --arg source "$T/volume"
	in_container true
	expect_failure
	expect_in_output "ot a directory"
}

@test "nothing that is mounted shows on the host" {
	add_mount /data tmpfs tmpfs
	add_mount /bound bind "$T/volume" rbind
	create
	grep -F "$T" /proc/self/mountinfo && return 1
	runtime start "$ID"
}
