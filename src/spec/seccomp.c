/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

#include <errno.h>
#include <linux/seccomp.h>

#define ARGUMENTS 6
#define ERRNO_MAX 4095 /* MAX_ERRNO: what the kernel makes of a greater one */

struct word {
	const char *name;
	uint32_t value;
	uint32_t data_max; /* of an action: the greatest errnoRet; 0: it takes none */
};

static const struct word actions[] = {
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

static const struct word operators[] = {
	{ "SCMP_CMP_NE", SECCOMP_NE, 0 },
	{ "SCMP_CMP_LT", SECCOMP_LT, 0 },
	{ "SCMP_CMP_LE", SECCOMP_LE, 0 },
	{ "SCMP_CMP_EQ", SECCOMP_EQ, 0 },
	{ "SCMP_CMP_GE", SECCOMP_GE, 0 },
	{ "SCMP_CMP_GT", SECCOMP_GT, 0 },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ, 0 },
	{ NULL, 0, 0 },
};

static const struct word flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC, 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG, 0 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0 },
	{ NULL, 0, 0 },
};

/* NULL for what the parser has complained of. */
static const struct word *
find (const struct word *table, const char *name)
{
	for (; name && table->name; table++)
		if (str_equal (table->name, name))
			return table;
	return NULL;
}

/* An action and its errnoRet: those of a rule, or the default ones. */
struct action_source {
	const char *name;
	bool has_errno;
	const uint32_t *errno_ret;
};

static uint32_t
resolve_action (struct spec_context *c, const struct action_source *from)
{
	const struct word *action = find (actions, from->name);

	if (!action)
		return SECCOMP_RET_KILL_PROCESS;
	if (from->has_errno && action->data_max == 0)
		spec_problem (
			c, from->errno_ret, "is not for %s, which returns no errno", action->name);
	else if (from->has_errno && *from->errno_ret > action->data_max)
		spec_problem (c, from->errno_ret, "must be a number from 0 to %u for %s",
			action->data_max, action->name);
	if (action->value == SECCOMP_RET_USER_NOTIF)
		c->plan.seccomp->notifies = true;
	if (action->data_max == 0)
		return action->value;
	return action->value | ((from->has_errno ? *from->errno_ret : EPERM) & SECCOMP_RET_DATA);
}

static void
resolve_arguments (
	struct spec_context *c, const struct oci_seccomp_syscall *syscall, struct seccomp_rule *out)
{
	out->arguments = spec_alloc (c, syscall->n_args, sizeof *out->arguments);
	for (size_t i = 0; i < syscall->n_args; i++) {
		const struct oci_seccomp_arg *arg = syscall->args[i];
		const struct word *op = find (operators, arg->op);

		if (arg->index >= ARGUMENTS)
			spec_problem (
				c, &arg->index, "must be a number from 0 to %d", ARGUMENTS - 1);
		if (!op)
			continue;
		out->arguments[out->n_arguments++] = (struct seccomp_argument){
			.index = arg->index,
			.op = (enum seccomp_operator) op->value,
			.value = arg->value,
			.value_two = arg->value_two,
		};
	}
}

static void
resolve_rule (
	struct spec_context *c, const struct oci_seccomp_syscall *syscall, struct seccomp_rule *out)
{
	struct action_source action = { syscall->action, syscall->has_errno_ret,
		&syscall->errno_ret };

	out->at = spec_at (c, syscall->place);
	out->names = (const char **) syscall->names;
	out->n_names = syscall->n_names;
	out->action = resolve_action (c, &action);
	resolve_arguments (c, syscall, out);
}

static void
check_listener (struct spec_context *c, const struct oci_seccomp *seccomp)
{
	const struct seccomp_plan *plan = c->plan.seccomp;

	if (seccomp->listener_metadata && !plan->listener_path)
		spec_problem (c, &seccomp->listener_metadata,
			"is for a listener, and there is no listenerPath");
	if (plan->notifies && !plan->listener_path)
		spec_problem (c, &seccomp->listener_path,
			"is missing: SCMP_ACT_NOTIFY needs somebody to ask");
}

void
spec_seccomp (struct spec_context *c, const struct oci_seccomp *seccomp)
{
	struct action_source action = { seccomp->default_action, seccomp->has_default_errno_ret,
		&seccomp->default_errno_ret };
	struct seccomp_plan *out = spec_alloc (c, 1, sizeof *out);

	c->plan.seccomp = out;
	*out = (struct seccomp_plan){
		.at = spec_at (c, seccomp->place),
		.default_action = resolve_action (c, &action),
		.architectures = (const char **) seccomp->architectures,
		.n_architectures = seccomp->n_architectures,
		.has_flags = seccomp->flags,
		.listener_path = spec_text (seccomp->listener_path),
		.listener_metadata = seccomp->listener_metadata,
	};
	for (size_t i = 0; i < seccomp->n_flags; i++) {
		const struct word *flag = find (flags, seccomp->flags[i]);

		out->flags |= flag ? flag->value : 0;
	}
	/* the runtime's own calls would wait for an answer before anybody listens */
	if (out->default_action == SECCOMP_RET_USER_NOTIF)
		spec_problem (c, &seccomp->default_action,
			"SCMP_ACT_NOTIFY can't be the default: the container would wait for itself");
	out->n_rules = seccomp->n_syscalls;
	out->rules = spec_alloc (c, out->n_rules, sizeof *out->rules);
	for (size_t i = 0; i < out->n_rules; i++)
		resolve_rule (c, seccomp->syscalls[i], &out->rules[i]);
	check_listener (c, seccomp);
}
