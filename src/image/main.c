/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * main: ctr-image's table of commands, its environment, and what a failure looks like.
 */
#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/command.h"
#include "image/decompress.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_FAILED 1
#define DEFAULT_JOBS 4
#define DEFAULT_RETRIES 5

const struct command *const image_commands[] = {
	&cmd_bundle,
	&cmd_completion,
	&cmd_copy,
	&cmd_export,
	&cmd_import,
	&cmd_inspect,
	&cmd_list,
	&cmd_login,
	&cmd_logout,
	&cmd_manual,
	&cmd_mount,
	&cmd_prune,
	&cmd_pull,
	&cmd_push,
	&cmd_remove,
	&cmd_run,
	&cmd_tag,
	&cmd_tags,
	&cmd_umount,
	&cmd_verify,
	NULL,
};

struct global_options {
	const char *store;
	bool debug, version;
};

const struct option_row image_global_rows[] = {
	{ "store", NULL, STRING_INTO (struct global_options, store), "DIR",
		"where the images are kept (default: $CTR_IMAGE_STORE,\n"
		"/var/lib/ctr-image, or $XDG_DATA_HOME/ctr-image without root)" },
	{ "debug", NULL, FLAG_INTO (struct global_options, debug), NULL, "log more" },
	{ "version", "vV", FLAG_INTO (struct global_options, version), NULL,
		"show the version and what is built in" },
	{ 0 },
};

static void
add_version (struct buffer *text)
{
	buffer_printf (text, "ctr-image version %s\ncommit: %s\nspec: 1.1.1\ngzip: %s\n",
		PACKAGE_VERSION, DAVIT_COMMIT, decompress_gzip_library ());
}

static void
add_help (struct buffer *text)
{
	buffer_add_text (text, "usage: ctr-image [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\n"
			       "Pulls container images and makes bundles of them.\n\ncommands:\n");
	for (size_t i = 0; image_commands[i]; i++) {
		size_t line = text->size;

		if (image_commands[i]->is_hidden)
			continue;
		buffer_printf (text, "  %s", image_commands[i]->name);
		buffer_pad (text, line + 14);
		buffer_printf (text, "%s\n", image_commands[i]->summary);
	}
	buffer_add_text (text, "\noptions:\n");
	options_print_help (image_global_rows, text);
	buffer_add_text (text, "\n`ctr-image COMMAND --help` tells more of a command.\n");
}

static void
add_command_help (const struct command *command, struct buffer *text)
{
	buffer_printf (text, "usage: ctr-image %s [OPTION...] %s\n\n%c%s.\n", command->name,
		command->arguments, command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->details)
		buffer_printf (text, "%s\n", command->details);
	buffer_add_text (text, "\noptions:\n");
	options_print_help (command->options, text);
}

static int
show (void (*add) (struct buffer *text), struct error *err)
{
	struct buffer text = { 0 };
	int r;

	add (&text);
	r = cmd_write (text.data, err);
	buffer_done (&text);
	return r;
}

/* An empty one is none. */
static const char *
look_up (const char *name, const char *other)
{
	const char *value = getenv (name);

	if ((!value || !*value) && other)
		value = getenv (other);
	return value && *value ? value : NULL;
}

static void
read_environment (struct environment *out)
{
	*out = (struct environment){
		.store = look_up ("CTR_IMAGE_STORE", NULL),
		.registry = look_up ("CTR_IMAGE_REGISTRY", NULL),
		.data_home = look_up ("XDG_DATA_HOME", NULL),
		/* HTTP_PROXY in capitals may come from a request's header "Proxy", in a CGI program */
		.http_proxy = look_up ("http_proxy", NULL),
		.https_proxy = look_up ("https_proxy", "HTTPS_PROXY"),
		.no_proxy = look_up ("no_proxy", "NO_PROXY"),
		.runtime = look_up ("CTR_IMAGE_RUNTIME", NULL),
		.path = look_up ("PATH", NULL),
		.files = {
			.authfile = look_up ("REGISTRY_AUTH_FILE", NULL),
			.runtime_dir = look_up ("XDG_RUNTIME_DIR", NULL),
			.config_home = look_up ("XDG_CONFIG_HOME", NULL),
			.docker_config = look_up ("DOCKER_CONFIG", NULL),
			.home = look_up ("HOME", NULL),
		},
		.has_terminal = isatty (STDERR_FILENO),
	};
}

static const struct command *
find_command (const char *name)
{
	for (size_t i = 0; image_commands[i]; i++)
		if (str_equal (image_commands[i]->name, name))
			return image_commands[i];
	return NULL;
}

static int
check_arguments (const struct command *command, int n, struct error *err)
{
	if (n >= command->min_arguments && n <= command->max_arguments)
		return 0;
	return fail (err, 0, "%s: %s arguments; usage: ctr-image %s [OPTION...] %s", command->name,
		n < command->min_arguments ? "too few" : "too many", command->name,
		command->arguments);
}

/* Whatever lists the command line has filled. */
static void
free_lists (const struct option_row *rows, void *options)
{
	for (; rows->name; rows++)
		if (rows->kind == OPTION_LIST)
			option_list_done ((struct option_list *) ((char *) options + rows->offset));
}

static int
run_command (
	const struct command *command, const struct shared *shared, char **words, struct error *err)
{
	const struct option_set set = { command->options, command->stop_after };
	autofree void *options = xcalloc (1, command->options_size);
	struct userns userns = { 0 };
	struct buffer text = { 0 };
	bool help = false;
	int n;

	memcpy (options, shared, sizeof *shared);
	n = options_parse (&set, words, options, &help, err);
	if (n < 0)
		return -1;
	if (help) {
		add_command_help (command, &text);
		n = cmd_write (text.data, err);
		buffer_done (&text);
		return n;
	}
	if (check_arguments (command, n, err) < 0 ||
		(command->touches_layers &&
			userns_enter (shared->environment->path, &userns, err) < 0))
		return -1;
	((struct shared *) options)->userns = &userns;
	n = command->run (options, words, err);
	free_lists (command->options, options);
	return n;
}

static int
dispatch (char **argv, struct error *err)
{
	static const struct option_set set = { image_global_rows, 0 };
	struct log_settings log = { .level = LOG_LEVEL_WARNING };
	struct environment environment;
	struct global_options options = { 0 };
	struct shared shared = {
		.tls_verify = true, .jobs = DEFAULT_JOBS, .retry = DEFAULT_RETRIES
	};
	const struct command *command;
	bool help = false;
	int n = options_parse (&set, argv + 1, &options, &help, err);

	if (n < 0)
		return -1;
	if (options.debug)
		log.level = LOG_LEVEL_DEBUG;
	log_setup (&log);
	if (options.version || (n == 1 && str_equal (argv[1], "version")))
		return show (add_version, err);
	if (help || n == 0 || str_equal (argv[1], "help"))
		return show (add_help, err);
	command = find_command (argv[1]);
	if (!command)
		return fail (err, 0, "unknown command '%s': see `ctr-image --help`", argv[1]);
	read_environment (&environment);
	shared.environment = &environment;
	shared.store = options.store;
	return run_command (command, &shared, argv + 2, err);
}

int
main (int argc, char **argv)
{
	struct error err = { 0 };
	int status;

	/* every file is made with the mode that is meant */
	umask (0);
	status = dispatch (argv, &err);
	if (status < 0) {
		log_failure (err.text);
		return EXIT_FAILED;
	}
	log_finish ();
	return status;
}
