/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * completion: scripts for shells. And manual: the man page ctr-image(1).
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/program.h"
#include "base/str.h"
#include "image/command.h"

#include <string.h>

/* Neither has options. */
static const struct option_row options[] = { { 0 } };

static bool
takes_image (const struct command *command)
{
	return str_starts (command->arguments, "REF") || str_starts (command->arguments, "IMAGE") ||
	       str_starts (command->arguments, "SOURCE");
}

/* A REF may be one: oci-archive:FILE. */
static bool
takes_files (const struct command *command)
{
	return takes_image (command) || strstr (command->arguments, "DIR") ||
	       strstr (command->arguments, "FILE");
}

/* The commands that are not hidden; the caller frees them. */
static struct program_command *
list_commands (size_t *out_n)
{
	struct program_command *list;
	size_t n = 0;

	while (image_commands[n])
		n++;
	list = xcalloc (n, sizeof *list);
	*out_n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct command *command = image_commands[i];

		if (command->is_hidden)
			continue;
		list[(*out_n)++] = (struct program_command){
			.name = command->name,
			.arguments = command->arguments,
			.summary = command->summary,
			.details = command->details,
			.options = command->options,
			.takes_words = takes_image (command),
			.takes_files = takes_files (command),
		};
	}
	return list;
}

static const struct program ctr_image = {
	.name = "ctr-image",
	.purpose = "pull container images and make bundles of them",
	.description = "Images come from registries, OCI layouts and archives into a store,\n"
		       "where each blob and each unpacked layer is once.\n"
		       "Of an image a bundle is made, which OCI runtimes like\n"
		       ".BR davit (1),\n"
		       "runc and crun run.\n"
		       ".PP\n"
		       "An image is called HOST[:PORT]/NAME[:TAG][@DIGEST], oci:DIR[:TAG],\n"
		       "oci\\-archive:FILE[:TAG]\n"
		       "or docker\\-archive:FILE[:NAME].\n",
	.ending = ".SH ENVIRONMENT\n"
		  ".TP\n\\fBCTR_IMAGE_STORE\\fR\nas \\fB\\-\\-store\\fR\n"
		  ".TP\n\\fBCTR_IMAGE_REGISTRY\\fR\nas \\fB\\-\\-default\\-registry\\fR\n"
		  ".TP\n\\fBCTR_IMAGE_RUNTIME\\fR\nas \\fB\\-\\-runtime\\fR\n"
		  ".TP\n\\fBREGISTRY_AUTH_FILE\\fR\nas \\fB\\-\\-authfile\\fR\n"
		  ".TP\n\\fBhttp_proxy\\fR, \\fBhttps_proxy\\fR, \\fBno_proxy\\fR\n"
		  "the way to registries, and which are reached without\n"
		  ".SH EXIT STATUS\n"
		  "That of the runtime for \\fBrun\\fR; of all others 0, or 1 for a failure.\n"
		  ".SH SEE ALSO\n.BR davit (1)\n",
	.options = image_global_rows,
	.words = "ctr-image list -q",
	.words_are = "image",
};

static int
run_completion (void *data, char **arguments, struct error *err)
{
	struct program program = ctr_image;
	autofree struct program_command *commands = list_commands (&program.n_commands);
	struct buffer text = { 0 };
	int r;

	program.commands = commands;
	r = program_add_completion (&program, arguments[0], &text, err);
	if (r == 0)
		r = cmd_write (text.data, err);
	buffer_done (&text);
	return r;
}

static int
run_manual (void *data, char **arguments, struct error *err)
{
	struct program program = ctr_image;
	autofree struct program_command *commands = list_commands (&program.n_commands);
	struct buffer text = { 0 };
	int r;

	program.commands = commands;
	program_add_manual (&program, &text);
	r = cmd_write (text.data, err);
	buffer_done (&text);
	return r;
}

const struct command cmd_completion = {
	.name = "completion",
	.arguments = "SHELL",
	.summary = "write the completion script for bash, zsh or fish",
	.options = options,
	.options_size = sizeof (struct shared),
	.stop_after = OPTIONS_ANYWHERE,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run_completion,
};

const struct command cmd_manual = {
	.name = "manual",
	.arguments = "",
	.summary = "write the man page",
	.options = options,
	.options_size = sizeof (struct shared),
	.stop_after = OPTIONS_ANYWHERE,
	.is_hidden = true,
	.run = run_manual,
};
