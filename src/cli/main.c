/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * main: the table of commands, the options before them, and what a failure looks like.
 */
#include "base/auto.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/manager.h"
#include "cli/command.h"
#include "container/criu.h"
#include "kernel/ns.h"
#include "kernel/seccomp.h"
#include "kernel/selfexe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_OF_ROOT "/run/davit"
#define SPEC_VERSION "1.3.0"

const struct command *const cli_commands[] = {
	&cmd_check,
#ifdef HAVE_CRIU
	&cmd_checkpoint,
#endif
	&cmd_completion,
	&cmd_create,
	&cmd_delete,
	&cmd_events,
	&cmd_exec,
	&cmd_features,
	&cmd_kill,
	&cmd_list,
	&cmd_manual,
	&cmd_mounts,
	&cmd_pause,
	&cmd_plan,
	&cmd_ps,
#ifdef HAVE_CRIU
	&cmd_restore,
#endif
	&cmd_resume,
	&cmd_run,
	&cmd_spec,
	&cmd_start,
	&cmd_state,
	&cmd_update,
	NULL,
};

struct global_options {
	const char *root, *log, *rootless, *criu;
	int log_format; /* a choice: 1 text, 2 json */
	int log_level; /* a choice: 1 error, 2 warning, 3 debug */
	int cgroup_manager; /* a choice: 1 cgroupfs, 2 systemd, 3 disabled */
	bool debug, systemd_cgroup, version;
};

const struct option_row cli_global_rows[] = {
	{ "root", NULL, STRING_INTO (struct global_options, root), "DIR",
		"where the containers' states are kept\n(default: " ROOT_OF_ROOT
		", or $XDG_RUNTIME_DIR/davit)" },
	{ "log", NULL, STRING_INTO (struct global_options, log), "FILE",
		"log to FILE (or syslog:NAME, journald:NAME)" },
	{ "log-format", NULL, CHOICE_INTO (struct global_options, log_format), "text|json",
		"how the log is written (default: text)" },
	{ "log-level", NULL, CHOICE_INTO (struct global_options, log_level), "error|warning|debug",
		"what is logged (default: warning)" },
	{ "debug", NULL, FLAG_INTO (struct global_options, debug), NULL,
		"the same as --log-level debug" },
	{ "systemd-cgroup", NULL, FLAG_INTO (struct global_options, systemd_cgroup), NULL,
		"the same as --cgroup-manager systemd" },
	{ "cgroup-manager", NULL, CHOICE_INTO (struct global_options, cgroup_manager),
		"cgroupfs|systemd|disabled", "who makes the control groups (default: cgroupfs)" },
	{ "rootless", NULL, STRING_INTO (struct global_options, rootless), "true|false|auto",
		"act as an ordinary user would (default: auto)" },
	{ "criu", NULL, STRING_INTO (struct global_options, criu), "PATH",
		"the CRIU that checkpoint and restore execute" },
	{ "version", "vV", FLAG_INTO (struct global_options, version), NULL,
		"show the version and what is built in" },
	{ 0 },
};

static void
add_version (struct buffer *text)
{
	unsigned int major, minor, micro;

	/* three lines of this form are what containerd's go-runc parses */
	buffer_printf (text, "davit version %s\ncommit: %s\nspec: %s\n", PACKAGE_VERSION,
		DAVIT_COMMIT, SPEC_VERSION);
	if (seccomp_is_built_in () && seccomp_library_version (&major, &minor, &micro))
		buffer_printf (text, "libseccomp: %u.%u.%u\n", major, minor, micro);
	buffer_printf (text, "%cSECCOMP %cSELINUX %cAPPARMOR %cSYSTEMD %cCRIU +YAJL%s\n",
		seccomp_is_built_in () ? '+' : '-',
#ifdef HAVE_SELINUX
		'+',
#else
		'-',
#endif
#ifdef HAVE_APPARMOR
		'+',
#else
		'-',
#endif
		cgroup_capabilities.systemd ? '+' : '-', criu_is_built_in () ? '+' : '-',
#ifdef DAVIT_SANITIZERS
		" +SANITIZERS"
#else
		""
#endif
	);
}

static void
add_help (struct buffer *text)
{
	buffer_add_text (text, "usage: davit [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\n"
			       "Starts and manages containers from OCI bundles.\n\ncommands:\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		size_t line = text->size;

		if (cli_commands[i]->is_hidden)
			continue;
		buffer_printf (text, "  %s", cli_commands[i]->name);
		buffer_pad (text, line + 14);
		buffer_printf (text, "%s\n", cli_commands[i]->summary);
	}
	buffer_add_text (text, "\noptions:\n");
	options_print_help (cli_global_rows, text);
	buffer_add_text (text, "\n`davit COMMAND --help` tells more of a command.\n");
}

static void
add_command_help (const struct command *command, struct buffer *text)
{
	buffer_printf (text, "usage: davit %s [OPTION...]%s%s\n\n%c%s.\n", command->name,
		*command->arguments ? " " : "", command->arguments, command->summary[0] - 'a' + 'A',
		command->summary + 1);
	if (command->details)
		buffer_printf (text, "%s\n", command->details);
	buffer_add_text (text, "\noptions:\n");
	options_print_help (command->options, text);
}

static const struct command *
find_command (const char *name)
{
	for (size_t i = 0; cli_commands[i]; i++)
		if (str_equal (cli_commands[i]->name, name))
			return cli_commands[i];
	return NULL;
}

static int
show_version (struct error *err)
{
	struct buffer text = { 0 };
	int r;

	add_version (&text);
	r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

/* `davit help`, `davit help COMMAND` */
static int
show_help (char *const *words, struct error *err)
{
	const struct command *command = words[0] ? find_command (words[0]) : NULL;
	struct buffer text = { 0 };
	int r;

	if (words[0] && !command)
		return fail (err, 0, "unknown command '%s': see `davit --help`", words[0]);
	if (command)
		add_command_help (command, &text);
	else
		add_help (&text);
	r = cli_write (text.data, err);
	buffer_done (&text);
	return r;
}

/* crun under these names runs containers in a virtual machine, or as WebAssembly. Who calls us so must
 * not get something else without being told. */
static int
refuse_handler_name (const char *program, struct error *err)
{
	const char *slash = program ? strrchr (program, '/') : NULL;
	const char *name = slash ? slash + 1 : program;

	if (!name || !(str_equal (name, "krun") || str_starts (name, "crun-")))
		return 0;
	return fail (err, 0, "called as '%s': this build has no handler for that", name);
}

static int
fail_unknown (const char *name, struct error *err)
{
	if (!criu_is_built_in () && (str_equal (name, "checkpoint") || str_equal (name, "restore")))
		return fail (err, 0, "%s: not in this build of davit (--without-criu)", name);
	return fail (err, 0, "unknown command '%s': see `davit --help`", name);
}

static int
resolve_privilege (const char *rootless, bool *out, struct error *err)
{
	bool is_rootless;

	if (!rootless || str_equal (rootless, "auto")) {
		*out = geteuid () == 0 && ns_is_initial_user ();
		return 0;
	}
	if (!str_to_truth (rootless, &is_rootless))
		return fail (err, 0, "--rootless takes true, false or auto, not '%s'", rootless);
	*out = !is_rootless;
	return 0;
}

/* root of a user namespace that a user with a runtime directory of his own has made is that user */
static const char *
default_root (void)
{
	const char *runtime = getenv ("XDG_RUNTIME_DIR");
	const char *user = getenv ("USER");

	if (geteuid () == 0 &&
		(ns_is_initial_user () || !runtime || (user && str_equal (user, "root"))))
		return xstrdup (ROOT_OF_ROOT);
	if (runtime && *runtime == '/')
		return xasprintf ("%s/davit", runtime);
	return xasprintf ("/tmp/davit-%u", geteuid ());
}

/* Relative ones are meant from here, whatever becomes of the working directory. */
static int
resolve_root (const char *root, struct globals *out, struct error *err)
{
	autofree char *here = NULL;
	size_t n;
	char *path;

	out->root_is_default = !root;
	if (!root) {
		out->root = default_root ();
		return 0;
	}
	if (*root != '/') {
		here = getcwd (NULL, 0);
		if (!here)
			return fail (err, errno, "look up the current directory");
	}
	path = here ? xasprintf ("%s/%s", here, root) : xstrdup (root);
	for (n = strlen (path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	out->root = path;
	if (!*root || str_equal (path, "/"))
		return fail (err, 0,
			"--root '%s' can't hold containers: name a directory of its own", root);
	return 0;
}

static int
resolve_globals (const struct global_options *options, struct globals *out, struct error *err)
{
	if (resolve_root (options->root, out, err) < 0 ||
		resolve_privilege (options->rootless, &out->privileged, err) < 0)
		return -1;
	out->criu = options->criu;
	out->debug = options->debug || options->log_level == 3;
	out->buses = (struct bus_places){
		.system_bus = getenv ("DBUS_SYSTEM_BUS_ADDRESS"),
		.user_bus = getenv ("DBUS_SESSION_BUS_ADDRESS"),
		.runtime_directory = getenv ("XDG_RUNTIME_DIR"),
	};
	/* an engine that is told of systemd may still want one container without control groups */
	out->driver = options->cgroup_manager == 3				? CGROUP_DISABLED
		      : options->systemd_cgroup || options->cgroup_manager == 2 ? CGROUP_SYSTEMD
										: CGROUP_CGROUPFS;
	if (out->driver == CGROUP_SYSTEMD && !cgroup_capabilities.systemd)
		return fail (err, 0,
			"--systemd-cgroup: the systemd cgroup driver is not in this build of davit");
	return 0;
}

static void
set_up_log (const struct global_options *options)
{
	bool level_is_given = options->debug || options->log_level;
	bool is_elsewhere =
		options->log && *options->log; /* "" is as if it were not there, as runc has it */
	struct log_settings settings = {
		.destination = is_elsewhere ? options->log : NULL,
		.json = options->log_format == 2,
		.level = options->debug || options->log_level == 3 ? LOG_LEVEL_DEBUG
			 : options->log_level == 1		   ? LOG_LEVEL_ERROR
								   : LOG_LEVEL_WARNING,
		/* so that a JSON log that Podman reads holds one object */
		.hold_warnings = is_elsewhere && options->log_format == 2 && !level_is_given,
	};

	log_setup (&settings);
}

static int
check_arguments (const struct command *command, int n, struct error *err)
{
	if (n >= command->min_arguments && n <= command->max_arguments)
		return 0;
	return fail (err, 0, "%s: %s arguments; usage: davit %s [OPTION...]%s%s", command->name,
		n < command->min_arguments ? "too few" : "too many", command->name,
		*command->arguments ? " " : "", command->arguments);
}

static int
run_command (const struct command *command, const struct globals *globals, char **words,
	struct error *err)
{
	const struct option_set set = { command->options, command->stop_after };
	autofree void *options = xcalloc (1, command->options_size + 1);
	struct buffer text = { 0 };
	bool help = false;
	int n = options_parse (&set, words, options, &help, err);

	if (n < 0)
		return -1;
	if (help) {
		add_command_help (command, &text);
		n = cli_write (text.data, err);
		buffer_done (&text);
		return n;
	}
	if (check_arguments (command, n, err) < 0)
		return -1;
	return command->run (globals, options, words, err);
}

/* Before anything of importance is open: it may execute davit again. */
static int
protect_executable (const struct command *command, char **argv, struct error *err)
{
	return command->enters_container ? selfexe_protect (argv, err) : 0;
}

static int
dispatch (char **argv, int *out_failure_status, struct error *err)
{
	static const struct option_set set = { cli_global_rows, 0 };
	struct global_options options = { 0 };
	struct globals globals = { 0 };
	const struct command *command;
	autofree char **words = NULL;
	bool help = false;
	size_t n_words = 0;
	int n;

	while (argv[n_words])
		n_words++;
	words = xcalloc (n_words + 1, sizeof *words);
	memcpy (words, argv + 1, (n_words > 0 ? n_words - 1 : 0) * sizeof *words);
	n = options_parse (&set, words, &options, &help, err);
	if (n < 0)
		return -1;
	set_up_log (&options);
	if (options.version || (n == 1 && str_equal (words[0], "version")))
		return show_version (err);
	if (help || n == 0)
		return show_help (&words[n], err);
	if (str_equal (words[0], "help") || str_equal (words[0], "h"))
		return show_help (words + 1, err);
	if (refuse_handler_name (argv[0], err) < 0)
		return -1;
	command = find_command (words[0]);
	if (!command)
		return fail_unknown (words[0], err);
	log_debug ("davit %s (%s): %s", PACKAGE_VERSION, DAVIT_COMMIT, command->name);
	if (command->failure_status)
		*out_failure_status = command->failure_status;
	if (protect_executable (command, argv, err) < 0)
		return -1;
	n = resolve_globals (&options, &globals, err);
	if (n == 0)
		n = run_command (command, &globals, words + 1, err);
	free ((char *) globals.root);
	return n;
}

/* A standard stream that the caller has closed would be filled with the next thing that is opened, and
 * so reach the container. */
static int
fill_standard_streams (struct error *err)
{
	struct pollfd fds[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll (fds, 3, 0) <= 0)
		return 0;
	for (int fd = 0; fd < 3; fd++)
		if (fds[fd].revents & POLLNVAL && open ("/dev/null", O_RDWR) != fd)
			return fail (err, errno, "open '/dev/null' in place of a closed stream");
	return 0;
}

int
main (int argc, char **argv)
{
	struct error err = { 0 };
	int failure_status = EXIT_FAILED;
	int status = fill_standard_streams (&err);

	if (status == 0)
		status = dispatch (argv, &failure_status, &err);

	if (status < 0) {
		log_failure (err.text);
		return failure_status;
	}
	log_finish ();
	return status;
}
