/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/auto.h"

#include <string.h>

/* Nobody reads more, and each one's place has to be searched for. */
#define MAX_REMARKS 200

/* What is said about an address. */
struct remark {
	const void *address;
	bool is_warning;
	int code; /* the error's; its text is in the message already */
	const char *hint;
};

static void
keep_problem (struct spec_context *c, const struct remark *remark, const char *text)
{
	struct ocispec_problem *problem;

	if (remark->is_warning ? c->doc.n_problems >= MAX_REMARKS : c->n_errors >= MAX_REMARKS)
		return;
	problem = ocispec_add_problem (&c->doc, remark->address, remark->is_warning, "%s", text);
	problem->hint = remark->hint ? arena_strdup (&c->doc.arena, remark->hint) : NULL;
}

static void
keep_warning (struct spec_context *c, const struct remark *remark, const char *text)
{
	struct plan *plan = &c->plan;

	if (plan->n_warnings >= MAX_REMARKS)
		return;
	if (plan->n_warnings == c->warnings_size) {
		char **old = plan->warnings;

		c->warnings_size = c->warnings_size ? 2 * c->warnings_size : 8;
		plan->warnings = spec_alloc (c, c->warnings_size, sizeof *plan->warnings);
		if (old)
			memcpy (plan->warnings, old, plan->n_warnings * sizeof *old);
	}
	plan->warnings[plan->n_warnings++] =
		arena_printf (&c->doc.arena, "%s: %s", ocispec_at (&c->doc, remark->address), text);
}

static void
say_text (struct spec_context *c, const struct remark *remark, const char *text)
{
	if (c->n_errors > 0 && !c->wants_all)
		return;
	if (c->wants_all) {
		keep_problem (c, remark, text);
	} else if (remark->is_warning) {
		keep_warning (c, remark, text);
	} else {
		fail_hint (&c->error, 0, remark->hint, "%s", text);
		c->error.code = remark->code;
		error_prefix (&c->error, "%s", ocispec_at (&c->doc, remark->address));
	}
	c->n_errors += !remark->is_warning;
}

static void
say (struct spec_context *c, const struct remark *remark, const char *format, va_list ap)
{
	autofree char *text = xvasprintf (format, ap);

	say_text (c, remark, text);
}

void
spec_problem (struct spec_context *c, const void *address, const char *format, ...)
{
	struct remark remark = { .address = address };
	va_list ap;

	va_start (ap, format);
	say (c, &remark, format, ap);
	va_end (ap);
}

void
spec_problem_hint (
	struct spec_context *c, const void *address, const char *hint, const char *format, ...)
{
	struct remark remark = { .address = address, .hint = hint };
	va_list ap;

	va_start (ap, format);
	say (c, &remark, format, ap);
	va_end (ap);
}

void
spec_problem_cause (struct spec_context *c, const void *address, const struct error *cause)
{
	struct remark remark = { .address = address, .code = cause->code };

	say_text (c, &remark, cause->text);
}

void
spec_warning (struct spec_context *c, const void *address, const char *format, ...)
{
	struct remark remark = { .address = address, .is_warning = true };
	va_list ap;

	va_start (ap, format);
	say (c, &remark, format, ap);
	va_end (ap);
}
