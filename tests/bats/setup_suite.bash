# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Once for the whole suite: the root file system and the config that every bundle is a copy of.

# shellcheck source=tests/bats/modes.bash
source "${BASH_SOURCE[0]%/*}/modes.bash"

setup_suite ()
{
	export SUITE_ROOTFS=$BATS_SUITE_TMPDIR/rootfs

	# Containers with a user namespace must be able to come here.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR"
	mkdir -p "$SUITE_ROOTFS"/{bin,dev,etc,proc,sys,tmp,var}
	chmod 1777 "$SUITE_ROOTFS/tmp"
	cp /bin/busybox "$SUITE_ROOTFS/bin/busybox"
	# Not with ln: 400 processes take 10 seconds in a virtual machine.
	busybox --list | python3 -c 'import os, sys
for applet in sys.stdin.read().split():
    if applet != "busybox":
        os.symlink("busybox", sys.argv[1] + applet)' "$SUITE_ROOTFS/bin/"
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' \
		>"$SUITE_ROOTFS/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$SUITE_ROOTFS/etc/group"

	export SUITE_CONFIG=$BATS_SUITE_TMPDIR/config.json
	adapt_config "${BASH_SOURCE[0]%/*}/config.json" >"$SUITE_CONFIG"
	[ -z "${DAVIT_BATS_APPARMOR-}" ] || load_apparmor_profile
}
