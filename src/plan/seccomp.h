/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp: the system call filter as the config has it, words resolved as far as uapi goes; and those
 * words.
 * Source: runtime-spec config-linux.md, "Seccomp".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum seccomp_operator {
	SECCOMP_NE,
	SECCOMP_LT,
	SECCOMP_LE,
	SECCOMP_EQ,
	SECCOMP_GE,
	SECCOMP_GT,
	SECCOMP_MASKED_EQ,
};

struct seccomp_argument {
	uint32_t index; /* 0..5 */
	enum seccomp_operator op;
	uint64_t value;
	uint64_t value_two;
};

struct seccomp_rule {
	const char *at;
	const char **names;
	size_t n_names;
	uint32_t action; /* SECCOMP_RET_* | data (errno) of <linux/seccomp.h> */
	struct seccomp_argument *arguments;
	size_t n_arguments;
};

struct seccomp_plan {
	const char *at;
	uint32_t default_action; /* SECCOMP_RET_* | data */
	const char **architectures; /* the spec's names, "SCMP_ARCH_X86_64"; none: the native one */
	size_t n_architectures;
	bool has_flags;
	uint64_t flags; /* SECCOMP_FILTER_FLAG_* */
	struct seccomp_rule *rules;
	size_t n_rules;
	bool notifies; /* some action is SECCOMP_RET_USER_NOTIF */
	const char *listener_path; /* NULL when absent */
	const char *listener_metadata;
	bool fails_unknown; /* a name that is no system call is an error; else it is passed over */
	/* A program to load as it is (struct sock_filter), instead of all that is above; NULL: none. */
	const void *raw;
	size_t raw_size; /* bytes */
};

struct seccomp_word {
	const char *name;
	uint32_t value;
	uint32_t data_max; /* of an action: the greatest errnoRet; 0: it takes none */
};

/* In the spec's order, ended by a NULL name. */
extern const struct seccomp_word seccomp_actions[]; /* "SCMP_ACT_KILL", SECCOMP_RET_... */
extern const struct seccomp_word seccomp_operators[]; /* "SCMP_CMP_NE", enum seccomp_operator */
extern const struct seccomp_word
	seccomp_flags[]; /* "SECCOMP_FILTER_FLAG_TSYNC", the same of uapi */

/* The names of architectures that the libseccomp of this build knows, ended by NULL; none without it. */
extern const char *const seccomp_architectures[];

/* The word of exactly this name (NULL is none) in one of the tables above, or NULL. */
const struct seccomp_word *seccomp_word_find (const struct seccomp_word *table, const char *name);
