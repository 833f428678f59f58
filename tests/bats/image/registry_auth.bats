#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who gets to see a password or a token, and who does not.

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell of its own
load registry

# write_auth HOST USER:PASSWORD: an auth.json, which is given to `client` with $AUTH.
write_auth ()
{
	printf '{"auths":{"%s":{"auth":"%s"}}}' "$1" "$(printf %s "$2" | base64 -w0)" >"$T/auth.json"
	AUTH=(--authfile "$T/auth.json")
}

# shellcheck disable=SC2120 # start_tls passes some on
# start_basic [CONFIG_LINE...]: a registry for user "user" with password "secret".
start_basic ()
{
	need htpasswd
	htpasswd -Bbc "$T/htpasswd" user secret 2>/dev/null
	start_registry "$@" auth: "  htpasswd:" "    realm: test" "    path: $T/htpasswd"
}

# start_tls [CONFIG_LINE...]: a registry with TLS.
start_tls ()
{
	make_certificates
	"${1:-start_registry}" "  tls:" "    certificate: $T/tls/server.pem" "    key: $T/tls/server.key"
}

# In front of a plain registry with an image: start_bearer NAME [ARGUMENT...]
start_bearer ()
{
	start_registry
	push_blob layer 300000
	push_manifest one
	start_proxy "$@"
}

@test "a password is what a registry with basic authentication wants" {
	start_basic
	make_blob layer 1000
	run client --plain put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 1
	expect_in_output "401 not authorized"
	expect_in_output "(nobody is logged in: ctr-image login)"
	write_auth "$REGISTRY" user:wrong
	run client --plain "${AUTH[@]}" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 1
	expect_in_output "(the credentials don't suffice)"
	write_auth "$REGISTRY/test" user:secret
	run client --plain "${AUTH[@]}" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 0
	run client --plain --authfile "$T/auth.json" --creds user:wrong tags "$REGISTRY/test/image"
	expect_status 1
}

@test "TLS is verified" {
	start_tls
	make_blob layer 1000
	run client put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 1
	expect_in_output "(see --cert-dir and --tls-verify)"
	run client --cert-dir "$T/certs" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 0
	# The certificate is for 127.0.0.1 and localhost, and not for that name of it.
	run client --cert-dir "$T/certs" put-blob "127.0.0.2:${REGISTRY#*:}/test/image@$DIGEST" "$T/layer"
	expect_status 1
}

@test "a password goes over TLS" {
	start_tls start_basic
	make_blob layer 1000
	write_auth "$REGISTRY" user:secret
	run client "${AUTH[@]}" --cert-dir "$T/certs" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 0
}

@test "plain http is not talked unless asked for" {
	start_basic
	write_auth "$REGISTRY" user:secret
	run client "${AUTH[@]}" tags "$REGISTRY/test/image"
	expect_status 1
}

@test "a registry that wants a certificate gets it, and no other does" {
	make_certificates
	start_registry "  tls:" "    certificate: $T/tls/server.pem" "    key: $T/tls/server.key" \
		"    clientcas:" "      - $T/certs/ca.crt"
	make_blob layer 1000
	run client --cert-dir "$T/certs" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 1
	cp "$T/tls/server.pem" "$T/certs/client.cert"
	run client --cert-dir "$T/certs" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 1
	expect_in_output "needs 'client.key' beside it"
	cp "$T/tls/server.key" "$T/certs/client.key"
	run client --cert-dir "$T/certs" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer"
	expect_status 0
}

@test "nobody gets a token too, to pull" {
	start_bearer proxy --bearer self --anonymous
	run client --plain manifest "$PROXY/test/image:one"
	expect_status 0
	run client --plain put-blob "$PROXY/test/image@sha256:$(printf '%064d' 1)" "$T/config"
	expect_status 1
	expect_in_output "not authorized"
}

@test "a token is got once and used for all of its scope" {
	start_bearer proxy --bearer self --user user:secret
	write_auth "$PROXY" user:secret
	run client --plain "${AUTH[@]}" manifest "$PROXY/test/image:one"
	expect_status 0
	[ "$(requests proxy '.path | test("^/token")')" = 1 ]
	[ "$(requests proxy '.path | test("^/token.*scope=repository%3Atest%2Fimage%3Apull&")')" = 1 ]
	run client --plain "${AUTH[@]}" --chunk 100000 put-blob "$PROXY/test/image@$DIGEST" "$T/layer"
	expect_output there
}

@test "a token that expires on the way is renewed" {
	start_bearer proxy --bearer self --user user:secret --token-life 1
	make_blob other 400001
	write_auth "$PROXY" user:secret
	run client --plain "${AUTH[@]}" --chunk 100000 put-blob "$PROXY/test/image@$DIGEST" "$T/other"
	expect_status 0
}

@test "an identity token is shown to the token server alone" {
	start_bearer proxy --bearer self --refresh-token precious
	printf '{"auths":{"%s":{"identitytoken":"precious"}}}' "$PROXY" >"$T/auth.json"
	run client --plain --authfile "$T/auth.json" manifest "$PROXY/test/image:one"
	expect_status 0
	[ "$(requests proxy '.method == "POST" and .path == "/token"')" = 1 ]
	[ "$(grep -c precious "$T/proxy.log")" = 0 ]
}

@test "a wrong password is said to be one" {
	start_bearer proxy --bearer self --user user:secret
	write_auth "$PROXY" user:wrong
	run client --plain "${AUTH[@]}" manifest "$PROXY/test/image:one"
	expect_status 1
	expect_in_output "(the credentials don't suffice)"
	[ "$(requests proxy '.path | test("^/token")')" = 1 ]
}

# CVE-2019-10214
@test "a registry on https can't have its token server on http" {
	make_certificates
	start_bearer thief --bearer self --user user:secret
	local thief=$PROXY
	start_proxy proxy --tls "$T/tls/server.pem" "$T/tls/server.key" --bearer "http://$thief/token"
	write_auth "$PROXY" user:secret
	run client "${AUTH[@]}" --cert-dir "$T/certs" manifest "$PROXY/test/image:one"
	expect_status 1
	expect_in_output "token server '127.0.0.1' is on http, and the registry on https"
	[ "$(requests thief true)" = 0 ]
}

# CVE-2026-48978
@test "a password does not go to a token server elsewhere, unless the user says so" {
	start_bearer elsewhere --bearer self --user user:secret
	local port=${PROXY#*:}
	start_proxy proxy --bearer "http://localhost:$port/token"
	write_auth "$PROXY" user:secret
	run client --plain "${AUTH[@]}" manifest "$PROXY/test/image:one"
	expect_status 1
	expect_in_output "wants its password to be sent to 'localhost' (--realm-host says that it may)"
	[ "$(requests elsewhere true)" = 0 ]
	run client --plain "${AUTH[@]}" --realm-host localhost manifest "$PROXY/test/image:one"
	[ "$(requests elsewhere '.path | test("^/token")')" = 1 ]
}

@test "who is redirected to another server takes no authorization there" {
	start_basic
	make_blob layer 300000
	write_auth "$REGISTRY" user:secret
	client --plain "${AUTH[@]}" put-blob "$REGISTRY/test/image@$DIGEST" "$T/layer" >/dev/null
	start_proxy storage
	local storage=$PROXY
	# It passes no authorization on, so that this registry lets nobody in through it.
	start_bearer other
	storage=$PROXY
	start_proxy proxy --bearer self --user user:secret "GET .*/blobs/=redirect:http://$storage"
	write_auth "$PROXY" user:secret
	run --separate-stderr client --plain "${AUTH[@]}" blob "$PROXY/test/image@$DIGEST" 300000
	[ "$(requests proxy '.path | test("blobs")')" -ge 1 ]
	[ "$(requests other '.path | test("blobs")')" = 1 ]
	[ "$(requests other '.authorization')" = 0 ]
	[ "$(requests proxy '.authorization | tostring | test("Bearer")')" -ge 1 ]
}

@test "who is redirected to another server is not asked for a password there" {
	start_bearer thief --bearer self --user user:secret
	local thief=$PROXY
	start_proxy proxy "GET .*/blobs/=redirect:http://$thief"
	write_auth 127.0.0.1 user:secret
	run client --plain --creds user:secret blob "$PROXY/test/image@$DIGEST" 300000
	expect_status 1
	expect_in_output "401"
	[ "$(requests thief '.authorization')" = 0 ]
	[ "$(requests thief '.path | test("^/token")')" = 0 ]
}

@test "nothing is redirected from https to http" {
	make_certificates
	start_bearer plain
	local plain=$PROXY
	start_proxy proxy --tls "$T/tls/server.pem" "$T/tls/server.key" "GET .*=redirect:http://$plain"
	run client --cert-dir "$T/certs" manifest "$PROXY/test/image:one"
	expect_status 1
	expect_in_output "redirected from https to 'http://$plain"
	[ "$(requests plain true)" = 0 ]
}

@test "redirects have an end" {
	start_bearer proxy
	local target
	start_proxy loop "GET .*/manifests/=header:X:y"
	target=$PROXY
	start_proxy round "GET .*/manifests/=redirect:http://127.0.0.1:1" "GET /=header:X:y"
	run client --plain --retries 0 manifest "$PROXY/test/image:one"
	expect_status 1
	[ -n "$target" ]
}

@test "a proxy from the settings is used, but not for this machine" {
	start_bearer direct
	run client --plain --proxy http://127.0.0.1:1 manifest "$PROXY/test/image:one"
	expect_status 0
	run client --plain --proxy "http://$PROXY" --retries 0 manifest "registry.invalid/test/image:one"
	expect_status 0
	[ "$(requests direct '.path | test("^http://registry.invalid/")')" -ge 1 ]
}
