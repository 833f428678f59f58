# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The modes that the suite runs in besides root with the cgroupfs driver, as the environment says:
#
# DAVIT_BATS_SYSTEMD=1		containers are systemd's scopes (--systemd-cgroup)
# DAVIT_BATS_ROOTLESS=1		the caller is no root; bundles get a user namespace of his ids
# DAVIT_BATS_APPARMOR=NAME	every container is confined by this profile
# DAVIT_BATS_NOSYS=NAME,NAME	the kernel lacks these system calls, which davit can do without
# DAVIT_BATS_PATIENCE=N		a slow machine: N times as long until a wait is in vain

is_systemd ()
{
	[ -n "${DAVIT_BATS_SYSTEMD-}" ]
}

is_rootless ()
{
	[ -n "${DAVIT_BATS_ROOTLESS-}" ]
}

# is_v2: whether this host has pure cgroup v2.
is_v2 ()
{
	[ -e /sys/fs/cgroup/cgroup.controllers ]
}

# needs_root REASON: for what a user without privileges can't have at all.
needs_root ()
{
	! is_rootless || skip "rootless: $1"
}

needs_v2 ()
{
	is_v2 || skip "no pure cgroup v2 on this host"
}

# needs_calls NAME...: system calls that this mode has not taken away, for what can't be had without.
needs_calls ()
{
	local name
	for name; do
		[[ ,${DAVIT_BATS_NOSYS-}, != *",$name,"* ]] || skip "the kernel of this mode lacks $name"
	done
}

# needs_kernel VERSION WHAT: what this kernel may be too old for.
needs_kernel ()
{
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ] || skip "$2 takes Linux $1"
}

needs_systemd ()
{
	is_systemd || skip "for the systemd driver"
}

# cgroups_path NAME: a cgroupsPath in the form that the driver wants.
cgroups_path ()
{
	if ! is_systemd; then
		echo "$1"
	elif is_rootless; then
		echo "user.slice:bats:$1"
	else
		echo "system.slice:bats:$1"
	fi
}

# Prints config.json as this mode needs it.
adapt_config ()
{
	local program=.
	# Debian 12's crun knows no newer one.
	[[ ${RUNTIME##*/} == davit* ]] || program+=' | .ociVersion = "1.0.2"'
	if is_rootless; then
		program+=' | .linux.namespaces += [{type: "user"}]'
		program+=' | .linux.uidMappings = $uids | .linux.gidMappings = $gids'
	fi
	[ -z "${DAVIT_BATS_APPARMOR-}" ] ||
		program+=' | .process.apparmorProfile = env.DAVIT_BATS_APPARMOR'
	jq --tab --argjson uids "$(id_mappings "$(id -u)" /etc/subuid)" \
		--argjson gids "$(id_mappings "$(id -g)" /etc/subgid)" "$program" "$1"
}

# id_mappings ID FILE: 0 is the caller, and his subordinate ids follow.
id_mappings ()
{
	local first count
	IFS=: read -r first count <<<"$(sed -n "s/^$(id -un)://p" "$2" 2>/dev/null)"
	printf '[{"containerID": 0, "hostID": %d, "size": 1}' "$1"
	[ -z "$count" ] || printf ', {"containerID": 1, "hostID": %d, "size": %d}' "$first" "$count"
	echo ']'
}

# The profile that the AppArmor mode runs everything under: it denies nothing that a test does.
load_apparmor_profile ()
{
	apparmor_parser --replace --skip-cache <<-PROFILE
		profile ${DAVIT_BATS_APPARMOR} flags=(attach_disconnected, mediate_deleted) {
			capability, file, mount, umount, pivot_root, network, signal, ptrace, unix, dbus,
			change_profile,
		}
	PROFILE
}

# The container's cgroup2 directory on the host, by the process that it began with.
cgroup_dir ()
{
	local top=/sys/fs/cgroup
	is_v2 || top+=/unified
	echo "$top$(sed -n 's/^0:://p' "/proc/$(container_pid "$@")/cgroup")"
}

# is_delegated: whether the suite may make control groups beside its own.
is_delegated ()
{
	local own
	own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	! is_rootless || is_systemd || [ -w "${own%/*}/cgroup.procs" ]
}

needs_delegation ()
{
	is_delegated || skip "no control groups are delegated to this user"
}

# needs_controller NAME...: the cgroup2 controllers that containers get from the suite's own parent.
needs_controller ()
{
	local name own
	own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	for name; do
		grep -qw "$name" "$own/cgroup.controllers" || skip "no cgroup controller '$name' here"
	done
}
