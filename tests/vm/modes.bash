# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The modes that the bats suite runs in, for the host's side (suite) and the machine's (guest).
# shellcheck disable=SC2034 # used by those

# In the order of their tallies.
modes=(root-v2-cgroupfs root-v2-systemd rootless-systemd apparmor selinux kernel-6.12 nosys)

# How the machine is booted; modes with the same options share a boot.
declare -A mode_boot=(
	[root-v2-cgroupfs]=''
	[root-v2-systemd]=''
	[rootless-systemd]=''
	[apparmor]=''
	[nosys]=''
	[selinux]='--selinux=enforcing'
	[kernel-6.12]='--kernel 6.12'
)

# What tests/bats/modes.bash is told.
declare -A mode_settings=(
	[root-v2-systemd]='DAVIT_BATS_SYSTEMD=1'
	[rootless-systemd]='DAVIT_BATS_SYSTEMD=1 DAVIT_BATS_ROOTLESS=1'
	[apparmor]='DAVIT_BATS_APPARMOR=davit-bats'
	[nosys]='DAVIT_BATS_NOSYS=1'
)
