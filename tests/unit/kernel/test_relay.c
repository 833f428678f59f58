/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The relay between two terminals: "ours" (the user's, whose master the test holds) and the
 * container's, whose slave a program has. A child of the test is davit's foreground.
 */
#include "unit.h"
#include "child.h"

#include "kernel/relay.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <time.h>

#define PATIENCE 20 /* seconds until a test that hangs is killed */

struct pair {
	int master, slave;
};

static struct pair
make_pair (void)
{
	struct pair pair = { .master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC) };

	EXPECT (pair.master >= 0 && unlockpt (pair.master) == 0);
	pair.slave = ioctl (pair.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	EXPECT (pair.slave >= 0);
	return pair;
}

static pid_t
start_program (struct pair *container, void (*program) (int slave))
{
	pid_t pid = fork ();

	EXPECT (pid >= 0);
	if (pid == 0) {
		alarm (PATIENCE);
		close (container->master);
		program (container->slave);
		_exit (0);
	}
	close (container->slave);
	return pid;
}

static struct terminal_relay relay;

/* davit's loop, without signals. */
static void
relay_until_drained (int master, pid_t program)
{
	int pidfd = pidfd_open (program, 0);
	struct pollfd fds[RELAY_FDS + 1];
	struct error err;

	EXPECT_OK (relay_start (&relay, master, &err));
	while (!relay_is_drained (&relay)) {
		size_t n = relay_fds (&relay, fds);

		fds[n] =
			(struct pollfd){ .fd = relay.program_ended ? -1 : pidfd, .events = POLLIN };
		EXPECT (n > 0 || !relay.program_ended);
		EXPECT (poll (fds, n + 1, -1) > 0);
		EXPECT_OK (relay_on_ready (&relay, fds, n, &err));
		if (fds[n].revents)
			relay_program_ended (&relay);
	}
	relay_done (&relay);
	relay_done (&relay);
	EXPECT (waitpid (program, NULL, 0) == program);
	close (pidfd);
}

static void
take_streams (int in, int out)
{
	alarm (PATIENCE);
	EXPECT (dup2 (in, 0) == 0 && dup2 (out, 1) == 1);
}

/* Reads all that comes until the other end is closed; returns the count and a sum. */
static size_t
read_to_end (int fd, unsigned long *sum)
{
	unsigned char buffer[4096];
	size_t total = 0;
	ssize_t n;

	while ((n = read (fd, buffer, sizeof buffer)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			*sum = *sum * 31 + buffer[i];
		total += (size_t) n;
	}
	return total;
}

static void
write_all (int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write (fd, data, size);

		if (n < 0)
			_exit (3);
		data += n;
		size -= (size_t) n;
	}
}

#define BIG 300000

static unsigned long
big_sum (void)
{
	unsigned long sum = 0;

	for (int i = 0; i < BIG; i++)
		sum = sum * 31 + (unsigned char) ("abcdefgh"[i % 7]);
	return sum;
}

static void
print_much_and_end (int slave)
{
	char data[BIG];

	for (int i = 0; i < BIG; i++)
		data[i] = "abcdefgh"[i % 7];
	write_all (slave, data, sizeof data);
}

static void
output_to_slow_pipe (void *data)
{
	struct pair container = make_pair ();
	unsigned long sum = 0;
	int pipes[2];
	pid_t davit;

	EXPECT (pipe (pipes) == 0);
	davit = fork ();
	if (davit == 0) {
		close (pipes[0]);
		take_streams (open ("/dev/null", O_RDONLY), pipes[1]);
		close (pipes[1]);
		relay_until_drained (
			container.master, start_program (&container, print_much_and_end));
		_exit (0);
	}
	close (pipes[1]);
	close (container.slave);
	close (container.master);
	nanosleep (&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	EXPECT (read_to_end (pipes[0], &sum) == BIG);
	EXPECT (sum == big_sum ());
	EXPECT (waitpid (davit, data, 0) == davit);
}

static void
test_no_byte_is_lost_when_the_program_ends_and_we_are_slow (void **state)
{
	assert_child_succeeds (output_to_slow_pipe, NULL);
}

static void
wait_for_line (int slave)
{
	char buffer[100];

	EXPECT (read (slave, buffer, sizeof buffer) > 0);
	EXPECT (strcmp (strtok (buffer, "\n"), "go") == 0);
}

static bool
is_raw (int fd)
{
	struct termios attributes;

	EXPECT (tcgetattr (fd, &attributes) == 0);
	return !(attributes.c_lflag & (ICANON | ECHO | ISIG)) && !(attributes.c_oflag & OPOST);
}

/* The program says its size and whether it sees a terminal, waits for a line, ends. */
static void
say_size (int slave)
{
	struct winsize size;
	char text[64];
	int n;

	for (;;) {
		EXPECT (ioctl (slave, TIOCGWINSZ, &size) == 0);
		if (size.ws_col)
			break; /* the relay has started */
		nanosleep (&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	n = snprintf (text, sizeof text, "%ux%u\n", size.ws_col, size.ws_row);
	write_all (slave, text, (size_t) n);
	wait_for_line (slave);
}

static void
run_on_terminal (void *data)
{
	struct pair ours = make_pair ();
	struct pair container = make_pair ();
	struct winsize size = { .ws_col = 123, .ws_row = 45 };
	char buffer[256];
	ssize_t n;
	pid_t davit;

	EXPECT (ioctl (ours.master, TIOCSWINSZ, &size) == 0);
	EXPECT (!is_raw (ours.slave));
	davit = fork ();
	if (davit == 0) {
		setsid ();
		EXPECT (ioctl (ours.slave, TIOCSCTTY, 0) == 0);
		take_streams (ours.slave, ours.slave);
		relay_until_drained (container.master, start_program (&container, say_size));
		EXPECT (!(fcntl (0, F_GETFL) & O_NONBLOCK));
		_exit (0);
	}
	close (container.slave);
	close (container.master);
	n = read (ours.master, buffer, sizeof buffer - 1);
	EXPECT (n > 0);
	buffer[n] = '\0';
	EXPECT (strcmp (buffer, "123x45\r\n") == 0);
	EXPECT (is_raw (ours.slave));
	write_all (ours.master, "go\r", 3);
	int status;
	EXPECT (waitpid (davit, &status, 0) == davit && status == 0);
	EXPECT (!is_raw (ours.slave));
	EXPECT (!(fcntl (ours.slave, F_GETFL) & O_NONBLOCK));
}

static void
test_our_terminal_is_raw_meanwhile_and_as_before_afterwards (void **state)
{
	assert_child_succeeds (run_on_terminal, NULL);
}

static void
copy_until_end_of_file (int slave)
{
	char buffer[256];
	ssize_t n;

	while ((n = read (slave, buffer, sizeof buffer)) > 0)
		;
	EXPECT (n == 0);
	write_all (slave, "seen\n", 5);
}

static void
end_of_input (void *data)
{
	struct pair container = make_pair ();
	const char *text = data;
	char buffer[256] = "";
	unsigned int have = 0;
	int in[2], out[2];
	ssize_t n;

	EXPECT (pipe (in) == 0 && pipe (out) == 0);
	write_all (in[1], text, strlen (text));
	close (in[1]);
	if (fork () == 0) {
		close (out[0]);
		take_streams (in[0], out[1]);
		close (out[1]);
		relay_until_drained (
			container.master, start_program (&container, copy_until_end_of_file));
		_exit (0);
	}
	close (out[1]);
	close (container.slave);
	close (container.master);
	alarm (PATIENCE);
	while ((n = read (out[0], buffer + have, sizeof buffer - have - 1)) > 0)
		have += (unsigned int) n;
	/* the echo of the text, then the program's word; plain newlines, as stdout is a pipe */
	EXPECT (have >= 5 && strcmp (buffer + have - 5, "seen\n") == 0);
	EXPECT (!strchr (buffer, '\r'));
}

static void
test_the_end_of_our_stdin_is_the_end_of_the_programs (void **state)
{
	assert_child_succeeds (end_of_input, (void *) "one line\n");
	assert_child_succeeds (end_of_input, (void *) "no newline at the end");
	assert_child_succeeds (end_of_input, (void *) "");
}

static void
read_nothing_and_print (int slave)
{
	struct termios attributes;

	EXPECT (tcgetattr (slave, &attributes) == 0);
	cfmakeraw (&attributes);
	EXPECT (tcsetattr (slave, TCSANOW, &attributes) == 0);
	nanosleep (&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	write_all (slave, "alive\n", 6);
}

static void
input_nobody_reads (void *data)
{
	struct pair container = make_pair ();
	int in[2], out[2], status;
	char buffer[64], tail[6];
	ssize_t n;
	pid_t davit;

	EXPECT (pipe (in) == 0 && socketpair (AF_UNIX, SOCK_STREAM, 0, out) == 0);
	davit = fork ();
	if (davit == 0) {
		close (out[0]);
		take_streams (in[0], out[1]);
		close (out[1]);
		close (in[0]);
		close (in[1]);
		relay_until_drained (
			container.master, start_program (&container, read_nothing_and_print));
		_exit (0);
	}
	close (out[1]);
	close (in[0]);
	close (container.slave);
	close (container.master);
	signal (SIGPIPE, SIG_IGN);
	fcntl (in[1], F_SETFL, O_NONBLOCK);
	static char much[200000];
	memset (much, 'x', sizeof much);
	alarm (PATIENCE);
	for (int i = 0; i < 50; i++) {
		if (write (in[1], much, sizeof much) < 0 && errno != EAGAIN)
			break;
		nanosleep (&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	while ((n = read (out[0], buffer, sizeof buffer)) > 0) {
		memmove (tail, tail + (n < 6 ? n : 6), (size_t) (n < 6 ? 6 - n : 0));
		memcpy (tail + (n < 6 ? 6 - n : 0), buffer + (n < 6 ? 0 : n - 6),
			(size_t) (n < 6 ? n : 6));
	}
	EXPECT (memcmp (tail, "alive\n", 6) == 0);
	EXPECT (waitpid (davit, &status, 0) == davit && status == 0);
}

static void
test_a_program_that_reads_nothing_does_not_stop_its_output (void **state)
{
	assert_child_succeeds (input_nobody_reads, NULL);
}

static void
reader_gone (void *data)
{
	struct pair container = make_pair ();
	int out[2], status;
	pid_t davit;

	EXPECT (pipe (out) == 0);
	close (out[0]);
	davit = fork ();
	if (davit == 0) {
		take_streams (open ("/dev/null", O_RDONLY), out[1]);
		relay_until_drained (
			container.master, start_program (&container, print_much_and_end));
		_exit (0);
	}
	EXPECT (waitpid (davit, &status, 0) == davit);
	EXPECT (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static void
test_a_reader_that_went_away_does_not_kill_us_nor_the_program (void **state)
{
	assert_child_succeeds (reader_gone, NULL);
}

static int background_gate[2];

static void
leave_a_background_process (int slave)
{
	write_all (slave, "last words", 10);
	if (fork () == 0) {
		char c;

		close (background_gate[1]);
		if (read (background_gate[0], &c, 1) <
			0) /* holds the slave open until the test ends */
			_exit (1);
		_exit (0);
	}
}

static void
slave_held_open (void *data)
{
	struct pair container = make_pair ();
	char buffer[64];
	int out[2], status;
	pid_t davit;

	EXPECT (pipe (out) == 0 && pipe (background_gate) == 0);
	davit = fork ();
	if (davit == 0) {
		take_streams (open ("/dev/null", O_RDONLY), out[1]);
		relay_until_drained (
			container.master, start_program (&container, leave_a_background_process));
		_exit (0);
	}
	alarm (PATIENCE);
	EXPECT (waitpid (davit, &status, 0) == davit && status == 0);
	EXPECT (read (out[0], buffer, sizeof buffer) == 10);
	EXPECT (memcmp (buffer, "last words", 10) == 0);
	close (background_gate[1]);
}

static void
test_a_process_that_keeps_the_terminal_does_not_keep_us (void **state)
{
	assert_child_succeeds (slave_held_open, NULL);
}

static void
leave_a_noisy_process (int slave)
{
	if (fork () == 0)
		for (;;)
			write_all (slave, "noise\n", 6); /* ends when the relay closes the master */
}

static void
noise_after_the_end (void *data)
{
	struct pair container = make_pair ();
	int status;
	pid_t davit = fork ();

	if (davit == 0) {
		take_streams (open ("/dev/null", O_RDONLY), open ("/dev/null", O_WRONLY));
		relay_until_drained (
			container.master, start_program (&container, leave_a_noisy_process));
		_exit (0);
	}
	close (container.master);
	EXPECT (waitpid (davit, &status, 0) == davit && status == 0);
}

static void
test_a_process_that_writes_without_end_does_not_keep_us (void **state)
{
	assert_child_succeeds (noise_after_the_end, NULL);
}

static void
close_for_a_while (int slave)
{
	char name[64];

	EXPECT (ttyname_r (slave, name, sizeof name) == 0);
	/* until the relay has started and holds it too */
	nanosleep (&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	close (slave);
	nanosleep (&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	slave = open (name, O_RDWR | O_NOCTTY);
	write_all (slave, "back", 4);
}

static void
slave_closed_for_a_while (void *data)
{
	struct pair container = make_pair ();
	char buffer[64];
	int out[2];

	EXPECT (pipe (out) == 0);
	if (fork () == 0) {
		take_streams (open ("/dev/null", O_RDONLY), out[1]);
		relay_until_drained (
			container.master, start_program (&container, close_for_a_while));
		_exit (0);
	}
	close (out[1]);
	alarm (PATIENCE);
	EXPECT (read (out[0], buffer, sizeof buffer) == 4);
	EXPECT (memcmp (buffer, "back", 4) == 0);
}

static void
test_a_program_may_close_its_terminal_for_a_while (void **state)
{
	assert_child_succeeds (slave_closed_for_a_while, NULL);
}

static void
resize (void *data)
{
	struct pair ours = make_pair ();
	struct pair container = make_pair ();
	struct winsize size = { .ws_col = 80, .ws_row = 24 };
	struct error err;
	struct winsize got;

	take_streams (ours.slave, ours.slave);
	EXPECT (ioctl (ours.master, TIOCSWINSZ, &size) == 0);
	EXPECT_OK (relay_start (&relay, container.master, &err));
	size.ws_col = 200;
	EXPECT (ioctl (ours.master, TIOCSWINSZ, &size) == 0);
	EXPECT_OK (relay_resize (&relay, &err));
	EXPECT (ioctl (container.slave, TIOCGWINSZ, &got) == 0);
	EXPECT (got.ws_col == 200 && got.ws_row == 24);
	relay_done (&relay);
}

static void
test_a_new_size_of_our_terminal_is_passed_on (void **state)
{
	assert_child_succeeds (resize, NULL);
}

static void
done_on_zeroed (void *data)
{
	struct terminal_relay *zeroed = calloc (1, sizeof *zeroed);

	relay_done (zeroed);
	EXPECT (fcntl (0, F_GETFD) >= 0);
	free (zeroed);
}

static void
test_done_is_safe_on_a_relay_that_never_started (void **state)
{
	assert_child_succeeds (done_on_zeroed, NULL);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_no_byte_is_lost_when_the_program_ends_and_we_are_slow),
		cmocka_unit_test (test_our_terminal_is_raw_meanwhile_and_as_before_afterwards),
		cmocka_unit_test (test_the_end_of_our_stdin_is_the_end_of_the_programs),
		cmocka_unit_test (test_a_program_that_reads_nothing_does_not_stop_its_output),
		cmocka_unit_test (test_a_reader_that_went_away_does_not_kill_us_nor_the_program),
		cmocka_unit_test (test_a_process_that_keeps_the_terminal_does_not_keep_us),
		cmocka_unit_test (test_a_process_that_writes_without_end_does_not_keep_us),
		cmocka_unit_test (test_a_program_may_close_its_terminal_for_a_while),
		cmocka_unit_test (test_a_new_size_of_our_terminal_is_passed_on),
		cmocka_unit_test (test_done_is_safe_on_a_relay_that_never_started),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
