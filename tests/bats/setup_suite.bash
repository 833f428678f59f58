# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Once for the whole suite: the root file system that every bundle is a copy of.

setup_suite ()
{
	local applet
	export SUITE_ROOTFS=$BATS_SUITE_TMPDIR/rootfs

	# Containers with a user namespace must be able to come here.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR"
	mkdir -p "$SUITE_ROOTFS"/{bin,dev,etc,proc,sys,tmp,var}
	chmod 1777 "$SUITE_ROOTFS/tmp"
	cp /bin/busybox "$SUITE_ROOTFS/bin/busybox"
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$SUITE_ROOTFS/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' \
		>"$SUITE_ROOTFS/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$SUITE_ROOTFS/etc/group"
}
