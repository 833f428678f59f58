#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each word that a mount's options may have, seen in the container's mountinfo: that it does what it
# says, and takes back what says the opposite.

load load

setup ()
{
	make_container
	only_davit "and newer runc know all words"
	needs_root "not every flag is a user's to set"
	[[ ${DAVIT_BATS_NOSYS-} != *mount_setattr* ]] || skip 'before mount_setattr no tree is changed as a whole'
	mkdir -p "$T/volume"
}

# What the container says of its mounts at /m/...: the last part of the path, a colon, and what
# mountinfo's options or, behind " - ", the superblock's options are.
show_mounts='sed -n "s|^[^/]* / /m/\([^ ]*\) \([^ ]*\) .*- [^ ]* [^ ]* \(.*\)|\1:\2 - \3|p" /proc/self/mountinfo'

# new_mount NAME OPTION...: a tmpfs at /m/NAME.
new_mount ()
{
	add_mount "/m/$1" tmpfs tmpfs "${@:2}"
}

# expect_flags NAME WANTED UNWANTED: of the mount itself; expect_superblock: of its file system.
# Several are separated by commas; - is for none.
expect_flags () { expect_words "$1" "s/ - .*//" "$2" "$3"; }
expect_superblock () { expect_words "$1" "s/.* - //" "$2" "$3"; }

expect_words ()
{
	local flags word
	flags=$(sed -n "s/^$1://p" <<<"$output" | sed "$2")
	[ -n "$flags" ]
	for word in ${3//,/ }; do
		[ "$word" = - ] || [[ ,$flags, == *,$word,* ]] || {
			echo "$1 has $flags, without $word"
			return 1
		}
	done
	for word in ${4//,/ }; do
		[ "$word" = - ] || [[ ,$flags, != *,$word,* ]] || {
			echo "$1 has $flags, with $word"
			return 1
		}
	done
}

# What takes away comes behind what gives.
@test "each word for a mount alone gives its flag, or takes it away" {
	local word
	for word in ro nosuid nodev noexec noatime nodiratime nosymfollow relatime; do
		new_mount "$word" "$word"
	done
	new_mount strictatime strictatime
	new_mount defaults defaults
	new_mount rw ro rw
	new_mount suid nosuid suid
	new_mount dev nodev dev
	new_mount exec noexec exec
	new_mount symfollow nosymfollow symfollow
	new_mount diratime nodiratime diratime
	new_mount atime noatime atime
	new_mount norelatime relatime norelatime
	new_mount nostrictatime strictatime nostrictatime
	in_container "$show_mounts"
	expect_status 0
	for word in ro nosuid nodev noexec noatime nodiratime nosymfollow relatime; do
		expect_flags "$word" "$word" -
	done
	expect_flags strictatime - relatime,noatime
	expect_flags defaults rw,relatime nosuid,nodev,noexec
	expect_flags rw rw ro
	expect_flags suid - nosuid
	expect_flags dev - nodev
	expect_flags exec - noexec
	expect_flags symfollow - nosymfollow
	expect_flags diratime - nodiratime
	expect_flags atime relatime noatime
	expect_flags norelatime relatime noatime
	expect_flags nostrictatime relatime noatime
}

@test "each word for a file system gives its flag, or takes it away" {
	local word
	for word in sync dirsync mand lazytime; do
		new_mount "$word" "$word"
		# there is no word against dirsync
		case $word in
		sync) new_mount no-sync sync async ;;
		mand | lazytime) new_mount "no-$word" "$word" "no$word" ;;
		esac
	done
	for word in rsync rdirsync rmand; do
		new_mount "$word" "$word"
	done
	new_mount rasync sync rasync
	new_mount rnomand mand rnomand
	in_container "$show_mounts"
	expect_status 0
	for word in sync dirsync mand lazytime; do
		expect_superblock "$word" "$word" -
		[ "$word" = dirsync ] || expect_superblock "no-$word" - "$word"
	done
	for word in sync dirsync mand; do
		expect_superblock "r$word" "$word" -
	done
	expect_superblock rasync - sync
	expect_superblock rnomand - mand
}

# with_tree FLAGS COMMAND...: $T/volume is a mount then, with another one in it, of these flags.
with_tree ()
{
	unshare --mount --propagation private sh -e -c '
		mount -t tmpfs volume "$1"
		mkdir "$1/sub"
		mount -t tmpfs sub "$1/sub"
		mount -o "remount,bind,$2" "$1/sub"
		mount -o "remount,bind,$2" "$1"
		shift 2
		"$@"' sh "$T/volume" "$@"
}

# Both the mount and that below it have what the word says, whatever they had before.
@test "each word for a whole tree gives its flag to all of it, or takes it away" {
	local word part
	local gives=(rro rnosuid rnodev rnoexec rnoatime rnodiratime rnosymfollow rrelatime rstrictatime)
	local takes=(rrw rsuid rdev rexec ratime rdiratime rsymfollow rnorelatime rnostrictatime)
	for word in "${gives[@]}"; do
		add_mount "/m/$word" bind "$T/volume" rbind "$word"
	done
	args sh -c "$show_mounts"
	run with_tree rw,strictatime "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	for part in '' '\/sub'; do
		for word in "${gives[@]}"; do
			case $word in
			rstrictatime) expect_flags "$word$part" rw relatime,noatime ;;
			*) expect_flags "$word$part" "${word#r}" - ;;
			esac
		done
	done
	config '.mounts |= map(select(.destination | startswith("/m/") | not))'
	for word in "${takes[@]}"; do
		add_mount "/m/$word" bind "$T/volume" rbind "$word"
	done
	run with_tree ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow "$RUNTIME" --root "$ROOT" run \
		--bundle "$BUNDLE" "$ID"
	expect_status 0
	for part in '' '\/sub'; do
		expect_flags "rrw$part" rw,nosuid ro
		expect_flags "rsuid$part" ro,nodev nosuid
		expect_flags "rdev$part" nosuid nodev
		expect_flags "rexec$part" nosuid noexec
		expect_flags "rdiratime$part" noatime nodiratime
		expect_flags "rsymfollow$part" nosuid nosymfollow
		for word in ratime rnorelatime rnostrictatime; do
			expect_flags "$word$part" relatime noatime
		done
	done
}

@test "iversion, silent and their opposites are taken by the file system, and are no data of it" {
	local word
	for word in iversion noiversion silent loud; do
		new_mount "$word" "$word" size=1m
	done
	in_container "$show_mounts"
	expect_status 0
	for word in iversion noiversion silent loud; do
		expect_superblock "$word" size=1024k -
	done
	# what is no word of davit's is the file system's, which does not know this one
	new_mount other iversionx
	in_container true
	expect_error iversionx
}

# shared_tree COMMAND...: $T/volume is a shared mount then, with a shared one in it.
shared_tree ()
{
	unshare --mount --propagation private sh -e -c '
		mount -t tmpfs volume "$1"
		mkdir "$1/sub"
		mount -t tmpfs sub "$1/sub"
		mount --make-rshared "$1"
		shift
		"$@"' sh "$T/volume" "$@"
}

@test "each word of propagation holds for the mount, or with r for those below too" {
	local word
	config '.linux.rootfsPropagation = "shared"'
	for word in shared slave private unbindable rshared rslave rprivate runbindable; do
		# what comes into the container as it is outside, before the word is obeyed
		add_mount "/m/$word" bind "$T/volume" rbind rshared "$word"
	done
	args sh -c 'sed -n "s|^[^/]* / /m/\([^ ]*\) [^ ]* \(.*\)- tmpfs.*|\1=\2|p" /proc/self/mountinfo'
	run shared_tree "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	propagation_is shared 'shared:*' 'shared:*'
	propagation_is slave 'master:*' 'shared:*'
	propagation_is private '' 'shared:*'
	propagation_is unbindable 'unbindable*' 'shared:*'
	propagation_is rshared 'shared:*' 'shared:*'
	propagation_is rslave 'master:*' 'master:*'
	propagation_is rprivate '' ''
	propagation_is runbindable 'unbindable*' 'unbindable*'
}

# propagation_is WORD OF_THE_MOUNT OF_THE_ONE_BELOW
propagation_is ()
{
	local got
	got=$(sed -n "s/^$1=//p" <<<"$output"):$(sed -n "s|^$1/sub=||p" <<<"$output")
	# shellcheck disable=SC2053 # patterns
	[[ $got == $2:$3 ]] || {
		printf '%s: %s\n' "$1" "$got"
		return 1
	}
}

@test "ridmap maps the ids of mounts below too, idmap those of the mount alone" {
	needs_kernel 6.3 "mapping the ids of a tmpfs"
	local word
	for word in idmap ridmap; do
		config --arg word "$word" --arg source "$T/volume" '.mounts += [ {
			"destination": "/m/\($word)", "type": "bind", "source": $source, "options": [ "rbind", $word ],
			"uidMappings": [ { "containerID": 0, "hostID": 4000, "size": 1000 } ],
			"gidMappings": [ { "containerID": 0, "hostID": 5000, "size": 1000 } ] } ]'
	done
	args sh -c 'stat -c %u:%g /m/idmap /m/idmap/sub /m/ridmap /m/ridmap/sub'
	run with_tree rw "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output "4000:5000
0:0
4000:5000
4000:5000"
}

@test "an idmapped mount maps each range of its ids from where it begins, and no other" {
	local id
	config --arg source "$T/volume" '.mounts += [ {
		"destination": "/m/data", "type": "bind", "source": $source, "options": [ "bind", "idmap" ],
		"uidMappings": [ { "containerID": 0, "hostID": 4000, "size": 2 }, { "containerID": 10, "hostID": 6000, "size": 1 } ],
		"gidMappings": [ { "containerID": 20, "hostID": 7000, "size": 1 }, { "containerID": 0, "hostID": 5000, "size": 3 } ] } ]'
	for id in 0:0 1:2 10:20; do
		touch "$T/volume/$id"
		chown "$id" "$T/volume/$id"
	done
	touch "$T/volume/other"
	chown 2:3 "$T/volume/other"
	in_container 'cd /m/data && stat -c "%n %u:%g" 0:0 1:2 10:20 other'
	expect_status 0
	expect_output "0:0 4000:5000
1:2 4001:5002
10:20 6000:7000
other 65534:65534"
}
