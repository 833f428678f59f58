/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

#include <errno.h>
#include <linux/seccomp.h>

#define ARGUMENTS 6

/* An action and its errnoRet: those of a rule, or the default ones. */
struct action_source {
	const char *name;
	bool has_errno;
	const uint32_t *errno_ret;
};

static uint32_t
resolve_action (struct spec_context *c, const struct action_source *from)
{
	const struct seccomp_word *action = seccomp_word_find (seccomp_actions, from->name);

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
		const struct seccomp_word *op = seccomp_word_find (seccomp_operators, arg->op);

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

/* The config's own word comes first, then crun's annotation, then the environment of davit. */
static const char *
find_listener (const struct spec_context *c, const struct oci_seccomp *seccomp)
{
	const char *path = spec_text (seccomp->listener_path);

	if (!path)
		path = spec_text (plan_annotation (&c->plan, "run.oci.seccomp.receiver"));
	if (!path && c->request)
		path = spec_text (c->request->seccomp_receiver);
	return path;
}

void
spec_seccomp (struct spec_context *c, const struct oci_seccomp *seccomp)
{
	const char *fail_unknown =
		plan_annotation (&c->plan, "run.oci.seccomp_fail_unknown_syscall");
	struct action_source action = { seccomp->default_action, seccomp->has_default_errno_ret,
		&seccomp->default_errno_ret };
	struct seccomp_plan *out = spec_alloc (c, 1, sizeof *out);

	/* run.oci.seccomp_bpf_data is instead of it */
	if (c->plan.seccomp)
		return;
	c->plan.seccomp = out;
	*out = (struct seccomp_plan){
		.at = spec_at (c, seccomp->place),
		.default_action = resolve_action (c, &action),
		.architectures = (const char **) seccomp->architectures,
		.n_architectures = seccomp->n_architectures,
		.has_flags = seccomp->flags,
		.listener_path = find_listener (c, seccomp),
		.fails_unknown = fail_unknown && !str_equal (fail_unknown, "0"),
		.listener_metadata = seccomp->listener_metadata,
	};
	for (size_t i = 0; i < seccomp->n_flags; i++) {
		const struct seccomp_word *flag =
			seccomp_word_find (seccomp_flags, seccomp->flags[i]);

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
