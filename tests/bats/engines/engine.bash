# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the engines' test files begin with: `load engine`. Each file has a small world of its own, with
# mount, network and process namespaces, in which the engine's daemons live; /run is empty in it, and
# what is written to /etc and /var/lib stays in it. Ending its first process ends all that is in it.
# Control groups are below /sys/fs/cgroup/*/$PARENT.

load ../load

# needs COMMAND...: skips the file's tests where an engine is not installed. For setup_file.
needs ()
{
	local command
	for command; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}

# For setup_file. $E is the world's directory.
make_world ()
{
	export E=$BATS_FILE_TMPDIR PARENT=engines-$$-$RANDOM
	mkdir -p "$E"/{etc,var,work-etc,work-var}
	unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
		bash -c '
			set -e
			mount -t tmpfs -o mode=755 tmpfs /run
			mount -t overlay -o "lowerdir=/etc,upperdir=$E/etc,workdir=$E/work-etc" etc /etc
			mount -t overlay -o "lowerdir=/var/lib,upperdir=$E/var,workdir=$E/work-var" lib /var/lib
			ip link set lo up
			: >"$E/ready"
			# as the first process it has to reap the orphans
			while :; do
				sleep 1000 &
				wait
			done' </dev/null >"$E/world.log" 2>&1 3>&- &
	export WORLD_MAKER=$!
	wait_for 10 [ -e "$E/ready" ] || {
		cat "$E/world.log"
		return 1
	}
	WORLD=$(tr -d ' ' <"/proc/$WORLD_MAKER/task/$WORLD_MAKER/children")
	export WORLD
}

# For teardown_file; fails when a container's control group is left.
end_world ()
{
	local directory left
	[ -n "${WORLD_MAKER:-}" ] || return 0
	left=$(find /sys/fs/cgroup -mindepth 2 -type d -path "*/$PARENT/*" ! -name conmon 2>/dev/null)
	kill -KILL "$WORLD_MAKER" 2>/dev/null
	wait_for 5 is_dead "$WORLD"
	# the parents that the engine made, children first
	find /sys/fs/cgroup -depth -type d -path "*/$PARENT*" 2>/dev/null | while IFS= read -r directory; do
		wait_for 2 rmdir "$directory" || echo "can't remove $directory"
	done
	[ -z "$left" ] || {
		printf 'control groups that are left:\n%s\n' "$left"
		return 1
	}
}

# world COMMAND...: executes it in there.
world ()
{
	nsenter --target "$WORLD" --mount --net --pid --wdns=/ -- "${in_dialog[@]}" "$@"
}

# dialog ROWSxCOLUMNS [EXPECTED TYPED]... -- COMMAND...: what the command executes in the world has a
# terminal, and whoever sits there waits for EXPECTED and types TYPED (tests/helpers/dialog.py).
dialog ()
{
	local in_dialog=("$(realpath "$BATS_TEST_DIRNAME/../../helpers/dialog.py")")
	until [ "$1" = -- ]; do
		in_dialog+=("$1")
		shift
	done
	in_dialog+=(--)
	shift
	"$@"
}
in_dialog=()

# drop_in FILE [RUNTIME]: of contrib/, with the runtime under test where davit is after `make install`.
drop_in ()
{
	local file=$BATS_TEST_DIRNAME/../../../contrib/$1
	grep -q /usr/local/bin/davit "$file"
	sed "s,/usr/local/bin/davit,${2:-$RUNTIME}," "$file"
}

# make_logged DIRECTORY: its file runtime is the runtime under test, and has each command line in its file log.
make_logged ()
{
	printf '#!/bin/sh\necho "$*" >>"%s/log"\nexec "%s" "$@"\n' "$1" "$RUNTIME" >"$1/runtime"
	chmod +x "$1/runtime"
}

# daemon NAME COMMAND...: runs it in there until the end; its output goes to $E/NAME.log.
daemon ()
{
	local name=$1
	shift
	world "$@" </dev/null >"$E/$name.log" 2>&1 3>&- &
}

# make_image FILE: a root file system with busybox, as a tar.
make_image ()
{
	tar --create --file="$1" --directory="$SUITE_ROOTFS" --owner=0 --group=0 --numeric-owner .
}

# Fails when something of the test's container is left: a control group, a mount, a process, a
# directory that has the container's id in its name.
expect_nothing_of ()
{
	wait_for 5 nothing_of "$1" || {
		what_is_left_of "$1"
		return 1
	}
}

nothing_of ()
{
	[ -z "$(what_is_left_of "$1")" ]
}

what_is_left_of ()
{
	find "/sys/fs/cgroup" -type d -name "*$1*" -printf 'cgroup: %p\n' 2>/dev/null
	world grep -F "$1" /proc/self/mountinfo | sed 's/^/mount: /'
	# the engine's own record of it may still be there, the runtime's may not
	find "$E" -type d -name "$1" -path '*runtime*' -printf 'state: %p\n' 2>/dev/null
	find "/proc/$WORLD/root/run" -type d -name "$1" -printf 'state: %p\n' 2>/dev/null
	world grep -lsaF "$1" /proc/[0-9]*/cmdline | grep -v -e self -e grep | while IFS= read -r file; do
		world tr '\0' ' ' "<$file" 2>/dev/null
	done
}
