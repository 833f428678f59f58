/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "launch/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static char directory[] = "/tmp/davit-hooks-XXXXXX";

static char *
shell (const char *script, int timeout, struct hook_plan *out)
{
	static char *args[8][4];
	static size_t next;
	char **a = args[next++ % 8];

	a[0] = (char *) "sh";
	a[1] = (char *) "-c";
	a[2] = (char *) script;
	a[3] = NULL;
	*out = (struct hook_plan){ .at = "config.json:7: /hooks/prestart/0",
		.path = "/bin/sh",
		.args = a,
		.timeout = timeout };
	return a[2];
}

static const struct hook_surroundings quiet = { .interrupt_fd = -1, .outputs = NO_HOOK_OUTPUTS };

static int
run_script (const char *script, int timeout, const char *state_json, struct error *err)
{
	struct hook_plan hook;
	struct hooks hooks = { .entries = &hook, .n = 1 };

	shell (script, timeout, &hook);
	return hooks_run (&hooks, HOOK_PRESTART, state_json, &quiet, err);
}

static void
test_the_state_comes_on_standard_input (void **state)
{
	struct error err;

	assert_int_equal (
		run_script ("test \"$(cat)\" = '{\"id\":\"x\"}'", 0, "{\"id\":\"x\"}", &err), 0);
	assert_int_equal (run_script ("test \"$(cat)\" = '{\"id\":\"x\"}'", 0, "{}", &err), -1);
}

static void
test_hooks_run_in_order_and_stop_at_the_first_failure (void **state)
{
	struct hook_plan plan[3];
	struct hooks hooks = { .entries = plan, .n = 3 };
	char first[200], third[200], path[100];
	struct error err;

	snprintf (path, sizeof path, "%s/order", directory);
	snprintf (first, sizeof first, "echo 1 >> %s", path);
	snprintf (third, sizeof third, "echo 3 >> %s", path);
	shell (first, 0, &plan[0]);
	shell ("exit 3", 0, &plan[1]);
	shell (third, 0, &plan[2]);
	assert_int_equal (hooks_run (&hooks, HOOK_PRESTART, "{}", &quiet, &err), -1);
	assert_non_null (strstr (err.text, "exit status 3"));
	struct stat st;
	assert_int_equal (stat (path, &st), 0);
	assert_int_equal (st.st_size, 2);
	hooks_run_all (&hooks, HOOK_POSTSTOP, "{}", &quiet);
	assert_int_equal (stat (path, &st), 0);
	assert_int_equal (st.st_size, 6);
	unlink (path);
}

static void
test_the_error_names_line_path_status_and_what_was_said (void **state)
{
	struct error err;

	assert_int_equal (run_script ("echo no device >&2; exit 9", 0, "{}", &err), -1);
	assert_string_equal (err.text,
		"config.json:7: /hooks/prestart/0: prestart hook '/bin/sh': exit status 9: no device");
	assert_int_equal (run_script ("kill -9 $$", 0, "{}", &err), -1);
	assert_non_null (strstr (err.text, "killed by signal 9"));
}

static void
test_only_the_end_of_a_long_output_is_kept (void **state)
{
	struct error err;

	assert_int_equal (
		run_script ("i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; exit 1",
			0, "{}", &err),
		-1);
	assert_non_null (strstr (err.text, "line 4999"));
	assert_null (strstr (err.text, "line 1 "));
}

static void
test_a_hook_that_is_missing_is_an_error (void **state)
{
	char *args[] = { (char *) "/no/such/hook", NULL };
	struct hook_plan hook = { .path = "/no/such/hook", .args = args };
	struct hooks hooks = { .entries = &hook, .n = 1 };
	struct error err;

	assert_int_equal (hooks_run (&hooks, HOOK_POSTSTART, "{}", &quiet, &err), -1);
	assert_non_null (strstr (err.text, "/no/such/hook"));
	/* the words that engines take for a missing command of the user's */
	assert_null (strcasestr (err.text, "no such file or directory"));
}

static void
test_a_hook_is_killed_at_its_timeout (void **state)
{
	time_t begin = time (NULL);
	struct error err;

	assert_int_equal (run_script ("sleep 60", 1, "{}", &err), -1);
	assert_non_null (strstr (err.text, "timeout of 1 s"));
	assert_true (time (NULL) - begin < 20);
}

/* More than a pipe holds, to a hook that does not read: neither a hang nor SIGPIPE. */
static void
test_a_hook_need_not_read_its_state (void **state)
{
	size_t size = 1 << 20;
	autofree char *large = malloc (size);
	struct error err;

	memset (large, ' ', size - 1);
	large[size - 1] = '\0';
	assert_int_equal (run_script ("exit 0", 0, large, &err), 0);
	assert_int_equal (run_script ("exec <&-; sleep 0.1; exit 0", 0, large, &err), 0);
	assert_int_equal (run_script ("test $(wc -c) = 1048575", 0, large, &err), 0);
}

/* A run blocks SIGPIPE; one that waits would kill when the mask is set back, or go to the program. */
static void
test_a_hook_that_does_not_read_leaves_no_signal_behind (void **state)
{
	static char large[1 << 20];
	sigset_t blocked, before, pending;
	struct error err;

	memset (large, ' ', sizeof large - 1);
	sigemptyset (&blocked);
	sigaddset (&blocked, SIGPIPE);
	sigprocmask (SIG_BLOCK, &blocked, &before);
	assert_int_equal (run_script ("exit 0", 0, large, &err), 0);
	assert_int_equal (sigpending (&pending), 0);
	assert_false (sigismember (&pending, SIGPIPE));
	sigprocmask (SIG_SETMASK, &before, NULL);
}

static void
test_the_environment_is_the_configs (void **state)
{
	char *only[] = { (char *) "A=b", NULL };
	char *none[] = { NULL };
	struct hook_plan hook;
	struct hooks hooks = { .entries = &hook, .n = 1 };
	struct error err;

	setenv ("DAVIT_TEST", "yes", 1);
	shell ("test \"$A\" = b && test -z \"$DAVIT_TEST\"", 0, &hook);
	hook.env = only;
	assert_int_equal (hooks_run (&hooks, HOOK_PRESTART, "{}", &quiet, &err), 0);
	shell ("test -z \"$A$DAVIT_TEST\"", 0, &hook);
	hook.env = none;
	assert_int_equal (hooks_run (&hooks, HOOK_PRESTART, "{}", &quiet, &err), 0);
	shell ("test \"$DAVIT_TEST\" = yes", 0, &hook);
	assert_int_equal (hooks_run (&hooks, HOOK_PRESTART, "{}", &quiet, &err), 0);
}

static int
make_directory (void **state)
{
	return mkdtemp (directory) ? 0 : -1;
}

static int
remove_directory (void **state)
{
	return rmdir (directory);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_the_state_comes_on_standard_input),
		cmocka_unit_test (test_hooks_run_in_order_and_stop_at_the_first_failure),
		cmocka_unit_test (test_the_error_names_line_path_status_and_what_was_said),
		cmocka_unit_test (test_only_the_end_of_a_long_output_is_kept),
		cmocka_unit_test (test_a_hook_that_is_missing_is_an_error),
		cmocka_unit_test (test_a_hook_is_killed_at_its_timeout),
		cmocka_unit_test (test_a_hook_need_not_read_its_state),
		cmocka_unit_test (test_a_hook_that_does_not_read_leaves_no_signal_behind),
		cmocka_unit_test (test_the_environment_is_the_configs),
	};

	return cmocka_run_group_tests (tests, make_directory, remove_directory);
}
