#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Other places where the same thing is.

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell of its own
load registry

# pull [OPTION...]: the manifest one and the layer, into $T/got.
pull ()
{
	run --separate-stderr bounded bash -c '"$@" >"$0"' "$T/got" "$HELPERS/registry_client" --plain \
		"$@" pull "$REGISTRY/test/image:one" "$SIZE" "$DIGEST"
	output=$stderr
}

prepare ()
{
	start_registry
	push_blob layer 3000000
	push_manifest one
}

@test "a mirror is asked before the registry" {
	prepare
	start_proxy mirror
	pull --mirror "$PROXY"
	expect_status 0
	cmp "$T/got" "$T/layer"
	[ "$(requests mirror '.path == "/v2/test/image/manifests/one"')" = 1 ]
	[ "$(requests mirror '.path | test("blobs")')" = 1 ]
}

@test "a mirror's prefix comes before the name" {
	prepare
	start_proxy mirror
	pull --mirror "$PROXY/some/where"
	expect_status 0
	[ "$(requests mirror '.path == "/v2/some/where/test/image/manifests/one"')" = 1 ]
}

@test "a mirror that has nothing, or is not there, is passed over" {
	prepare
	start_proxy mirror "GET .*test=status:404"
	pull --retries 0 --mirror 127.0.0.1:1 --mirror "$PROXY"
	expect_status 0
	cmp "$T/got" "$T/layer"
	expect_in_output "mirror '127.0.0.1:1' is passed over: "
	expect_in_output "mirror '$PROXY/test/image' is passed over: "
}

@test "what came from a mirror that died is not got again" {
	prepare
	start_proxy registry
	REGISTRY=$PROXY
	start_proxy mirror "GET .*/blobs/=cut:1000000@1" "GET .*/blobs/=status:500"
	pull --retries 0 --mirror "$PROXY"
	expect_status 0
	cmp "$T/got" "$T/layer"
	[ "$(requests registry '.range == "bytes=1000000-"')" = 1 ]
}

@test "a mirror does not get the registry's password" {
	prepare
	start_proxy registry --bearer self --user user:secret
	REGISTRY=$PROXY
	start_proxy mirror --bearer self --user user:secret
	pull --retries 0 --creds user:secret --mirror "$PROXY"
	expect_status 0
	cmp "$T/got" "$T/layer"
	[ "$(requests mirror '.authorization')" = 0 ]
}

# CVE-2020-15157
@test "a layer that is elsewhere is fetched from there as nobody" {
	prepare
	start_proxy elsewhere
	local elsewhere=$PROXY
	start_proxy registry --bearer self --user user:secret "GET .*/blobs/=status:404"
	run --separate-stderr bounded bash -c '"$@" >"$0"' "$T/got" "$HELPERS/registry_client" --plain \
		--creds user:secret --url "http://$elsewhere/v2/test/image/blobs/$DIGEST" \
		blob "$PROXY/test/image@$DIGEST" "$SIZE"
	expect_status 0
	cmp "$T/got" "$T/layer"
	[ "$(requests elsewhere true)" = 1 ]
	[ "$(requests elsewhere '.authorization')" = 0 ]
}

@test "a layer that is here is not fetched from elsewhere" {
	prepare
	start_proxy elsewhere
	run --separate-stderr bounded bash -c '"$@" >"$0"' "$T/got" "$HELPERS/registry_client" --plain \
		--url "http://$PROXY/x" blob "$REGISTRY/test/image@$DIGEST" "$SIZE"
	expect_status 0
	[ "$(requests elsewhere true)" = 0 ]
}
