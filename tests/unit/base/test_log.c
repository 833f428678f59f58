/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NOW "2026-11-24T04:48:21Z"

/* A directory of its own for each test, with the log in it, and standard error caught in a file. */
struct caught {
	char directory[64];
	char *log;
	char *stderr_file;
	int real_stderr;
};

static int
catch_output (void **state)
{
	struct caught *caught = xcalloc (1, sizeof *caught);
	int fd;

	strcpy (caught->directory, "/tmp/davit-log.XXXXXX");
	assert_non_null (mkdtemp (caught->directory));
	caught->log = xasprintf ("%s/log", caught->directory);
	caught->stderr_file = xasprintf ("%s/stderr", caught->directory);
	caught->real_stderr = dup (STDERR_FILENO);
	fd = open (caught->stderr_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true (fd >= 0 && caught->real_stderr >= 0);
	dup2 (fd, STDERR_FILENO);
	close (fd);
	*state = caught;
	return 0;
}

static int
release_output (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ .level = LOG_LEVEL_WARNING });
	dup2 (caught->real_stderr, STDERR_FILENO);
	close (caught->real_stderr);
	unlink (caught->log);
	unlink (caught->stderr_file);
	rmdir (caught->directory);
	free (caught->log);
	free (caught->stderr_file);
	free (caught);
	return 0;
}

/* The file's text with each time replaced by TIME; "(none)" when it does not exist. */
static char *
contents (const char *path)
{
	struct error err;
	char *text, *p;

	if (fd_read_file (AT_FDCWD, path, 1 << 20, &text, NULL, &err) < 0)
		return xstrdup ("(none)");
	for (p = text; (p = strstr (p, "\"20")); p += 6) {
		assert_true (strlen (p) > 22 && p[5] == '-' && p[11] == 'T' && p[20] == 'Z');
		memcpy (p + 1, "TIME", 4);
		memmove (p + 5, p + 21, strlen (p + 21) + 1);
	}
	return text;
}

static void
assert_file (const char *path, const char *wanted)
{
	autofree char *text = contents (path);

	assert_string_equal (text, wanted);
}

static void
test_an_entry_is_one_line_that_engines_can_parse (void **state)
{
	AUTO (buffer_done) struct buffer out = { 0 };

	log_format_entry (&out, true, LOG_LEVEL_ERROR, "a \"b\"\n\xff", NOW);
	log_format_entry (&out, false, LOG_LEVEL_WARNING, "a \"b\"\n", NOW);
	assert_string_equal (out.data,
		"{\"level\":\"error\",\"msg\":\"a \\\"b\\\"\\n\xef\xbf\xbd\",\"time\":\"" NOW
		"\"}\n"
		"time=\"" NOW "\" level=warning msg=\"a \\\"b\\\"\\n\"\n");
}

static void
test_the_journal_gets_the_message_with_its_length (void **state)
{
	AUTO (buffer_done) struct buffer out = { 0 };
	static const char wanted[] = "PRIORITY=3\nSYSLOG_IDENTIFIER=me\nMESSAGE\n"
				     "\5\0\0\0\0\0\0\0ab\ncd\n";

	log_format_journal (&out, LOG_LEVEL_ERROR, "ab\ncd", "me");
	assert_int_equal (out.size, sizeof wanted - 1);
	assert_memory_equal (out.data, wanted, out.size);
}

static void
test_a_failure_goes_to_the_log_and_plain_to_stderr (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ caught->log, true, LOG_LEVEL_WARNING, true });
	log_failure ("it broke");
	assert_file (caught->log, "{\"level\":\"error\",\"msg\":\"it broke\",\"time\":\"TIME\"}\n");
	assert_file (caught->stderr_file, "it broke\n");
}

static void
test_a_json_log_of_a_failure_is_one_object (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ caught->log, true, LOG_LEVEL_WARNING, true });
	log_warning ("unknown %s", "thing");
	log_failure ("it broke");
	assert_file (caught->log, "{\"level\":\"error\",\"msg\":\"it broke\",\"time\":\"TIME\"}\n");
	assert_file (caught->stderr_file, "it broke\n");
}

static void
test_warnings_are_logged_when_it_went_well (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ caught->log, true, LOG_LEVEL_WARNING, true });
	log_warning ("one");
	log_warning ("two");
	assert_file (caught->log, "(none)");
	log_finish ();
	log_finish ();
	assert_file (caught->log, "{\"level\":\"warning\",\"msg\":\"one\",\"time\":\"TIME\"}\n"
				  "{\"level\":\"warning\",\"msg\":\"two\",\"time\":\"TIME\"}\n");
	assert_file (caught->stderr_file, "");
}

static void
test_a_text_log_takes_everything_in_order (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ caught->log, false, LOG_LEVEL_DEBUG, false });
	log_debug ("start");
	log_warning ("hm");
	log_failure ("it broke");
	assert_file (caught->log, "time=\"TIME\" level=debug msg=\"start\"\n"
				  "time=\"TIME\" level=warning msg=\"hm\"\n"
				  "time=\"TIME\" level=error msg=\"it broke\"\n");
	assert_file (caught->stderr_file, "it broke\n");
}

static void
test_without_a_log_file_stderr_takes_all (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ NULL, false, LOG_LEVEL_WARNING, false });
	log_debug ("start");
	log_warning ("hm");
	log_failure ("it broke");
	assert_file (caught->stderr_file, "warning: hm\nit broke\n");
}

static void
test_a_message_can_not_play_with_the_terminal (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ .level = LOG_LEVEL_WARNING });
	log_failure ("open 'a\x1b[2Jb\x7f': gone\n\tsee gr\xc3\xbc\xc3\x9f");
	assert_file (caught->stderr_file, "open 'a?[2Jb?': gone\n\tsee gr\xc3\xbc\xc3\x9f\n");
}

static void
test_json_to_stderr_is_json_only (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ NULL, true, LOG_LEVEL_ERROR, false });
	log_warning ("hm");
	log_failure ("it broke");
	assert_file (caught->stderr_file,
		"{\"level\":\"error\",\"msg\":\"it broke\",\"time\":\"TIME\"}\n");
}

static void
test_nothing_is_made_without_need (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ caught->log, false, LOG_LEVEL_WARNING, false });
	log_debug ("start");
	log_finish ();
	assert_file (caught->log, "(none)");
}

static void
test_the_log_is_appended_to (void **state)
{
	struct caught *caught = *state;
	autofree char *name = xasprintf ("file:%s", caught->log);

	log_setup (&(struct log_settings){ name, false, LOG_LEVEL_WARNING, false });
	log_warning ("one");
	log_setup (&(struct log_settings){ caught->log, false, LOG_LEVEL_WARNING, false });
	log_warning ("two");
	assert_file (caught->log,
		"time=\"TIME\" level=warning msg=\"one\"\ntime=\"TIME\" level=warning msg=\"two\"\n");
}

static void
test_a_relative_log_stays_where_it_was_meant (void **state)
{
	struct caught *caught = *state;
	autofree char *before = getcwd (NULL, 0);

	assert_int_equal (chdir (caught->directory), 0);
	log_setup (&(struct log_settings){ "log", false, LOG_LEVEL_WARNING, false });
	assert_int_equal (chdir ("/"), 0);
	log_warning ("one");
	assert_int_equal (chdir (before), 0);
	assert_file (caught->log, "time=\"TIME\" level=warning msg=\"one\"\n");
}

static void
test_a_log_that_cannot_be_opened_is_said_once (void **state)
{
	struct caught *caught = *state;

	log_setup (&(struct log_settings){ "/nowhere/log", false, LOG_LEVEL_WARNING, false });
	log_warning ("one");
	log_warning ("two");
	log_failure ("it broke");
	assert_file (caught->stderr_file, "open the log '/nowhere/log': no such file\nit broke\n");
}

static void
test_a_reader_that_is_gone_does_not_kill (void **state)
{
	sigset_t blocked, before, pending;
	struct sigaction now;
	int fds[2];

	assert_int_equal (pipe (fds), 0);
	close (fds[0]);
	dup2 (fds[1], STDERR_FILENO);
	close (fds[1]);
	log_setup (&(struct log_settings){ .level = LOG_LEVEL_WARNING });
	log_warning ("nobody reads this");
	assert_int_equal (sigaction (SIGPIPE, NULL, &now), 0);
	assert_true (now.sa_handler == SIG_DFL);
	/* nor later, when the signal is let through again */
	sigemptyset (&blocked);
	sigaddset (&blocked, SIGPIPE);
	sigprocmask (SIG_BLOCK, &blocked, &before);
	log_warning ("nor this");
	assert_int_equal (sigpending (&pending), 0);
	assert_false (sigismember (&pending, SIGPIPE));
	sigprocmask (SIG_SETMASK, &before, NULL);
}

#define CAUGHT(test) cmocka_unit_test_setup_teardown (test, catch_output, release_output)

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_an_entry_is_one_line_that_engines_can_parse),
		cmocka_unit_test (test_the_journal_gets_the_message_with_its_length),
		CAUGHT (test_a_failure_goes_to_the_log_and_plain_to_stderr),
		CAUGHT (test_a_json_log_of_a_failure_is_one_object),
		CAUGHT (test_warnings_are_logged_when_it_went_well),
		CAUGHT (test_a_text_log_takes_everything_in_order),
		CAUGHT (test_without_a_log_file_stderr_takes_all),
		CAUGHT (test_a_message_can_not_play_with_the_terminal),
		CAUGHT (test_json_to_stderr_is_json_only),
		CAUGHT (test_nothing_is_made_without_need),
		CAUGHT (test_the_log_is_appended_to),
		CAUGHT (test_a_relative_log_stays_where_it_was_meant),
		CAUGHT (test_a_log_that_cannot_be_opened_is_said_once),
		CAUGHT (test_a_reader_that_is_gone_does_not_kill),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
