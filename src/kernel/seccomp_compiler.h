/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp_compiler: from the plan's rules to a BPF program, through libseccomp, which is loaded when
 * there is something to compile: to have it linked would cost every start of davit its loading.
 *
 * Apart from kernel/seccomp.h, because libseccomp has a seccomp_load too.
 */
#pragma once

#include "base/error.h"
#include "plan/seccomp.h"

#include <stddef.h>

struct sock_filter;

struct seccomp_program {
	struct sock_filter *instructions; /* owned */
	size_t length;
	char *library; /* owned; libseccomp's file; NULL when it can't be told */
};

/* Errors name the place in the config. Free with seccomp_program_done. */
CHECKED int seccomp_compiler_run (
	const struct seccomp_plan *plan, struct seccomp_program *out, struct error *err);
void seccomp_program_done (struct seccomp_program *program);

/* libseccomp's version; loads it. */
CHECKED int seccomp_compiler_version (unsigned int out[3], struct error *err);
