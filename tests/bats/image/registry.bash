# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Registries for the tests of ctr-image: Debian's docker-registry, and tests/helpers/registry_proxy.py
# before it, on free ports of 127.0.0.1. What a test starts its teardown ends.
# shellcheck disable=SC2034,SC2154 # for the tests; status, output and so on are set by bats

load common

setup ()
{
	T=$BATS_TEST_TMPDIR
	PIDS=()
	need docker-registry python3 jq
}

teardown ()
{
	end_process "${PIDS[@]}"
}

# start_registry [CONFIG_LINE...]: $REGISTRY is its HOST:PORT; the lines go into the section http (with
# four blanks) or stand for themselves.
start_registry ()
{
	local n=${#PIDS[@]}
	{
		printf 'version: 0.1\nlog:\n  level: info\nstorage:\n  delete:\n    enabled: true\n'
		printf '  filesystem:\n    rootdirectory: %s\n' "$T/registry"
		printf 'http:\n  addr: 127.0.0.1:0\n'
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$T/registry$n.yml"
	docker-registry serve "$T/registry$n.yml" </dev/null >"$T/registry$n.log" 2>&1 3>&- &
	PIDS+=($!)
	wait_for 10 grep -q 'listening on' "$T/registry$n.log" || {
		cat "$T/registry$n.log"
		return 1
	}
	REGISTRY=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$T/registry$n.log" | head -n 1)
}

# start_proxy NAME [ARGUMENT...]: $PROXY is its HOST:PORT, $T/NAME.log the log of its requests.
start_proxy ()
{
	local name=$1
	shift
	: >"$T/$name.log"
	python3 "$BATS_TEST_DIRNAME/../../helpers/registry_proxy.py" --upstream "http://$REGISTRY" \
		--ready "$T/$name.port" --log "$T/$name.log" "$@" </dev/null >"$T/$name.out" 2>&1 3>&- &
	PIDS+=($!)
	wait_for 10 test -e "$T/$name.port" || {
		cat "$T/$name.out"
		return 1
	}
	PROXY=127.0.0.1:$(cat "$T/$name.port")
}

# make_certificates: an authority $T/certs/ca.crt and what it has signed for 127.0.0.1, server.pem and
# server.key.
make_certificates ()
{
	need openssl
	mkdir -p "$T/certs" "$T/tls"
	(
		cd "$T/tls"
		openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ../certs/ca.crt \
			-days 2 -subj /CN=authority
		openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr \
			-subj /CN=registry
		printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' >server.ext
		openssl x509 -req -in server.csr -CA ../certs/ca.crt -CAkey ca.key \
			-CAcreateserial -out server.pem -days 2 -extfile server.ext
	) >"$T/openssl.log" 2>&1 || {
		cat "$T/openssl.log"
		return 1
	}
}

# client ARGUMENT...: tests/helpers/registry_client.c.
client ()
{
	bounded "$HELPERS/registry_client" "$@"
}

digest_of ()
{
	printf 'sha256:%s' "$(sha256sum "$1" | cut -d ' ' -f 1)"
}

# make_blob NAME SIZE: a file $T/NAME of pseudo-random bytes; its digest is $DIGEST, its size $SIZE.
make_blob ()
{
	SIZE=$2
	openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "$SIZE" >"$T/$1"
	DIGEST=$(digest_of "$T/$1")
}

# push_blob NAME SIZE: such a blob, in the repository test/image of $REGISTRY.
push_blob ()
{
	make_blob "$@"
	client --plain put-blob "$REGISTRY/test/image@$DIGEST" "$T/$1" >/dev/null
}

# push_manifest TAG: a manifest with an empty config and the last blob as its layer, into test/image.
push_manifest ()
{
	printf '{}' >"$T/config"
	client --plain put-blob "$REGISTRY/test/image@$(digest_of "$T/config")" "$T/config" >/dev/null
	jq -nc --arg layer "$DIGEST" --argjson size "$SIZE" --arg config "$(digest_of "$T/config")" '{
		schemaVersion: 2,
		mediaType: "application/vnd.oci.image.manifest.v1+json",
		config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: 2},
		layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: $layer, size: $size}]
	}' >"$T/manifest"
	MANIFEST=$(digest_of "$T/manifest")
	client --plain put-manifest "$REGISTRY/test/image:$1" "$T/manifest" \
		application/vnd.oci.image.manifest.v1+json "$MANIFEST"
}

# requests NAME JQ_CONDITION: how many requests in a proxy's log fulfil it.
requests ()
{
	jq -s "map(select($2)) | length" "$T/$1.log"
}
