#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# devices: the nodes and links of /dev, those of the config, and where there are none.

load load

# add_device PATH TYPE [JQ_OBJECT]: one more device.
add_device ()
{
	config --arg path "$1" --arg type "$2" '.linux.devices += [ { "path": $path, "type": $type } + '"${3:-"{}"}"' ]'
}

# The rest of the config for a /dev that is the image's own.
without_dev_mounts ()
{
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
}

@test "the default devices are there, for everybody to use" {
	needs_root "devices are the host's"
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	in_container 'cd /dev; stat -c "%n %F %a %u %g %t:%T" null zero full random urandom tty
		head -c 2 zero | wc -c; echo x >null; echo x >full'
	expect_in_output "null character special file 666 0 0 1:3
zero character special file 666 0 0 1:5
full character special file 666 0 0 1:7
random character special file 666 0 0 1:8
urandom character special file 666 0 0 1:9
tty character special file 666 0 0 5:0
2"
	expect_in_output "No space left on device"
}

@test "the standard links are in /dev" {
	in_container 'for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; echo out >/dev/stdout; ls /dev/ptmx'
	expect_output "/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx
out
/dev/ptmx"
}

@test "devices of the config have the type, mode and owner that it says" {
	needs_root "devices are the host's"
	add_device /dev/char c '{ "major": 10, "minor": 229, "fileMode": 402, "uid": 3, "gid": 4 }'
	add_device /dev/deep/er/unbuffered u '{ "major": 10, "minor": 200 }'
	add_device /dev/block b '{ "major": 7, "minor": 0, "fileMode": 416 }'
	add_device /dev/fifo p '{ "fileMode": 384 }'
	in_container 'cd /dev; stat -c "%n %F %a %u %g %t:%T" char deep/er/unbuffered block fifo'
	expect_status 0
	expect_in_output "char character special file 622 3 4 a:e5"
	expect_in_output "deep/er/unbuffered character special file "
	expect_in_output " 0 0 a:c8"
	expect_in_output "block block special file 640 0 0 7:0"
	expect_in_output "fifo fifo 600 0 0 0:0"
}

@test "a device may lie outside of /dev" {
	needs_root "devices are the host's"
	add_device /run/more/null c '{ "major": 1, "minor": 3, "fileMode": 438 }'
	in_container 'echo x >/run/more/null; stat -c "%F %t:%T" /run/more/null'
	expect_output "character special file 1:3"
}

@test "a node that is there already and is the right one is left alone" {
	needs_root "device nodes can't be made"
	without_dev_mounts
	mknod --mode 0622 "$BUNDLE/rootfs/dev/null" c 1 3
	chown 7:8 "$BUNDLE/rootfs/dev/null"
	in_container 'stat -c "%a %u %g" /dev/null; stat -c %a /dev/zero'
	expect_output "622 7 8
666"
}

@test "a node that is there already and is another one is an error, and stays" {
	needs_root "device nodes can't be made"
	only_davit "says so; its peers use what is there"
	without_dev_mounts
	mknod "$BUNDLE/rootfs/dev/null" c 1 5
	in_container true
	expect_error "device '/dev/null': something that is not the character device 1:3 is there"
	[ "$(stat -c %t:%T "$BUNDLE/rootfs/dev/null")" = 1:5 ]
}

@test "an image without /dev gets one" {
	without_dev_mounts
	rmdir "$BUNDLE/rootfs/dev"
	in_container 'echo x >/dev/null && readlink /dev/fd'
	expect_output /proc/self/fd
}

@test "a bound /dev is left as it is" {
	needs_root "device nodes can't be made"
	config '.mounts |= map(select(.destination | startswith("/dev/") | not))
		| (.mounts[] | select(.destination == "/dev")) |= { "destination": "/dev", "type": "bind", "source": $source, "options": [ "rbind" ] }' \
		--arg source "$T/dev"
	mkdir "$T/dev"
	mknod "$T/dev/null" c 1 3
	in_container 'ls -A /dev'
	expect_output null
}

@test "a read-only /dev is so when the program runs, and has its devices" {
	config '(.mounts[] | select(.destination == "/dev")).options += [ "ro" ]'
	in_container 'echo x >/dev/null; touch /dev/x'
	expect_in_output "Read-only file system"
	[[ $output != *null* ]]
}

@test "in a user namespace the devices are the host's, and work" {
	needs_root "the container has a user namespace already"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	in_container 'cd /dev; stat -c "%n %F %t:%T" null full; echo x >null && echo written'
	expect_output "null character special file 1:3
full character special file 1:7
written"
	only_davit "makes FIFOs there too"
	add_device /dev/fifo p
	in_container 'ls -l /dev/fifo | cut -c 1'
	expect_output p
}

@test "a device that the host does not have can't be had in a user namespace" {
	needs_root "the container has a user namespace already"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	add_device /dev/nosuchdevice c '{ "major": 199, "minor": 77 }'
	in_container true
	expect_failure
	expect_in_output /dev/nosuchdevice
}
