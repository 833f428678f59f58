/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "base/auto.h"
#include "launch/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
	struct channel parent, init;
};

static struct pair
pair_make (void)
{
	int fds[2];

	assert_int_equal (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	return (struct pair){
		.parent = { ACTOR_PARENT, fds[0], -1, -1 },
		.init = { ACTOR_INIT, fds[1], -1, -1 },
	};
}

static void
pair_free (struct pair *pair)
{
	close (pair->parent.socket);
	close (pair->init.socket);
}

static void
test_a_message_arrives_with_pid_and_fds (void **state)
{
	struct pair pair = pair_make ();
	struct message sent = {
		.kind = MESSAGE_CGROUP_READY, .pid = 4711, .fds = { 0, 1 }, .n_fds = 2
	};
	struct message got;
	struct error err;

	assert_int_equal (message_send (&pair.parent, &sent, &err), 0);
	assert_int_equal (message_expect (&pair.init, MESSAGE_CGROUP_READY, &got, &err), 0);
	assert_int_equal (got.pid, 4711);
	assert_int_equal (got.n_fds, 2);
	assert_true (fcntl (got.fds[0], F_GETFD) == FD_CLOEXEC);
	message_close_fds (&got);
	assert_int_equal (got.n_fds, 0);
	pair_free (&pair);
}

static void
test_a_failure_becomes_the_error_of_who_waits (void **state)
{
	struct pair pair = pair_make ();
	struct message got;
	struct error failure, err;

	fail (&failure, EACCES, "mount '/x'");
	message_send_failure (&pair.init, &failure);
	assert_int_equal (message_expect (&pair.parent, MESSAGE_READY, &got, &err), -1);
	assert_string_equal (err.text, "mount '/x': Permission denied");
	assert_int_equal (err.code, EACCES);
	pair_free (&pair);
}

/* As a child that fails while the parent is telling it something. */
static void
test_the_last_words_arrive_whatever_was_not_read (void **state)
{
	struct pair pair = pair_make ();
	struct message got;
	struct error failure, err;

	fail (&failure, EACCES, "mount '/x'");
	assert_int_equal (message_say (&pair.parent, MESSAGE_CGROUP_READY, &err), 0);
	message_send_failure (&pair.init, &failure);
	close (pair.init.socket);
	assert_int_equal (message_expect (&pair.parent, MESSAGE_READY, &got, &err), -1);
	assert_string_equal (err.text, "mount '/x': Permission denied");
	close (pair.parent.socket);
}

static void
test_the_last_words_are_why_nothing_can_be_sent (void **state)
{
	struct pair pair = pair_make ();
	struct error failure, err;

	fail (&failure, EACCES, "mount '/x'");
	message_send_failure (&pair.init, &failure);
	close (pair.init.socket);
	assert_int_equal (message_say (&pair.parent, MESSAGE_CGROUP_READY, &err), -1);
	assert_string_equal (err.text, "mount '/x': Permission denied");
	assert_int_equal (err.code, EACCES);
	close (pair.parent.socket);
}

static void
test_nothing_can_be_sent_to_who_died_silently (void **state)
{
	struct pair pair = pair_make ();
	struct error err;

	close (pair.init.socket);
	assert_int_equal (message_say (&pair.parent, MESSAGE_CGROUP_READY, &err), -1);
	assert_int_equal (err.code, EPIPE);
	assert_non_null (strstr (err.text, "tell 'control group is ready'"));
	close (pair.parent.socket);
}

static void
test_an_unexpected_message_is_an_error (void **state)
{
	struct pair pair = pair_make ();
	struct message got;
	struct error err;

	assert_int_equal (message_say (&pair.init, MESSAGE_READY, &err), 0);
	assert_int_equal (message_expect (&pair.parent, MESSAGE_CONSOLE, &got, &err), -1);
	assert_non_null (strstr (err.text, "'ready' came when 'console' was expected"));
	pair_free (&pair);
}

/* What init may not say, and what an init that pretends to be the parent says. */
static void
test_a_wrong_sender_is_an_error (void **state)
{
	struct pair pair = pair_make ();
	struct channel liar = pair.init;
	struct message got;
	struct error err;

	assert_int_equal (message_say (&pair.init, MESSAGE_HOOKS_DONE, &err), 0);
	assert_int_equal (message_receive (&pair.parent, &got, &err), -1);
	assert_int_equal (err.code, EPROTO);
	liar.self = ACTOR_PARENT;
	assert_int_equal (message_say (&liar, MESSAGE_HOOKS_DONE, &err), 0);
	assert_int_equal (message_receive (&pair.parent, &got, &err), -1);
	assert_int_equal (err.code, EPROTO);
	pair_free (&pair);
}

static void
test_a_short_packet_is_an_error (void **state)
{
	struct pair pair = pair_make ();
	struct message got;
	struct error err;

	assert_int_equal (send (pair.init.socket, "xy", 2, 0), 2);
	assert_int_equal (message_receive (&pair.parent, &got, &err), -1);
	assert_int_equal (err.code, EPROTO);
	pair_free (&pair);
}

static void
test_the_end_of_file_tells_who_died (void **state)
{
	struct pair pair = pair_make ();
	struct message got;
	struct error err;

	close (pair.init.socket);
	assert_int_equal (message_receive (&pair.parent, &got, &err), 0);
	assert_int_equal (message_expect (&pair.parent, MESSAGE_READY, &got, &err), -1);
	assert_non_null (strstr (err.text, "died before it said 'ready'"));
	close (pair.parent.socket);
}

/* A stranger holds the dead one's end of the socket: only the pidfd tells then. */
static void
test_nobody_waits_for_the_dead (void **state)
{
	struct pair pair = pair_make ();
	struct message got;
	struct error err;
	pid_t pid = fork ();

	if (pid == 0)
		_exit (0);
	pair.parent.peer_pidfd = pidfd_open (pid, 0);
	assert_true (pair.parent.peer_pidfd >= 0);
	assert_int_equal (message_expect (&pair.parent, MESSAGE_READY, &got, &err), -1);
	assert_non_null (strstr (err.text, "died"));
	close (pair.parent.peer_pidfd);
	waitpid (pid, NULL, 0);
	pair_free (&pair);
}

static void
test_a_signal_ends_the_wait (void **state)
{
	struct pair pair = pair_make ();
	struct message got;
	struct error err;
	sigset_t set;

	sigemptyset (&set);
	sigaddset (&set, SIGUSR1);
	sigprocmask (SIG_BLOCK, &set, NULL);
	pair.parent.interrupt_fd = signalfd (-1, &set, SFD_CLOEXEC);
	raise (SIGUSR1);
	assert_int_equal (message_expect (&pair.parent, MESSAGE_READY, &got, &err), -1);
	assert_non_null (strstr (err.text, "interrupted by a signal"));
	close (pair.parent.interrupt_fd);
	pair_free (&pair);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_a_message_arrives_with_pid_and_fds),
		cmocka_unit_test (test_a_failure_becomes_the_error_of_who_waits),
		cmocka_unit_test (test_the_last_words_arrive_whatever_was_not_read),
		cmocka_unit_test (test_the_last_words_are_why_nothing_can_be_sent),
		cmocka_unit_test (test_nothing_can_be_sent_to_who_died_silently),
		cmocka_unit_test (test_an_unexpected_message_is_an_error),
		cmocka_unit_test (test_a_wrong_sender_is_an_error),
		cmocka_unit_test (test_a_short_packet_is_an_error),
		cmocka_unit_test (test_the_end_of_file_tells_who_died),
		cmocka_unit_test (test_nobody_waits_for_the_dead),
		cmocka_unit_test (test_a_signal_ends_the_wait),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
