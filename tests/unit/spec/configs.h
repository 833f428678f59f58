/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * configs: what the tests of spec/ share: configs of a few members, and the plan or the error that
 * comes of them.
 */
#pragma once

#include "unit.h"

#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "spec/spec.h"

#include <string.h>

/* The members stand in line 2 of a config whose root is "/" and whose bundle is "/bundle". */
static inline int
read_config (const char *members, struct plan *out, struct error *err)
{
	static const struct spec_request request = { .bundle = "/bundle" };
	autofree char *text =
		xasprintf ("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/\"}%s\n%s}",
			*members ? "," : "", members);
	struct spec_document document = { "config.json", text, strlen (text) };

	return spec_parse_plan (&request, &document, out, err);
}

static inline void
plan_of (const char *members, struct plan *out)
{
	struct error err = { 0 };

	memset (out, 0, sizeof *out);
	if (read_config (members, out, &err) < 0)
		assert_string_equal (err.text, "");
}

/* Members of a config, and what is wrong with them, without "config.json:2: "; NULL: nothing. */
struct verdict {
	const char *members;
	const char *problem;
};

static inline void
check_verdict (const struct verdict *verdict)
{
	AUTO (plan_done) struct plan plan = { 0 };
	struct error err = { 0 };
	int status = read_config (verdict->members, &plan, &err);
	autofree char *expected =
		verdict->problem ? xasprintf ("config.json:2: %s", verdict->problem) : xstrdup ("");

	if (strcmp (err.text, expected) != 0)
		print_message ("%s\n", verdict->members);
	assert_string_equal (err.text, expected);
	assert_int_equal (status, verdict->problem ? -1 : 0);
}

#define CHECK_VERDICTS(rows)                                 \
	for (size_t row = 0; row < ARRAY_SIZE (rows); row++) \
	check_verdict (&(rows)[row])

/* Members of a process around others, and of the linux section. */
#define PROCESS(members) "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]," members "}"
#define LINUX(members) "\"linux\":{" members "}"
