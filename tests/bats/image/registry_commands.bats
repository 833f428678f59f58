#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ctr-image's commands that talk to a registry: login, logout, tags, push, and pull through it all.

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell of its own
load registry

# ctr_image ARGUMENT...: with a store, an auth.json and a home of the test's own.
ctr_image ()
{
	bounded env -u REGISTRY_AUTH_FILE HOME="$T/home" XDG_RUNTIME_DIR="$T/run" CTR_IMAGE_STORE="$T/store" \
		"$CTR_IMAGE" "$@"
}

start_basic ()
{
	need htpasswd
	htpasswd -Bbc "$T/htpasswd" user secret 2>/dev/null
	start_registry auth: "  htpasswd:" "    realm: test" "    path: $T/htpasswd"
}

# make_layer NAME: a tar with one file, as a blob $T/NAME.
make_layer ()
{
	mkdir -p "$T/tree/etc"
	echo "$1" >"$T/tree/etc/name"
	tar -C "$T/tree" --sort=name --mtime=@0 --owner=0 --group=0 -cf "$T/$1" .
	DIGEST=$(digest_of "$T/$1")
	SIZE=$(stat -c %s "$T/$1")
}

# push_image NAME:TAG: a real image of one layer into $REGISTRY.
push_image ()
{
	local type=application/vnd.oci.image repository=$REGISTRY/${1%:*}
	make_layer layer
	jq -nc --arg diff "$DIGEST" '{architecture: "amd64", os: "linux", config: {Cmd: ["true"]},
		rootfs: {type: "layers", diff_ids: [$diff]}}' >"$T/config"
	jq -nc --arg layer "$DIGEST" --argjson size "$SIZE" --arg config "$(digest_of "$T/config")" \
		--argjson config_size "$(stat -c %s "$T/config")" --arg type "$type" '{
		schemaVersion: 2, mediaType: ($type + ".manifest.v1+json"),
		config: {mediaType: ($type + ".config.v1+json"), digest: $config, size: $config_size},
		layers: [{mediaType: ($type + ".layer.v1.tar"), digest: $layer, size: $size}]
	}' >"$T/manifest"
	MANIFEST=$(digest_of "$T/manifest")
	client --plain put-blob "$repository@$DIGEST" "$T/layer" >/dev/null
	client --plain put-blob "$repository@$(digest_of "$T/config")" "$T/config" >/dev/null
	client --plain put-manifest "$REGISTRY/$1" "$T/manifest" "$type.manifest.v1+json" "$MANIFEST"
}

@test "login keeps what the registry takes, and logout forgets it" {
	start_basic
	run ctr_image login --tls-verify=false -u user --password-stdin "$REGISTRY" <<<wrong
	expect_status 1
	expect_in_output "$REGISTRY does not take this user and password"
	[ ! -e "$T/run/containers/auth.json" ]
	run ctr_image login --tls-verify=false -u user --password-stdin "$REGISTRY" <<<secret
	expect_status 0
	expect_output "logged in to $REGISTRY; the credentials are in $T/run/containers/auth.json"
	[ "$(stat -c %a "$T/run/containers/auth.json")" = 600 ]
	[ "$(jq -r ".auths[\"$REGISTRY\"].auth" "$T/run/containers/auth.json" | base64 -d)" = user:secret ]
	run ctr_image tags --tls-verify=false "$REGISTRY/test/image"
	expect_in_output "404 not found"
	run ctr_image logout "$REGISTRY"
	expect_status 0
	run ctr_image logout "$REGISTRY"
	expect_status 1
	expect_output "nobody is logged in to $REGISTRY"
	run ctr_image tags --tls-verify=false "$REGISTRY/test/image"
	expect_in_output "nobody is logged in: ctr-image login"
}

@test "a token server's identity token is kept instead of the password" {
	start_registry
	start_proxy proxy --bearer self --user user:secret --refresh-token precious
	run ctr_image login --tls-verify=false -u user --password-stdin "$PROXY" <<<secret
	expect_status 0
	[ "$(jq -c ".auths[\"$PROXY\"]" "$T/run/containers/auth.json")" = '{"identitytoken":"precious"}' ]
}

@test "tags are printed a line each, or as JSON" {
	start_registry
	push_image test/image:one
	run ctr_image tags --tls-verify=false "$REGISTRY/test/image"
	expect_status 0
	expect_output one
	run ctr_image tags --tls-verify=false --format json "$REGISTRY/test/image"
	expect_status 0
	[ "$(jq -c . <<<"$output")" = "{\"name\":\"$REGISTRY/test/image\",\"tags\":[\"one\"]}" ]
	run ctr_image tags "$REGISTRY/test/image:one"
	expect_status 1
	expect_in_output "is no repository"
}

@test "what was pulled can be pushed elsewhere, with its blobs mounted where that is possible" {
	start_registry
	push_image test/image:one
	start_proxy proxy
	run ctr_image pull --tls-verify=false --quiet "$PROXY/test/image:one"
	expect_status 0
	: >"$T/proxy.log"
	run ctr_image push --tls-verify=false --digestfile "$T/digest" "$PROXY/test/image:one" "$PROXY/other/name:two"
	expect_status 0
	expect_output "$PROXY/other/name@$MANIFEST"
	[ "$(cat "$T/digest")" = "$MANIFEST" ]
	[ "$(requests proxy '.method == "PUT" and (.path | test("uploads"))')" = 0 ]
	[ "$(requests proxy '.method == "POST" and (.path | test("mount="))')" = 2 ]
	run ctr_image tags --tls-verify=false "$PROXY/other/name"
	expect_output two
}

@test "a push to another registry sends everything" {
	start_registry
	push_image test/image:one
	ctr_image pull --tls-verify=false --quiet "$REGISTRY/test/image:one"
	local first=$REGISTRY
	mv "$T/registry" "$T/first"
	start_registry
	run ctr_image push --tls-verify=false "$first/test/image:one" "$REGISTRY/a/b:c"
	expect_status 0
	rm -rf "$T/store"
	run ctr_image pull --tls-verify=false --quiet "$REGISTRY/a/b:c"
	expect_status 0
	expect_output "$MANIFEST"
}

@test "a push of nothing, or to nowhere, says so" {
	start_registry
	push_image test/image:one
	ctr_image pull --tls-verify=false --quiet "$REGISTRY/test/image:one"
	run ctr_image push --tls-verify=false "$REGISTRY/test/none:one"
	expect_status 1
	expect_in_output "there is no image '$REGISTRY/test/none:one' in the store"
	run ctr_image push --tls-verify=false "$REGISTRY/test/image:one" "oci:$T/layout"
	expect_status 1
	expect_in_output "is no image in a registry"
}

@test "a pull goes on where a killed one has stopped" {
	start_registry
	push_image test/image:one
	start_proxy proxy "GET .*/blobs/$DIGEST=cut:5000"
	run ctr_image pull --retry 0 --tls-verify=false --quiet "$PROXY/test/image:one"
	expect_status 1
	: >"$T/proxy.log"
	start_proxy second
	run ctr_image pull --tls-verify=false --quiet --mirror "$PROXY" "$REGISTRY/test/image:one"
	expect_status 0
	[ "$(requests second '.range == "bytes=5000-"')" = 1 ]
}

@test "a blob that is another one than its digest says is refused and not kept" {
	start_registry
	push_image test/image:one
	start_proxy proxy "GET .*/blobs/$DIGEST=flip:600"
	run ctr_image pull --tls-verify=false --quiet "$PROXY/test/image:one"
	expect_status 1
	[ ! -e "$T/store/blobs/sha256/${DIGEST#*:}" ]
	run ctr_image pull --tls-verify=false --quiet "$REGISTRY/test/image:one"
	expect_status 0
}

@test "TLS is verified, unless told otherwise" {
	make_certificates
	start_registry "  tls:" "    certificate: $T/tls/server.pem" "    key: $T/tls/server.key"
	run ctr_image tags "$REGISTRY/a"
	expect_status 1
	expect_in_output "(see --cert-dir and --tls-verify)"
	run ctr_image tags --cert-dir "$T/certs" "$REGISTRY/a"
	expect_in_output "404 not found"
	run ctr_image tags --tls-verify=false "$REGISTRY/a"
	expect_in_output "404 not found"
}

@test "several mirrors, and several hosts for tokens, can be named" {
	start_registry
	push_image test/image:one
	run ctr_image pull --retry 0 --tls-verify=false --quiet --mirror 127.0.0.1:1 --mirror 127.0.0.1:2 \
		--mirror 127.0.0.1:3 --realm-host a --realm-host b "$REGISTRY/test/image:one"
	expect_status 0
}

@test "progress is JSON for a program, a line a layer for a log, and bars for a terminal" {
	start_registry
	push_image test/image:one
	# half of it, and then nothing for two seconds
	start_proxy proxy "GET .*/blobs/$DIGEST=cut:5000@1" "GET .*/blobs/$DIGEST=status:503,retry-after:2@1"
	run --separate-stderr ctr_image pull --tls-verify=false --progress json "$PROXY/test/image:one"
	expect_status 0
	expect_output "$MANIFEST"
	grep '^{' <<<"$stderr" >"$T/progress"
	[ "$(jq -s --arg digest "$DIGEST" 'map(.layers[0]) | all(.digest == $digest and .size == 10240)' "$T/progress")" = true ]
	[ "$(jq -s 'map(.layers[0] | select(.state == "downloading" and .bytes == 5000 and .secondsLeft > 0 and
		.bytesPerSecond > 0)) | length > 0' "$T/progress")" = true ]
	[ "$(tail -n 1 "$T/progress" | jq -c '.layers[0] | [.state, .bytes, .unpackedBytes]')" = '["done",10240,10240]' ]
	run --separate-stderr ctr_image --store "$T/second" pull --tls-verify=false --progress plain "$REGISTRY/test/image:one"
	[[ $stderr == "layer 1 of 1: $DIGEST: done, 10 kB"* ]]
	run --separate-stderr ctr_image --store "$T/third" pull --tls-verify=false --progress none "$REGISTRY/test/image:one"
	[ -z "$stderr" ]
	need script
	run bounded script -qec "'$CTR_IMAGE' --store '$T/fourth' pull --tls-verify=false '$REGISTRY/test/image:one'" /dev/null
	expect_in_output "] 10 kB / 10 kB, done"
	expect_in_output $'\e[1A'
}

@test "inspect shows what an image is, and its documents byte for byte, without fetching a layer" {
	start_registry
	push_image test/image:one
	start_proxy proxy
	run ctr_image inspect --tls-verify=false "$PROXY/test/image:one"
	expect_status 0
	[ "$(jq -c '[.digest, .layers[0].diffID, .manifest.config.digest, .config.config.Cmd]' <<<"$output")" = \
		"[\"$MANIFEST\",\"$DIGEST\",\"$(digest_of "$T/config")\",[\"true\"]]" ]
	ctr_image inspect --tls-verify=false --raw "$PROXY/test/image:one" | cmp - "$T/manifest"
	ctr_image inspect --tls-verify=false --config "$PROXY/test/image:one" | cmp - "$T/config"
	[ "$(requests proxy ".path | test(\"$DIGEST\")")" = 0 ]
	ctr_image pull --tls-verify=false --quiet "$REGISTRY/test/image:one"
	ctr_image inspect --raw "$REGISTRY/test/image:one" | cmp - "$T/manifest"
	run ctr_image list --format json
	[ "$(jq -c '.[0] | [.name, .digest, .layers]' <<<"$output")" = "[\"$REGISTRY/test/image:one\",\"$MANIFEST\",1]" ]
}

@test "HTTP/2 is spoken where the registry does" {
	make_certificates
	start_registry "  tls:" "    certificate: $T/tls/server.pem" "    key: $T/tls/server.key"
	run ctr_image tags --cert-dir "$T/certs" "$REGISTRY/a"
	expect_in_output "404 not found"
	grep -q '"GET /v2/a/tags/list HTTP/2.0"' "$T/registry0.log"
}
