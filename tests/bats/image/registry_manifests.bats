#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Manifests and tags, and servers that are not what they seem.

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell of its own
load registry

OCI_MANIFEST=application/vnd.oci.image.manifest.v1+json
OCI_INDEX=application/vnd.oci.image.index.v1+json

# get_manifest [TAG|@DIGEST]: through the proxy.
get_manifest ()
{
	run client --plain manifest "$PROXY/test/image${1:-:one}"
}

prepare ()
{
	start_registry
	push_blob layer 1000
	push_manifest one
	start_proxy "$@"
}

@test "a manifest comes by tag and by digest" {
	prepare proxy
	get_manifest
	expect_status 0
	expect_in_output "$OCI_MANIFEST $MANIFEST "
	get_manifest "@$MANIFEST"
	expect_status 0
	get_manifest ":none"
	expect_status 1
	expect_in_output "none: 404 not found: MANIFEST_UNKNOWN"
}

@test "all four types are accepted" {
	prepare proxy
	get_manifest
	[ "$(requests proxy '.accept | tostring | test("oci.image.manifest")')" -ge 1 ]
}

@test "a manifest that is another one than its digest says is refused" {
	prepare proxy "GET .*/manifests/=flip:5"
	get_manifest "@$MANIFEST"
	expect_status 1
	expect_in_output "the manifest asked for is $MANIFEST, but the registry has sent sha256:"
	get_manifest
	expect_status 1
	expect_in_output "as its header says, is $MANIFEST, but the registry has sent sha256:"
}

# CVE-2021-41190
@test "a manifest that comes as something else than it says is refused" {
	prepare proxy "GET .*/manifests/=header:Content-Type:$OCI_INDEX"
	get_manifest
	expect_status 1
	expect_in_output "comes as '$OCI_INDEX' and says that it is '$OCI_MANIFEST'"
}

@test "a manifest that comes as just JSON is what it says" {
	prepare proxy "GET .*/manifests/=header:Content-Type:application/json"
	get_manifest
	expect_status 0
	expect_in_output "$OCI_MANIFEST $MANIFEST "
}

@test "Docker's schema 1 has a message of its own" {
	prepare proxy "GET .*/manifests/=header:Content-Type:application/vnd.docker.distribution.manifest.v1+prettyjws"
	get_manifest
	expect_status 1
	expect_in_output "is a Docker manifest of schema 1, which is not supported"
}

# CVE-2020-1702
@test "a manifest without an end is given up at 4 MiB" {
	prepare proxy "GET .*/manifests/=endless"
	get_manifest
	expect_status 1
	expect_in_output "the answer has more than 4194304 bytes"
}

@test "a busy registry is asked again" {
	prepare proxy "GET .*/manifests/=status:503,retry-after:0@1" "GET .*/manifests/=cut:0@1"
	get_manifest
	expect_status 0
}

@test "retries have an end" {
	prepare proxy "GET .*/manifests/=status:503,retry-after:0"
	get_manifest
	expect_status 1
	expect_in_output "503 not available"
	[ "$(requests proxy '.path | test("manifests")')" = 3 ]
}

@test "a refusal is no reason to ask again" {
	prepare proxy "GET .*/manifests/=status:400"
	get_manifest
	expect_status 1
	[ "$(requests proxy '.path | test("manifests")')" = 1 ]
}

@test "words of the server can't move the cursor" {
	prepare proxy
	run client --plain manifest "$PROXY/test/none:x"
	expect_status 1
	[[ $output != *$'\e'* ]]
}

@test "a push under a tag is found under its digest" {
	prepare proxy
	run client --plain put-manifest "$PROXY/test/image:two" "$T/manifest" "$OCI_MANIFEST" "$MANIFEST"
	expect_status 0
	run client --plain manifest "$PROXY/test/image:two"
	expect_status 0
	expect_in_output "$MANIFEST"
}

@test "tags come page by page" {
	local n
	prepare proxy
	for n in two three four five; do
		client --plain put-manifest "$PROXY/test/image:$n" "$T/manifest" "$OCI_MANIFEST" "$MANIFEST"
	done
	run client --plain tags "$PROXY/test/image"
	expect_status 0
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "five four one three two " ]
	# This registry knows no pages; the proxy makes three of it.
	start_proxy pages 'GET .*/tags/list=header:Link:</v2/test/image/tags/list?n=2>; rel="next"@2'
	run client --plain tags "$PROXY/test/image"
	expect_status 0
	[ "$(wc -l <<<"$output")" = 15 ]
	[ "$(requests pages '.path | test("n=2")')" = 2 ]
}

@test "tags don't go on at another server" {
	prepare proxy 'GET .*/tags/list=header:Link:<http://localhost:1/v2/test/image/tags/list>; rel="next"'
	run client --plain tags "$PROXY/test/image"
	expect_status 1
	expect_in_output "the list of tags goes on at another server, 'localhost'"
}

