/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp_compiler.h"
#include "base/auto.h"

#ifdef HAVE_SECCOMP
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- the library */

#define LIBRARY "libseccomp.so.2"

/* libseccomp's functions without their seccomp_. */
#define FUNCTIONS(f)                   \
	f (arch_add);                  \
	f (arch_exist);                \
	f (arch_native);               \
	f (arch_resolve_name);         \
	f (attr_set);                  \
	f (export_bpf);                \
	f (init);                      \
	f (release);                   \
	f (rule_add_array);            \
	f (syscall_resolve_name);      \
	f (syscall_resolve_name_arch); \
	f (version)

struct library {
	void *handle; /* owned */
#define MEMBER(name) __typeof__ (seccomp_##name) *name
	FUNCTIONS (MEMBER);
#undef MEMBER
};

static void
library_unload (struct library *library)
{
	if (library->handle)
		dlclose (library->handle);
	library->handle = NULL;
}

static int
library_load (struct library *out, struct error *err)
{
	AUTO (library_unload)
	struct library library = { .handle = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL) };
	const char *missing = NULL;

	if (!library.handle)
		return fail (err, 0, "load libseccomp: %s", dlerror ());
#define FIND(name)                                               \
	library.name = dlsym (library.handle, "seccomp_" #name); \
	if (!library.name)                                       \
	missing = #name
	FUNCTIONS (FIND);
#undef FIND
	if (missing)
		return fail (err, 0,
			"load libseccomp: it has no seccomp_%s: 2.5 or newer is needed", missing);
	*out = library;
	library.handle = NULL;
	return 0;
}

static char *
library_path (const struct library *library)
{
	struct link_map *map;

	if (dlinfo (library->handle, RTLD_DI_LINKMAP, &map) < 0)
		return NULL;
	return realpath (map->l_name, NULL);
}

/* ---- architectures */

#define ARCHITECTURES_MAX 32

struct architectures {
	uint32_t tokens[ARCHITECTURES_MAX]; /* SCMP_ARCH_*; the native one first */
	size_t n;
};

/* The spec's names are those of libseccomp's constants; libseccomp's own names are the same in small
 * letters and without the prefix. 0 when it does not know it. */
static uint32_t
resolve_architecture (const struct library *library, const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	char small[32];
	size_t n;

	if (!str_starts (name, prefix))
		return 0;
	name += sizeof prefix - 1;
	for (n = 0; name[n] && n < sizeof small - 1; n++)
		small[n] = (char) tolower ((unsigned char) name[n]);
	small[n] = '\0';
	return library->arch_resolve_name (small);
}

static int
add_architectures (const struct library *library, scmp_filter_ctx context,
	const struct seccomp_plan *plan, struct architectures *out, struct error *err)
{
	out->tokens[out->n++] = library->arch_native ();
	for (size_t i = 0; i < plan->n_architectures; i++) {
		const char *name = plan->architectures[i];
		uint32_t token = resolve_architecture (library, name);
		int r;

		if (token == 0)
			return fail (err, 0, "%s/architectures: this libseccomp does not know '%s'",
				plan->at, name);
		if (library->arch_exist (context, token) == 0)
			continue;
		if (out->n == ARCHITECTURES_MAX)
			return fail (err, E2BIG, "%s/architectures", plan->at);
		r = library->arch_add (context, token);
		if (r < 0)
			return fail_hint (err, -r,
				r == -EDOM ? "its byte order is not this machine's" : NULL,
				"%s/architectures: add '%s'", plan->at, name);
		out->tokens[out->n++] = token;
	}
	return 0;
}

/* ---- rules */

#define ARGUMENTS 6

static struct scmp_arg_cmp
condition_of (const struct seccomp_argument *argument)
{
	static const enum scmp_compare operators[] = {
		[SECCOMP_NE] = SCMP_CMP_NE,
		[SECCOMP_LT] = SCMP_CMP_LT,
		[SECCOMP_LE] = SCMP_CMP_LE,
		[SECCOMP_EQ] = SCMP_CMP_EQ,
		[SECCOMP_GE] = SCMP_CMP_GE,
		[SECCOMP_GT] = SCMP_CMP_GT,
		[SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};

	/* of MASKED_EQ the first value is the mask */
	return (struct scmp_arg_cmp){
		.arg = argument->index,
		.op = operators[argument->op],
		.datum_a = argument->value,
		.datum_b = argument->value_two,
	};
}

/* Adds one rule for one call. libseccomp wants each argument at most once in a rule: when one occurs
 * twice, each condition becomes a rule of its own. */
static int
add_rule (const struct library *library, scmp_filter_ctx context, const struct seccomp_rule *rule,
	int number)
{
	struct scmp_arg_cmp conditions[ARGUMENTS];
	size_t n = rule->n_arguments;
	unsigned int seen = 0;
	bool alternatives = n > ARGUMENTS;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		alternatives |= seen & 1u << rule->arguments[i].index;
		seen |= 1u << rule->arguments[i].index;
	}
	if (alternatives) {
		for (size_t i = 0; i < n && r == 0; i++) {
			conditions[0] = condition_of (&rule->arguments[i]);
			r = library->rule_add_array (context, rule->action, number, 1, conditions);
		}
		return r;
	}
	for (size_t i = 0; i < n; i++)
		conditions[i] = condition_of (&rule->arguments[i]);
	return library->rule_add_array (
		context, rule->action, number, (unsigned int) n, conditions);
}

static int
add_rules (const struct library *library, scmp_filter_ctx context, const struct seccomp_plan *plan,
	struct error *err)
{
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct seccomp_rule *rule = &plan->rules[i];

		/* libseccomp refuses a rule that changes nothing */
		if (rule->action == plan->default_action)
			continue;
		for (size_t k = 0; k < rule->n_names; k++) {
			int number = library->syscall_resolve_name (rule->names[k]);
			int r;

			if (number == __NR_SCMP_ERROR && plan->fails_unknown)
				return fail (err, 0,
					"%s: '%s' is no system call that is known here", rule->at,
					rule->names[k]);
			r = number == __NR_SCMP_ERROR ? 0
						      : add_rule (library, context, rule, number);

			if (r == -EEXIST)
				return fail (err, 0, "%s: another rule says otherwise about '%s'",
					rule->at, rule->names[k]);
			if (r < 0)
				return fail (err, -r, "%s: add a rule for '%s'", rule->at,
					rule->names[k]);
		}
	}
	return 0;
}

/* ---- ENOSYS for what is too new */

#define X32_BIT 0x40000000u
#define ARM_PRIVATE 0x0f0000u /* "breakpoint", "set_tls" and so on */
#define RANGES_MAX (2 * ARCHITECTURES_MAX)
#define RANGE_INSTRUCTIONS 6

/* Calls of an architecture that answer ENOSYS before the filter is asked. */
struct range {
	uint32_t architecture; /* AUDIT_ARCH_* */
	uint32_t first, last;
};

/* The greatest number of the named calls, or -1. */
static int
newest_named (const struct library *library, const struct seccomp_plan *plan, uint32_t token)
{
	int newest = -1;

	for (size_t i = 0; i < plan->n_rules; i++)
		for (size_t k = 0; k < plan->rules[i].n_names; k++) {
			int number =
				library->syscall_resolve_name_arch (token, plan->rules[i].names[k]);

			if (token == SCMP_ARCH_ARM && number >= (int) ARM_PRIVATE)
				continue;
			if (number > newest)
				newest = number;
		}
	return newest;
}

/* Up to where numbers are this architecture's own: x32 shares AUDIT_ARCH_X86_64 and has a bit set. */
static uint32_t
last_number (uint32_t token)
{
	switch (token) {
	case SCMP_ARCH_X86_64:
		return X32_BIT - 1;
	case SCMP_ARCH_ARM:
		return ARM_PRIVATE - 1;
	default:
		return UINT32_MAX;
	}
}

static size_t
find_ranges (const struct library *library, const struct seccomp_plan *plan,
	const struct architectures *architectures, struct range ranges[RANGES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < architectures->n; i++) {
		uint32_t token = architectures->tokens[i];
		int newest = newest_named (library, plan, token);

		if (newest < 0)
			continue;
		ranges[n++] = (struct range){
			.architecture = token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token,
			.first = (uint32_t) newest + 1,
			.last = last_number (token),
		};
		/* a number that is too great for the instruction arrives as 0, once "setup", when the
		 * kernel does not know it */
		if (token == SCMP_ARCH_S390 || token == SCMP_ARCH_S390X)
			ranges[n++] = (struct range){ .architecture = token };
	}
	return n;
}

static void
write_range (const struct range *range, struct sock_filter out[RANGE_INSTRUCTIONS])
{
	const struct sock_filter program[RANGE_INSTRUCTIONS] = {
		BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch)),
		BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, range->architecture, 0, 4),
		BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
		BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, range->first, 0, 2),
		BPF_JUMP (BPF_JMP | BPF_JGT | BPF_K, range->last, 1, 0),
		BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	memcpy (out, program, sizeof program);
}

/* TRACE among them: a tracer answers for itself. */
static bool
lets_new_calls_pass (uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE:
		return true;
	default:
		return action == (SECCOMP_RET_ERRNO | ENOSYS);
	}
}

/* ---- all of it */

/* A binary tree of calls instead of a list pays from some length on; libseccomp up to 2.5.4 makes
 * nonsense of it when there are no rules at all. */
#define RULES_FOR_A_TREE 32

static int
set_attributes (const struct library *library, scmp_filter_ctx context,
	const struct seccomp_plan *plan, struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_rules; i++)
		n += plan->rules[i].n_names;
	if (n > RULES_FOR_A_TREE && library->attr_set (context, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		return fail (err, 0, "%s: libseccomp makes no binary tree", plan->at);
	return 0;
}

/* Reads what libseccomp wrote and puts the ranges before it. */
static int
join_program (int bpf, const struct range *ranges, size_t n, struct seccomp_program *out,
	struct error *err)
{
	size_t prefix = n * RANGE_INSTRUCTIONS;
	autofree char *data = NULL;
	size_t size;

	if (lseek (bpf, 0, SEEK_SET) < 0)
		return fail (err, errno, "rewind the compiled filter");
	if (fd_read_all (bpf, BPF_MAXINSNS * sizeof *out->instructions, &data, &size,
		    "the compiled filter", err) < 0)
		return -1;
	out->length = prefix + size / sizeof *out->instructions;
	if (out->length > BPF_MAXINSNS)
		return fail (err, E2BIG, "a filter of %zu instructions", out->length);
	out->instructions = xmalloc (out->length * sizeof *out->instructions);
	for (size_t i = 0; i < n; i++)
		write_range (&ranges[i], out->instructions + i * RANGE_INSTRUCTIONS);
	memcpy (out->instructions + prefix, data, size);
	return 0;
}

static int
compile (const struct library *library, scmp_filter_ctx context, const struct seccomp_plan *plan,
	struct seccomp_program *out, struct error *err)
{
	struct architectures architectures = { 0 };
	struct range ranges[RANGES_MAX];
	size_t n = 0;
	autofd bpf = -1;
	int r;

	if (add_architectures (library, context, plan, &architectures, err) < 0 ||
		set_attributes (library, context, plan, err) < 0 ||
		add_rules (library, context, plan, err) < 0)
		return -1;
	if (!lets_new_calls_pass (plan->default_action))
		n = find_ranges (library, plan, &architectures, ranges);
	bpf = memfd_create ("seccomp", MFD_CLOEXEC);
	if (bpf < 0)
		return fail (err, errno, "make a memfd");
	r = library->export_bpf (context, bpf);
	if (r < 0)
		return fail (err, -r, "compile the filter");
	return join_program (bpf, ranges, n, out, err);
}

int
seccomp_compiler_run (
	const struct seccomp_plan *plan, struct seccomp_program *out, struct error *err)
{
	AUTO (library_unload) struct library library = { 0 };
	scmp_filter_ctx context;
	int r;

	*out = (struct seccomp_program){ 0 };
	if (library_load (&library, err) < 0)
		return error_prefix (err, "%s", plan->at);
	context = library.init (plan->default_action);
	if (!context)
		return fail (err, 0, "%s: libseccomp or the kernel does not have the action %#x",
			plan->at, plan->default_action);
	r = compile (&library, context, plan, out, err);
	library.release (context);
	if (r == 0)
		out->library = library_path (&library);
	return r;
}

int
seccomp_compiler_version (unsigned int out[3], struct error *err)
{
	AUTO (library_unload) struct library library = { 0 };
	const struct scmp_version *version;

	if (library_load (&library, err) < 0)
		return -1;
	version = library.version ();
	out[0] = version->major;
	out[1] = version->minor;
	out[2] = version->micro;
	return 0;
}

#else

int
seccomp_compiler_run (
	const struct seccomp_plan *plan, struct seccomp_program *out, struct error *err)
{
	return fail (err, 0, "%s: this davit was built --without-seccomp", plan->at);
}

int
seccomp_compiler_version (unsigned int out[3], struct error *err)
{
	return fail (err, 0, "this davit was built --without-seccomp");
}

#endif

void
seccomp_program_done (struct seccomp_program *program)
{
	free (take_ptr (program->instructions));
	free (take_ptr (program->library));
}
