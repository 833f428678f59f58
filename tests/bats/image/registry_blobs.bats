#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Blobs from a registry through everything that may happen to them on the way.

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell of its own
load registry

# get_blob [OPTION...]: the blob through the proxy, into $T/got.
get_blob ()
{
	run --separate-stderr bounded bash -c '"$@" >"$0"' "$T/got" "$HELPERS/registry_client" --plain \
		"$@" blob "$PROXY/test/image@$DIGEST" "$SIZE"
	output=$stderr
}

@test "a blob comes as it was sent" {
	start_registry
	push_blob blob 3000000
	PROXY=$REGISTRY
	get_blob
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "an empty blob has to be there too" {
	start_registry
	push_blob blob 0
	PROXY=$REGISTRY
	get_blob
	expect_status 0
	DIGEST=sha256:$(printf '%064d' 1)
	get_blob
	expect_status 1
	expect_in_output "404 not found"
}

@test "a transfer that breaks off goes on where it did" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=cut:1000000@2"
	get_blob
	expect_status 0
	cmp "$T/got" "$T/blob"
	[ "$(requests proxy '.range == "bytes=1000000-"')" = 1 ]
	[ "$(requests proxy '.range == "bytes=2000000-"')" = 1 ]
}

@test "progress gives all retries back" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=cut:400000"
	get_blob --retries 1
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "a server that never gets anywhere is given up" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=cut:100"
	get_blob --retries 1
	expect_status 1
	[ "$(requests proxy '.path | test("blobs")')" = 2 ]
}

@test "a body that ends early, in good order, goes on too" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=end:1000000@1"
	get_blob
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "a server that ignores ranges sends what we have again, and it is left out" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=cut:1000000@1" "GET .*/blobs/=no-range"
	get_blob
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "a server that refuses ranges is asked without" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=cut:1000000@1" "GET .*/blobs/=status:416@1"
	get_blob
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "another process goes on from an offset" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy
	head -c 1234567 "$T/blob" >"$T/got"
	client --plain blob "$PROXY/test/image@$DIGEST" "$SIZE" 1234567 >>"$T/got"
	cmp "$T/got" "$T/blob"
	[ "$(requests proxy '.range == "bytes=1234567-"')" = 1 ]
}

@test "a range that is another one than was asked for is refused" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=cut:1000000@1" "GET .*/blobs/=bad-range:-1"
	get_blob
	expect_status 1
	expect_in_output "and not those from 1000000 on"
}

@test "a length that can't be right is refused" {
	start_registry
	push_blob blob 3000000
	start_proxy more "GET .*/blobs/=length:10"
	get_blob
	expect_status 1
	expect_in_output "wants to send 3000010 bytes instead of 3000000"
	start_proxy less "GET .*/blobs/=length:-10"
	get_blob
	expect_status 1
	expect_in_output "wants to send 2999990 bytes instead of 3000000"
}

@test "never are more bytes taken than the blob has" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=endless"
	get_blob
	expect_status 1
	expect_in_output "sends more than the blob's 3000000 bytes"
	[ "$(stat -c %s "$T/got")" -le 3000000 ]
}

@test "a server that says it will be back is waited for" {
	start_registry
	push_blob blob 300000
	start_proxy proxy "GET .*/blobs/=status:503,retry-after:1@1" "GET .*/blobs/=status:429,retry-after:0@1" \
		"GET .*/blobs/=cut:0@1"
	get_blob --retries 3
	expect_status 0
	cmp "$T/got" "$T/blob"
	[ "$(requests proxy '.path | test("blobs")')" = 4 ]
	expect_in_output "trying again in"
}

@test "a server that wants to be left alone for an hour is left alone" {
	start_registry
	push_blob blob 300000
	start_proxy proxy "GET .*/blobs/=status:429,retry-after:3600"
	get_blob
	expect_status 1
	expect_in_output "429 too many requests"
	[ "$(requests proxy '.path | test("blobs")')" = 1 ]
}

@test "a connection that has fallen silent is broken" {
	start_registry
	push_blob blob 3000000
	start_proxy proxy "GET .*/blobs/=slow:1000000@1"
	get_blob --stall 2
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "nothing comes from a server that answers with nothing" {
	start_registry
	push_blob blob 300000
	start_proxy proxy "GET .*/blobs/=status:204"
	get_blob
	expect_status 1
	expect_in_output "answer 204 instead of a blob"
}

@test "an upload in pieces is what was sent" {
	start_registry
	make_blob blob 3000000
	client --plain --chunk 700000 put-blob "$REGISTRY/test/image@$DIGEST" "$T/blob"
	PROXY=$REGISTRY
	get_blob
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "an upload goes on after a piece was lost" {
	start_registry
	make_blob blob 3000000
	start_proxy proxy "PATCH .*=status:503@2" "PUT .*=status:502@1"
	client --plain --chunk 700000 put-blob "$PROXY/test/image@$DIGEST" "$T/blob"
	get_blob
	expect_status 0
	cmp "$T/got" "$T/blob"
}

@test "a blob that is there is not sent again, and another repository's is mounted" {
	start_registry
	push_blob blob 3000000
	run client --plain put-blob "$REGISTRY/test/image@$DIGEST" "$T/blob"
	expect_output there
	run client --plain mount "$REGISTRY/test/other@$DIGEST" test/image
	expect_output mounted
	run client --plain mount "$REGISTRY/test/third@$DIGEST" test/nothing
	expect_output "not mounted"
}
