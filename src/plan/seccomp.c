/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/seccomp.h"
#include "base/str.h"

#include <linux/seccomp.h>
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#define ERRNO_MAX 4095 /* MAX_ERRNO: what the kernel makes of a greater one */

const struct seccomp_word seccomp_actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, 0 },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, 0 },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, 0 },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, 0 },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, ERRNO_MAX },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE, SECCOMP_RET_DATA },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, 0 },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG, 0 },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, 0 },
	{ NULL, 0, 0 },
};

const struct seccomp_word seccomp_operators[] = {
	{ "SCMP_CMP_NE", SECCOMP_NE, 0 },
	{ "SCMP_CMP_LT", SECCOMP_LT, 0 },
	{ "SCMP_CMP_LE", SECCOMP_LE, 0 },
	{ "SCMP_CMP_EQ", SECCOMP_EQ, 0 },
	{ "SCMP_CMP_GE", SECCOMP_GE, 0 },
	{ "SCMP_CMP_GT", SECCOMP_GT, 0 },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ, 0 },
	{ NULL, 0, 0 },
};

const struct seccomp_word seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC, 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG, 0 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0 },
	{ NULL, 0, 0 },
};

const char *const seccomp_architectures[] = {
#ifdef HAVE_SECCOMP
	"SCMP_ARCH_X86",
	"SCMP_ARCH_X86_64",
	"SCMP_ARCH_X32",
	"SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64",
#ifdef SCMP_ARCH_LOONGARCH64 /* libseccomp 2.6 */
	"SCMP_ARCH_LOONGARCH64",
#endif
#ifdef SCMP_ARCH_M68K /* libseccomp 2.6 */
	"SCMP_ARCH_M68K",
#endif
	"SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32",
	"SCMP_ARCH_MIPSEL",
	"SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PPC",
	"SCMP_ARCH_PPC64",
	"SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_S390",
	"SCMP_ARCH_S390X",
#ifdef SCMP_ARCH_SH /* libseccomp 2.6 */
	"SCMP_ARCH_SH",
#endif
#ifdef SCMP_ARCH_SHEB /* libseccomp 2.6 */
	"SCMP_ARCH_SHEB",
#endif
	"SCMP_ARCH_PARISC",
	"SCMP_ARCH_PARISC64",
	"SCMP_ARCH_RISCV64",
#endif
	NULL,
};

const struct seccomp_word *
seccomp_word_find (const struct seccomp_word *table, const char *name)
{
	for (; name && table->name; table++)
		if (str_equal (table->name, name))
			return table;
	return NULL;
}
