/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp: the system call filter as the config has it, words resolved as far as uapi goes.
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
};
