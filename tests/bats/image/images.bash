# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Images for the tests of ctr-image: made by tests/helpers/make_image.py, each test with a store of its
# own. Mounts are made in a mount namespace of the test's (in_mounts), and end with it.
# shellcheck disable=SC2034,SC2154 # for the tests; status, output and so on are set by bats

load common

setup ()
{
	T=$BATS_TEST_TMPDIR
	STORE=$T/store
	VICTIM=$T/victim
	need python3 jq
	mkdir "$VICTIM"
	echo secret >"$VICTIM/secret"
	chmod 600 "$VICTIM/secret"
	list_tree "$VICTIM" >"$T/victim.before"
}

# Nothing that an image holds may have changed what is outside.
teardown ()
{
	[ ! -e "$T/victim.before" ] || list_tree "$VICTIM" | diff "$T/victim.before" -
}

image ()
{
	bounded "$CTR_IMAGE" --store "$STORE" "$@"
}

# make_image CASE [NAME]: an image layout $T/NAME with the tag t.
make_image ()
{
	python3 "$BATS_TEST_DIRNAME/../../helpers/make_image.py" "$1" "$T/${2:-layout}" "$VICTIM"
}

# pull CASE [OPTION...]: makes an image and pulls it.
pull ()
{
	local case=$1
	shift
	make_image "$case"
	run image pull --quiet "$@" "oci:$T/layout:t"
}

# copy_of CASE: its root file system as a plain copy, $T/bundle/rootfs.
copy_of ()
{
	make_image "$1"
	run image bundle --quiet --rootfs copy "oci:$T/layout:t" "$T/bundle"
	expect_status 0
}

list_tree ()
{
	python3 "$BATS_TEST_DIRNAME/../../helpers/list_tree.py" "$1"
}

# refuses CASE TEXT [OPTION...]: the pull fails with that text in its message, and leaves no layer.
refuses ()
{
	local case=$1 text=$2
	shift 2
	pull "$case" "$@"
	expect_status 1
	expect_in_output "$text"
	[ -z "$(image list -q 2>&1)" ]
	[ -z "$(ls -A "$STORE/tmp")" ]
}

# has_layers N: so many are unpacked in the store.
has_layers ()
{
	local found=("$STORE"/layers/*)
	[ "${#found[@]}" = "$1" ] && [ -e "${found[0]}" ]
}

# config FILTER: what jq finds in the bundle's config.json.
config ()
{
	jq -c "$1" "$T/bundle/config.json"
}
