/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * run: a bundle, and the runtime on it.
 */
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/cmd_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_RUNTIME "davit"
#define EXIT_SIGNALLED 128

struct run_command_options {
	struct bundle_options bundle;
	const char *name, *runtime, *runtime_root, *bundle_path;
	struct option_list runtime_args;
	bool rm;
};

static const struct option_row options[] = {
	BUNDLE_ROWS (run_command_options),
	{ "name", NULL, STRING_INTO (struct run_command_options, name), "ID",
		"the container's id (default: made up)" },
	{ "bundle", "b", STRING_INTO (struct run_command_options, bundle_path), "DIR",
		"where the bundle is made (default: in the store)" },
	{ "runtime", NULL, STRING_INTO (struct run_command_options, runtime), "PROGRAM",
		"what runs it (default: $CTR_IMAGE_RUNTIME, or davit)" },
	{ "runtime-root", NULL, STRING_INTO (struct run_command_options, runtime_root), "DIR",
		"where the runtime keeps its containers: its --root\n(default: its own)" },
	{ "runtime-arg", NULL, LIST_INTO (struct run_command_options, runtime_args), "WORD",
		"a word for the runtime before its `run`: --runtime-arg=--systemd-cgroup" },
	{ "rm", NULL, FLAG_INTO (struct run_command_options, rm), NULL,
		"remove the bundle afterwards" },
	{ 0 },
};

static int
find_bundle_path (
	const struct run_command_options *run, const char *id, char **out, struct error *err)
{
	autofree char *store = NULL;

	if (run->bundle_path)
		return cmd_absolute_path (run->bundle_path, out, err);
	if (cmd_store_path (&run->bundle.shared, &store, err) < 0)
		return -1;
	*out = xasprintf ("%s/run/%s", store, id);
	return 0;
}

static char *
make_up_id (void)
{
	unsigned char random[6];
	autofd fd = open ("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read (fd, random, sizeof random) != sizeof random)
		return xasprintf ("ctr-%d", (int) getpid ());
	return xasprintf ("ctr-%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2],
		random[3], random[4], random[5]);
}

/* The runtime is in the foreground: what comes from the terminal is for it. */
static void
ignore_signals (void (*handler) (int))
{
	signal (SIGINT, handler);
	signal (SIGQUIT, handler);
}

static volatile sig_atomic_t runtime_pid;

static void
pass_on (int number)
{
	if (runtime_pid > 0)
		kill ((pid_t) runtime_pid, number);
}

static const char *
find_runtime (const struct run_command_options *run)
{
	const char *configured = run->bundle.shared.environment->runtime;

	return run->runtime ? run->runtime : configured ? configured : DEFAULT_RUNTIME;
}

/* RUNTIME [--root DIR] [WORD...] run --bundle PATH ID; the caller frees the array. */
static const char **
runtime_words (const struct run_command_options *run, const char *path, const char *id)
{
	const struct option_list *extra = &run->runtime_args;
	const char *const tail[] = { "run", "--bundle", path, id };
	const char **words = xcalloc (3 + extra->n + ARRAY_SIZE (tail) + 1, sizeof *words);
	size_t n = 0;

	words[n++] = find_runtime (run);
	if (run->runtime_root) {
		words[n++] = "--root";
		words[n++] = run->runtime_root;
	}
	for (size_t i = 0; i < extra->n; i++)
		words[n++] = extra->values[i];
	memcpy (words + n, tail, sizeof tail);
	return words;
}

/* Returns the runtime's exit status. */
static int
run_runtime (const char *const *words, struct error *err)
{
	int status;
	pid_t pid = fork ();

	if (pid < 0)
		return fail (err, errno, "fork");
	if (pid == 0) {
		/* the usual one: this one has been cleared for the files of the layers */
		umask (022);
		execvp (words[0], (char *const *) words);
		fprintf (stderr, "execute '%s': %s\n", words[0], error_errno_text (errno));
		_exit (127);
	}
	runtime_pid = pid;
	ignore_signals (SIG_IGN);
	signal (SIGTERM, pass_on);
	signal (SIGHUP, pass_on);
	while (waitpid (pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail (err, errno, "wait for '%s'", words[0]);
	signal (SIGTERM, SIG_DFL);
	signal (SIGHUP, SIG_DFL);
	ignore_signals (SIG_DFL);
	return WIFEXITED (status) ? WEXITSTATUS (status) : EXIT_SIGNALLED + WTERMSIG (status);
}

static size_t
count (char **words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

struct job {
	struct run_command_options *command;
	char **arguments;
	char *path; /* owned; of the bundle */
};

static int
make_bundle (void *data, const struct userns *ns, struct error *err)
{
	struct job *job = data;
	struct run_command_options *run = job->command;
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (image_done) struct image image = { 0 };
	struct cmd_bundle_input input = {
		.store = &store,
		.image = &image,
		.name = job->arguments[0],
		.path = job->path,
		.args = (const char *const *) job->arguments + 1,
		.n_args = count (job->arguments + 1),
	};

	run->bundle.shared.userns = ns;
	if (cmd_bundle_begin (&run->bundle, err) < 0 ||
		cmd_open_store (&run->bundle.shared, STORE_WRITE, &store, err) < 0 ||
		cmd_get_image (&run->bundle.shared, &store, job->arguments[0],
			cmd_pull_when (&run->bundle), &image, err) < 0)
		return -1;
	if (!run->bundle_path && mkdirat (store.fd, "run", 0700) < 0 && errno != EEXIST)
		return fail (err, errno, "make '%s/run'", store.path);
	return cmd_bundle_make (&run->bundle, &input, err);
}

static int
remove_bundle (void *data, const struct userns *ns, struct error *err)
{
	return bundle_remove (((struct job *) data)->path, err);
}

/* Only what is the layers' takes a user namespace; the runtime makes its own. */
static int
run_job (struct job *job, const char *id, struct error *err)
{
	const char *path = job->command->bundle.shared.environment->path;
	autofree const char **words = NULL;
	struct error ignored;
	int status;

	/* the store is closed by then: nobody who prunes has to wait for the container */
	if (userns_do (path, make_bundle, job, err) < 0)
		return -1;
	words = runtime_words (job->command, job->path, id);
	status = run_runtime (words, err);
	if (job->command->rm &&
		userns_do (path, remove_bundle, job, status < 0 ? &ignored : err) < 0)
		return -1;
	return status;
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct run_command_options *command = data;
	autofree char *id = command->name ? xstrdup (command->name) : make_up_id ();
	struct job job = { .command = command, .arguments = arguments };
	int status;

	if (strchr (id, '/') || *id == '.')
		return fail (err, 0, "'%s' is no id", id);
	if (find_bundle_path (command, id, &job.path, err) < 0)
		return -1;
	status = run_job (&job, id, err);
	free (job.path);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.arguments = "REF [ARGUMENT...]",
	.summary = "make a bundle of an image and run it",
	.details = "The arguments take the place of the image's Cmd. Exits as the runtime does.",
	.options = options,
	.options_size = sizeof (struct run_command_options),
	.stop_after = 1,
	.min_arguments = 1,
	.max_arguments = INT_MAX,
	.run = run,
};
