/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/auto.h"
#include "base/json_writer.h"
#include "cli/command.h"
#include "container/host_check.h"
#include "spec/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct check_options {
	const char *bundle, *config;
	int format; /* a choice: 1 text, 2 json */
};

static const struct option_row options[] = {
	{ "bundle", "b", STRING_INTO (struct check_options, bundle), "DIR",
		"the bundle's directory (default: the argument, or the current one)" },
	{ "config", NULL, STRING_INTO (struct check_options, config), "FILE",
		"the config, instead of config.json in the bundle" },
	{ "format", "f", CHOICE_INTO (struct check_options, format), "text|json",
		"how to show what is found (default: text)" },
	{ 0 },
};

/* Where findings go as they come. */
struct findings {
	const char *file;
	bool is_json;
	struct buffer text;
	struct json_writer json;
	size_t n_errors, n_warnings;
};

static void
add_problem (struct findings *findings, const struct spec_problem *problem)
{
	const char *kind = problem->is_warning ? "warning" : "error";

	findings->n_errors += !problem->is_warning;
	findings->n_warnings += problem->is_warning;
	if (findings->is_json) {
		json_open_object (&findings->json, NULL);
		json_string (&findings->json, "level", kind);
		json_uint (&findings->json, "line", problem->line);
		json_string (&findings->json, "pointer", problem->pointer);
		json_string (&findings->json, "text", problem->text);
		if (problem->hint)
			json_string (&findings->json, "hint", problem->hint);
		json_close (&findings->json);
		return;
	}
	buffer_add_text (&findings->text, findings->file);
	if (problem->line > 0)
		buffer_printf (&findings->text, ":%zu", problem->line);
	if (*problem->pointer)
		buffer_printf (&findings->text, ": %s", problem->pointer);
	buffer_printf (&findings->text, ": %s: %s", kind, problem->text);
	if (problem->hint)
		buffer_printf (&findings->text, " (%s)", problem->hint);
	buffer_add_char (&findings->text, '\n');
}

/* What the host lacks makes the config no worse: a warning. at is "config.json:41: /mounts/3". */
static void
add_host_problem (void *data, const char *at, const char *text, const char *hint)
{
	struct findings *findings = data;
	struct spec_problem problem = {
		.is_warning = true, .pointer = "", .text = text, .hint = hint
	};
	const char *colon = at ? strchr (at, ':') : NULL;
	char *end;

	if (colon) {
		problem.line = strtoul (colon + 1, &end, 10);
		if (strncmp (end, ": ", 2) == 0)
			problem.pointer = end + 2;
	}
	add_problem (findings, &problem);
}

static int
find_all (const struct globals *globals, const struct spec_request *request,
	struct findings *findings, struct error *err)
{
	AUTO (spec_findings_done) struct spec_findings spec = { 0 };
	AUTO (plan_done) struct plan plan = { 0 };

	if (spec_check (request, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec.n_problems; i++)
		add_problem (findings, &spec.problems[i]);
	if (spec.n_errors > 0)
		return 0;
	if (spec_read_plan (request, &plan, err) < 0)
		return -1;
	host_check (&plan, globals->privileged, add_host_problem, findings);
	return 0;
}

static int
show (struct findings *findings, struct error *err)
{
	if (findings->is_json) {
		json_close (&findings->json);
		buffer_add_char (&findings->json.text, '\n');
		return cli_write (findings->json.text.data, err);
	}
	if (findings->n_errors + findings->n_warnings == 0)
		buffer_printf (&findings->text, "%s: nothing wrong\n", findings->file);
	return cli_write (findings->text.data, err);
}

static int
run (const struct globals *globals, void *data, char **arguments, struct error *err)
{
	const struct check_options *options = data;
	const char *bundle = arguments[0] ? arguments[0] : options->bundle;
	autofree char *absolute = realpath (bundle ? bundle : ".", NULL);
	const struct spec_request request = {
		.bundle = absolute,
		.config = options->config,
		.driver = globals->driver,
		.buses = globals->buses,
	};
	struct findings findings = { .file = options->config ? options->config : "config.json",
		.is_json = options->format == 2,
		.json = { .indent = 2 } };
	int r;

	if (!absolute)
		return fail (err, errno, "bundle '%s'", bundle ? bundle : ".");
	if (findings.is_json)
		json_open_array (&findings.json, NULL);
	r = find_all (globals, &request, &findings, err);
	if (r == 0)
		r = show (&findings, err);
	buffer_done (&findings.text);
	json_writer_done (&findings.json);
	return r < 0 ? -1 : findings.n_errors > 0;
}

const struct command cmd_check = {
	.name = "check",
	.arguments = "[BUNDLE]",
	.summary = "show all that is wrong with a bundle's config at once",
	.details = "Also what this host lacks for it. The exit status is 1 when there are errors.",
	.options = options,
	.options_size = sizeof (struct check_options),
	.stop_after = OPTIONS_ANYWHERE,
	.max_arguments = 1,
	.run = run,
};
