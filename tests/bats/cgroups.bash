# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What tests of control groups share: where the files of a container's are on this host.

# cgroup_of CONTROLLER: the directory of the running container's control group for this controller,
# as the host sees it.
cgroup_of ()
{
	local pid line
	pid=$(container_pid)
	line=$(grep -E "^[0-9]+:([^:]*,)?$1(,[^:]*)?:" "/proc/$pid/cgroup") || line=$(grep '^0::' "/proc/$pid/cgroup")
	case $line in
	0::*) echo "$(mount_point_v2)${line#0::}" ;;
	*) echo "$(mount_point_v1 "$1")$(cut -d: -f3- <<<"$line")" ;;
	esac
}

mount_point_v2 ()
{
	awk '$(NF - 2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo
}

mount_point_v1 ()
{
	awk -v controller="${1#name=}" '$(NF - 2) == "cgroup" && ("," $NF ",") ~ ("[,=]" controller ",") { print $5; exit }' \
		/proc/self/mountinfo
}

# has_v1 CONTROLLER, has_v2 CONTROLLER: where this host has the controller; else the test is skipped.
has_v1 ()
{
	[ -n "$(mount_point_v1 "$1")" ] || skip "this host has no v1 hierarchy with $1"
}

has_v2 ()
{
	local root
	root=$(mount_point_v2)
	grep -qsw "$1" "${root:-/nowhere}/cgroup.controllers" || skip "this host has no cgroup v2 with $1"
}

# expect_in_cgroup CONTROLLER FILE CONTENT: of the running container.
expect_in_cgroup ()
{
	expect_file "$(cgroup_of "$1")/$2" "$3"
}
