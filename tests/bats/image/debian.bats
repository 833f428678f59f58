#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A whole Debian with a server in it: made of packages, pushed to a registry, and from there into a
# container that answers. Takes a mirror of Debian, and half a minute.

# shellcheck disable=SC2154 # set by bats
load registry

# Not a test's time, which is limited.
setup_file ()
{
	local machine=$BATS_FILE_TMPDIR/debian.tar
	{ [ "$(id -u)" = 0 ] && command -v mmdebstrap; } >/dev/null || return 0
	timeout --kill-after=5 300 unshare --mount --propagation private -- \
		mmdebstrap --quiet --mode=root --variant=minbase --include=apache2 \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt=force-unsafe-io --aptopt='Acquire::Languages "none"' \
		bookworm "${machine%.tar}.new.tar" </dev/null >"$BATS_FILE_TMPDIR/mmdebstrap.log" 2>&1 3>&- || return 0
	mv "${machine%.tar}.new.tar" "$machine"
}

image ()
{
	bounded "$CTR_IMAGE" "$@"
}

# get PATH: what the server in the container says.
get ()
{
	timeout 5 nsenter --net --target "$("$RUNTIME" --root "$T/state" state "$ID" | jq .pid)" -- python3 -c '
import sys, urllib.request
print(urllib.request.urlopen("http://127.0.0.1" + sys.argv[1], timeout=4).read().decode(), end="")' "$1" 2>/dev/null
}

@test "an image of Debian with apache2 goes to a registry and runs from there, and answers" {
	need_root
	need mmdebstrap
	[ -e "$BATS_FILE_TMPDIR/debian.tar" ] ||
		skip "no Debian can be made here: $(tail -n 1 "$BATS_FILE_TMPDIR/mmdebstrap.log")"
	ID=t$$-$RANDOM
	start_registry
	image import -q --store "$T/first" --cmd sh --cmd -c --cmd \
		'. /etc/apache2/envvars && mkdir -p "$APACHE_RUN_DIR" && exec apache2 -DFOREGROUND' \
		"$BATS_FILE_TMPDIR/debian.tar" localhost/apache:1
	rm "$BATS_FILE_TMPDIR/debian.tar"
	image push -q --store "$T/first" --tls-verify=false localhost/apache:1 "$REGISTRY/apache:1"
	rm -r "$T/first"
	in_mounts "$CTR_IMAGE" --store "$T/store" run -q --tls-verify=false --rm --runtime "$RUNTIME" \
		--runtime-root "$T/state" --name "$ID" "$REGISTRY/apache:1" </dev/null >"$T/out" 2>&1 3>&- &
	PIDS+=($!)
	wait_for 60 get / >"$T/page" || {
		cat "$T/out"
		return 1
	}
	grep -q 'Apache2 Debian Default Page' "$T/page"
	# its workers are nobody in particular, and the one that listens is root with Docker's capabilities
	"$RUNTIME" --root "$T/state" exec "$ID" sh -c 'grep -h ^Uid: /proc/[0-9]*/status' | grep -q '	33	33	'
	"$RUNTIME" --root "$T/state" kill "$ID" TERM
	wait "${PIDS[-1]}"
	[ -z "$(find "$T/state" "$T/store/run" "$T/store/bundles" -mindepth 1 -maxdepth 1 ! -name .seccomp)" ]
}
