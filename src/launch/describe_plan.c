/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/describe_plan.h"
#include "base/json_writer.h"
#include "launch/ns_plan.h"
#include "launch/steps.h"

#include <string.h>

static bool
takes_part (const struct plan *plan, enum actor actor)
{
	struct ns_steps steps;

	ns_plan (&plan->namespaces, &steps);
	return actor != ACTOR_MIDDLE || steps.has_middle;
}

static bool
applies (const struct step *step, const struct plan *plan, struct buffer *details)
{
	return !step->about || step->about (plan, details);
}

/* Calls `each` with every line, which is cut out of the text. */
static void
for_each_line (struct buffer *text, void (*each) (void *data, const char *line), void *data)
{
	char *rest = text->data;
	char *line;

	while (rest && (line = strsep (&rest, "\n")))
		if (*line)
			each (data, line);
}

static void
add_indented (void *data, const char *line)
{
	buffer_printf (data, "      %s\n", line);
}

void
describe_plan_text (const struct plan *plan, struct buffer *out)
{
	for (int actor = 0; actor < ACTORS; actor++) {
		if (!takes_part (plan, (enum actor) actor))
			continue;
		buffer_printf (out, "%s:\n", actor_names[STORY_CREATE][actor]);
		for (const struct step *step = steps_of (STORY_CREATE, (enum actor) actor);
			step->name; step++) {
			struct buffer details = { 0 };

			if (applies (step, plan, &details)) {
				buffer_printf (out, "  %s\n", step->name);
				for_each_line (&details, add_indented, out);
			}
			buffer_done (&details);
		}
	}
}

static void
add_string (void *data, const char *line)
{
	json_string (data, NULL, line);
}

static void
write_step (struct json_writer *json, const struct step *step, const struct plan *plan)
{
	struct buffer details = { 0 };
	bool does = applies (step, plan, &details);

	json_open_object (json, NULL);
	json_string (json, "name", step->name);
	json_bool (json, "applies", does);
	json_open_array (json, "details");
	if (does)
		for_each_line (&details, add_string, json);
	json_close (json);
	json_close (json);
	buffer_done (&details);
}

void
describe_plan_json (const struct plan *plan, struct buffer *out)
{
	struct json_writer json = { .indent = 2 };

	json_open_object (&json, NULL);
	json_open_array (&json, "processes");
	for (int actor = 0; actor < ACTORS; actor++) {
		json_open_object (&json, NULL);
		json_string (&json, "name", actor_names[STORY_CREATE][actor]);
		json_bool (&json, "applies", takes_part (plan, (enum actor) actor));
		json_open_array (&json, "steps");
		for (const struct step *step = steps_of (STORY_CREATE, (enum actor) actor);
			step->name; step++)
			write_step (&json, step, plan);
		json_close (&json);
		json_close (&json);
	}
	json_close (&json);
	json_close (&json);
	buffer_printf (out, "%s\n", json.text.data);
	json_writer_done (&json);
}
