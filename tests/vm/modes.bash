# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The modes that the bats suite runs in, for the host's side (suite) and the machine's (guest).
# shellcheck disable=SC2034 # used by those

# In the order of their tallies.
modes=(root-v2-cgroupfs root-v2-systemd rootless-systemd rootless-bare apparmor selinux kernel-6.12
	nosys root-v1-systemd)

# How the machine is booted; modes with the same options share a boot.
declare -A mode_boot=(
	[root-v2-cgroupfs]=''
	[root-v2-systemd]=''
	[rootless-systemd]=''
	[rootless-bare]=''
	[apparmor]=''
	[nosys]=''
	[selinux]='--selinux=enforcing'
	[kernel-6.12]='--kernel 6.12'
	[root-v1-systemd]='--cgroup1'
)

# Who runs the suite, if not root.
declare -A mode_user=(
	[rootless-systemd]='vm-as-user'
	# Without a session: no systemd of one's own and no control groups.
	[rootless-bare]='vm-as-user --bare'
)

# What tests/bats/modes.bash is told.
declare -A mode_settings=(
	[root-v2-systemd]='DAVIT_BATS_SYSTEMD=1'
	[root-v1-systemd]='DAVIT_BATS_SYSTEMD=1'
	[rootless-systemd]='DAVIT_BATS_SYSTEMD=1 DAVIT_BATS_ROOTLESS=1'
	[rootless-bare]='DAVIT_BATS_ROOTLESS=1'
	[apparmor]='DAVIT_BATS_APPARMOR=davit-bats'
	# What Linux 5.10 has not, and what filters hide. For calls that davit needs there is nosys.bats.
	[nosys]='DAVIT_BATS_NOSYS=mount_setattr,pidfd_getfd,faccessat2,fspick'
)

# The files of a mode, where it is not all of them.
declare -A mode_files=(
	[rootless-bare]='run lifecycle rootless'
	[root-v1-systemd]='run lifecycle cgroups update events pause exec systemd'
)

# What CI has time for: 10 minutes, and programs run 8 to 20 times slower than outside.
quick_modes=(root-v2-cgroupfs root-v2-systemd rootless-systemd rootless-bare)
declare -A quick_files=(
	[root-v2-cgroupfs]='run lifecycle cgroup2 apparmor'
	[root-v2-systemd]='run systemd'
	[rootless-systemd]='run rootless'
	[rootless-bare]='rootless'
)
