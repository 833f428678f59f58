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
find_bundle_path (const struct run_command_options *run, const struct store *store, const char *id,
	char **out, struct error *err)
{
	autofree char *parent = NULL;

	if (run->bundle_path)
		return cmd_absolute_path (run->bundle_path, out, err);
	parent = xasprintf ("%s/run", store->path);
	if (mkdir (parent, 0700) < 0 && errno != EEXIST)
		return fail (err, errno, "make '%s'", parent);
	*out = xasprintf ("%s/%s", parent, id);
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

static int
make_bundle (struct run_command_options *run, char **arguments, const char *id, char **out_path,
	struct error *err)
{
	AUTO (store_close) struct store store = { .fd = -1, .lock = -1 };
	AUTO (image_done) struct image image = { 0 };
	struct cmd_bundle_input input = {
		.store = &store,
		.image = &image,
		.name = arguments[0],
		.args = (const char *const *) arguments + 1,
		.n_args = count (arguments + 1),
	};

	if (cmd_bundle_begin (&run->bundle, err) < 0 ||
		cmd_open_store (&run->bundle.shared, STORE_WRITE, &store, err) < 0 ||
		cmd_get_image (&run->bundle.shared, &store, arguments[0],
			cmd_pull_when (&run->bundle), &image, err) < 0 ||
		find_bundle_path (run, &store, id, out_path, err) < 0)
		return -1;
	input.path = *out_path;
	return cmd_bundle_make (&run->bundle, &input, err);
}

static int
run (void *data, char **arguments, struct error *err)
{
	struct run_command_options *command = data;
	autofree char *id = command->name ? xstrdup (command->name) : make_up_id ();
	autofree const char **words = NULL;
	autofree char *path = NULL;
	struct error ignored;
	int status;

	if (strchr (id, '/') || *id == '.')
		return fail (err, 0, "'%s' is no id", id);
	/* the store is closed by then: nobody who prunes has to wait for the container */
	if (make_bundle (command, arguments, id, &path, err) < 0)
		return -1;
	words = runtime_words (command, path, id);
	status = run_runtime (words, err);
	if (!command->rm)
		return status;
	if (bundle_remove (path, status < 0 ? &ignored : err) < 0)
		return -1;
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
	.touches_layers = true,
	.run = run,
};
