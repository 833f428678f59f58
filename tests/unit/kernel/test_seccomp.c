/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * seccomp: filters do what their rules say, tried in children.
 */
#include "unit.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/mem.h"
#include "child.h"
#include "kernel/seccomp.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AT "config.json:7: /linux/seccomp"
#define RULE_AT "config.json:9: /linux/seccomp/syscalls/0"
#define RET_ERRNO(n) (SECCOMP_RET_ERRNO | (n))

static struct seccomp_rule
rule_of (const char **names, uint32_t action)
{
	struct seccomp_rule rule = { .at = RULE_AT, .names = names, .action = action };

	while (names[rule.n_names])
		rule.n_names++;
	return rule;
}

/* What a child needs to say something and end; AddressSanitizer looks at its stacks before that. */
#define TO_END "write", "exit_group", "sigaltstack"
#define NAMES(...) ((const char *[]){ __VA_ARGS__, NULL })

static struct seccomp_plan
plan_of (uint32_t default_action, struct seccomp_rule *rules, size_t n)
{
	return (struct seccomp_plan){
		.at = AT, .default_action = default_action, .rules = rules, .n_rules = n
	};
}

/* In the child: loads the plan's filter. */
static int
confine (const struct seccomp_plan *plan)
{
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	struct error err;
	int listener = -2;

	EXPECT (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT_OK (seccomp_compile (plan, NULL, &filter, &err));
	EXPECT_OK (seccomp_load (&filter, &listener, &err));
	return listener;
}

static void
confine_by_rule (uint32_t default_action, struct seccomp_rule *rule)
{
	struct seccomp_plan plan = plan_of (default_action, rule, 1);

	EXPECT (confine (&plan) == -1);
}

/* A call that fails with errno `code`. */
#define EXPECT_ERRNO(call, code) EXPECT ((errno = 0, (call) == -1) && errno == (code))

static void
deny_some (void *data)
{
	struct seccomp_rule rules[] = { rule_of (NAMES ("getppid", "getpgid"), RET_ERRNO (EDOM)),
		rule_of (NAMES ("getsid"), RET_ERRNO (0)),
		rule_of (NAMES ("umask"), RET_ERRNO (4094)),
		rule_of (NAMES ("getpriority"), SECCOMP_RET_LOG) };
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, rules, ARRAY_SIZE (rules));

	confine (&plan);
	EXPECT_ERRNO (syscall (SYS_getppid), EDOM);
	EXPECT_ERRNO (syscall (SYS_getpgid, 0), EDOM);
	EXPECT (syscall (SYS_getsid, 0) == 0);
	EXPECT_ERRNO (syscall (SYS_umask, 0), 4094);
	EXPECT (syscall (SYS_getpriority, 0, 0) >= 0);
	EXPECT (syscall (SYS_getpid) > 0);
}

static void
test_calls_answer_the_errno_of_their_rule (void **state)
{
	assert_child_succeeds (deny_some, NULL);
}

static void
allow_twice (void *data)
{
	struct seccomp_rule rules[] = { rule_of (NAMES ("getpid"), SECCOMP_RET_ALLOW),
		rule_of (NAMES ("getppid"), RET_ERRNO (EDOM)) };
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, rules, 2);

	confine (&plan);
	EXPECT (syscall (SYS_getpid) > 0);
	EXPECT_ERRNO (syscall (SYS_getppid), EDOM);
}

static void
test_a_rule_may_have_the_default_action (void **state)
{
	assert_child_succeeds (allow_twice, NULL);
}

static void
allow_some (void *data)
{
	struct seccomp_rule rule =
		rule_of (NAMES (TO_END, "getpid", "no_such_call"), SECCOMP_RET_ALLOW);

	confine_by_rule (RET_ERRNO (EXDEV), &rule);
	EXPECT (syscall (SYS_getpid) > 0);
	EXPECT_ERRNO (syscall (SYS_getppid), EXDEV);
}

static void
test_the_default_answers_for_what_no_rule_names_and_unknown_calls_are_skipped (void **state)
{
	assert_child_succeeds (allow_some, NULL);
}

static void
call_with_action (void *data)
{
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), *(uint32_t *) data);

	signal (SIGSYS, SIG_DFL);
	confine_by_rule (SECCOMP_RET_ALLOW, &rule);
	syscall (SYS_getppid);
}

static void
test_kill_kills (void **state)
{
	uint32_t actions[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
		SECCOMP_RET_TRAP };

	for (size_t i = 0; i < ARRAY_SIZE (actions); i++) {
		int status = child_run (call_with_action, &actions[i]);

		assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGSYS);
	}
}

static volatile int trapped_call;

static void
on_trap (int signal, siginfo_t *info, void *context)
{
	trapped_call = info->si_syscall;
}

static void
catch_trap (void *data)
{
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), SECCOMP_RET_TRAP);
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	EXPECT (sigaction (SIGSYS, &action, NULL) == 0);
	confine_by_rule (SECCOMP_RET_ALLOW, &rule);
	syscall (SYS_getppid);
	EXPECT (trapped_call == SYS_getppid);
}

static void
test_trap_can_be_caught (void **state)
{
	assert_child_succeeds (catch_trap, NULL);
}

static void
traced (void)
{
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), SECCOMP_RET_TRACE | 77);

	EXPECT (ptrace (PTRACE_TRACEME, 0, 0, 0) == 0);
	raise (SIGSTOP);
	confine_by_rule (SECCOMP_RET_ALLOW, &rule);
	EXPECT (syscall (SYS_getppid) == getppid ());
	_exit (0);
}

static void
trace_it (void *data)
{
	unsigned long message = 0;
	int status;
	pid_t pid = fork ();

	if (pid == 0)
		traced ();
	EXPECT (waitpid (pid, &status, 0) == pid && WIFSTOPPED (status));
	EXPECT (ptrace (PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) == 0);
	EXPECT (ptrace (PTRACE_CONT, pid, 0, 0) == 0);
	EXPECT (waitpid (pid, &status, 0) == pid);
	EXPECT (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8));
	EXPECT (ptrace (PTRACE_GETEVENTMSG, pid, 0, &message) == 0 && message == 77);
	kill (pid, SIGKILL);
	EXPECT (waitpid (pid, &status, 0) == pid);
}

static void
without_tracer (void *data)
{
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), SECCOMP_RET_TRACE | 77);

	confine_by_rule (SECCOMP_RET_ALLOW, &rule);
	EXPECT_ERRNO (syscall (SYS_getppid), ENOSYS);
}

static void
test_trace_tells_the_tracer_its_number (void **state)
{
	assert_child_succeeds (trace_it, NULL);
	assert_child_succeeds (without_tracer, NULL);
}

/* lseek on no fd: EBADF when it comes through; its second argument has 64 bits. */
#define SEEK(offset) syscall (SYS_lseek, -1, (off_t) (offset), 0)

struct comparison {
	enum seccomp_operator op;
	uint64_t value, value_two;
	uint64_t yes, no;
};

static void
compare (void *data)
{
	const struct comparison *comparison = data;
	struct seccomp_argument argument = { 1, comparison->op, comparison->value,
		comparison->value_two };
	struct seccomp_rule rule = rule_of (NAMES ("lseek"), RET_ERRNO (EDOM));

	rule.arguments = &argument;
	rule.n_arguments = 1;
	confine_by_rule (SECCOMP_RET_ALLOW, &rule);
	EXPECT_ERRNO (SEEK (comparison->yes), EDOM);
	EXPECT_ERRNO (SEEK (comparison->no), EBADF);
}

static void
test_operators_compare_64_bits (void **state)
{
	const uint64_t big = UINT64_C (0x500000007);
	struct comparison comparisons[] = {
		{ SECCOMP_EQ, big, 0, big, 7 },
		{ SECCOMP_NE, big, 0, 7, big },
		{ SECCOMP_LT, big, 0, big - 1, big },
		{ SECCOMP_LE, big, 0, big, big + 1 },
		{ SECCOMP_GE, big, 0, big, big - 1 },
		{ SECCOMP_GT, big, 0, big + 1, big },
		/* the mask, and what is to be left of the argument */
		{ SECCOMP_MASKED_EQ, 0xf0000000f, big, big | 0xf0, big | 0xf },
		{ SECCOMP_MASKED_EQ, 0x2, 0, 0x5, 0x7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE (comparisons); i++)
		assert_child_succeeds (compare, &comparisons[i]);
}

static void
combine (void *data)
{
	struct seccomp_argument both[] = { { 1, SECCOMP_EQ, 3, 0 }, { 2, SECCOMP_EQ, 0, 0 } };
	struct seccomp_argument either[] = { { 1, SECCOMP_EQ, 3, 0 }, { 1, SECCOMP_EQ, 5, 0 },
		{ 2, SECCOMP_EQ, 2, 0 } };
	struct seccomp_rule rule = rule_of (NAMES ("lseek"), RET_ERRNO (EDOM));

	rule.arguments = data ? either : both;
	rule.n_arguments = data ? 3 : 2;
	confine_by_rule (SECCOMP_RET_ALLOW, &rule);
	EXPECT_ERRNO (SEEK (3), EDOM);
	EXPECT_ERRNO (SEEK (5), data ? EDOM : EBADF);
	EXPECT_ERRNO (SEEK (4), EBADF);
	EXPECT_ERRNO (syscall (SYS_lseek, -1, (off_t) 3, 1), data ? EDOM : EBADF);
	EXPECT_ERRNO (syscall (SYS_lseek, -1, (off_t) 4, 2), data ? EDOM : EBADF);
}

static void
test_conditions_on_one_argument_are_alternatives_and_on_several_must_all_hold (void **state)
{
	assert_child_succeeds (combine, NULL);
	assert_child_succeeds (combine, "alternatives");
}

#define A_NEW_CALL 3000

static void
call_something_new (void *data)
{
	uint32_t *default_action = data;
	bool denies = default_action[1] == SECCOMP_RET_ALLOW;
	struct seccomp_rule rule =
		rule_of (denies ? NAMES (TO_END, "faccessat2") : NAMES ("getppid", "faccessat2"),
			default_action[1]);

	confine_by_rule (default_action[0], &rule);
	/* there since 5.9, next to the newest that was named */
	EXPECT_ERRNO (
		syscall (SYS_faccessat2 + 1, -1L, 0L, 0L, 0L, 0L, 0L), (int) default_action[2]);
	EXPECT_ERRNO (syscall (A_NEW_CALL), ENOSYS);
	EXPECT_ERRNO (syscall (SYS_faccessat2 - 1, -1, 0, 0), (int) default_action[3]);
}

static void
test_calls_newer_than_the_newest_named_do_not_exist (void **state)
{
	uint32_t denied[] = { RET_ERRNO (EPERM), SECCOMP_RET_ALLOW, ENOSYS, EPERM };
	uint32_t allowed[] = { SECCOMP_RET_ALLOW, RET_ERRNO (EPERM), EBADF, EBADF };
	uint32_t logged[] = { SECCOMP_RET_LOG, RET_ERRNO (EPERM), EBADF, EBADF };
	uint32_t killed = SECCOMP_RET_KILL_PROCESS;
	struct seccomp_rule rule = rule_of (NAMES (TO_END), SECCOMP_RET_ALLOW);
	struct seccomp_plan plan = plan_of (killed, &rule, 1);
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	struct error err;

	assert_child_succeeds (call_something_new, denied);
	assert_child_succeeds (call_something_new, allowed);
	assert_child_succeeds (call_something_new, logged);
	assert_int_equal (seccomp_compile (&plan, NULL, &filter, &err), 0);
	assert_int_equal (filter.program[5].k, SECCOMP_RET_ERRNO | ENOSYS);
}

#ifdef __x86_64__
/* A call of the 32 bit kind; 20 is getpid there. */
static long
call_32 (long number)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(0), "c"(0), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void
try_32 (void *data)
{
	signal (SIGSEGV, SIG_DFL);
	EXPECT (call_32 (20) == getpid ());
}

static void
skip_without_32_bits (void)
{
	int status = child_run (try_32, NULL);

	if (status != 0)
		skip_because ("the kernel runs no 32 bit programs");
}

#define X32 0x40000000

static void
use_other_architectures (void *data)
{
	struct seccomp_rule rules[] = { rule_of (NAMES ("getpid"), RET_ERRNO (EDOM)),
		rule_of (NAMES (TO_END, "clone3"), SECCOMP_RET_ALLOW) };
	struct seccomp_plan plan = plan_of (RET_ERRNO (EXDEV), rules, 2);

	plan.architectures = NAMES ("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
	plan.n_architectures = 3;
	confine (&plan);
	EXPECT_ERRNO (syscall (SYS_getpid), EDOM);
	EXPECT_ERRNO (syscall (SYS_getppid), EXDEV);
	EXPECT_ERRNO (syscall (SYS_clone3 + 1), ENOSYS);
	EXPECT (call_32 (20) == -EDOM);
	EXPECT (call_32 (64) == -EXDEV); /* getppid */
	EXPECT (call_32 (436) == -ENOSYS);
	EXPECT_ERRNO (syscall (X32 | SYS_getpid), EDOM);
	EXPECT_ERRNO (syscall (X32 | SYS_getppid), EXDEV);
	EXPECT_ERRNO (syscall (X32 | A_NEW_CALL), ENOSYS);
}

static void
use_a_strange_architecture (void *data)
{
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), RET_ERRNO (EDOM));

	signal (SIGSYS, SIG_DFL);
	confine_by_rule (data ? RET_ERRNO (EPERM) : SECCOMP_RET_ALLOW, &rule);
	if (data)
		syscall (X32 | A_NEW_CALL);
	else
		call_32 (20);
}

static void
test_each_architecture_has_its_own_numbers (void **state)
{
	skip_without_32_bits ();
	assert_child_succeeds (use_other_architectures, NULL);
}

static void
test_an_architecture_that_is_not_listed_is_killed (void **state)
{
	int status;

	skip_without_32_bits ();
	status = child_run (use_a_strange_architecture, NULL);
	assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGSYS);
	status = child_run (use_a_strange_architecture, "x32");
	assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGSYS);
}
#endif

static void
answer_one (int listener)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp response = { .val = 4711 };

	EXPECT (ioctl (listener, SECCOMP_IOCTL_NOTIF_RECV, &request) == 0);
	EXPECT (request.data.nr == SYS_getppid);
	response.id = request.id;
	EXPECT (ioctl (listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
}

static void
notify (void *data)
{
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), SECCOMP_RET_USER_NOTIF);
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, &rule, 1);
	int listener, status;
	pid_t pid;

	plan.notifies = true;
	plan.has_flags = true;
	plan.flags = SECCOMP_FILTER_FLAG_TSYNC; /* would be EINVAL with a listener */
	listener = confine (&plan);
	EXPECT (listener >= 0 && fcntl (listener, F_GETFD) == FD_CLOEXEC);
	pid = fork ();
	if (pid == 0)
		_exit (syscall (SYS_getppid) == 4711 ? 0 : 1);
	answer_one (listener);
	EXPECT (waitpid (pid, &status, 0) == pid && status == 0);
}

static void
test_notify_gives_a_listener_that_answers (void **state)
{
	assert_child_succeeds (notify, NULL);
}

static void
flags_without_listener (void *data)
{
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), RET_ERRNO (EDOM));
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, &rule, 1);

	plan.has_flags = true;
	plan.flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG |
		     SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	EXPECT (confine (&plan) == -1);
	EXPECT_ERRNO (syscall (SYS_getppid), EDOM);
}

static void
test_flags_are_the_plans (void **state)
{
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, NULL, 0);
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	struct error err;

	assert_child_succeeds (flags_without_listener, NULL);
	assert_int_equal (seccomp_compile (&plan, NULL, &filter, &err), 0);
	assert_int_equal (filter.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	seccomp_filter_done (&filter);
	plan.has_flags = true;
	assert_int_equal (seccomp_compile (&plan, NULL, &filter, &err), 0);
	assert_int_equal (filter.flags, 0);
}

static void
load_without_the_call (void *data)
{
	struct seccomp_rule hide = rule_of (NAMES ("seccomp"), RET_ERRNO (ENOSYS));
	struct seccomp_rule rule = rule_of (NAMES ("getppid"), RET_ERRNO (EDOM));
	struct seccomp_plan notifying = plan_of (SECCOMP_RET_ALLOW, &rule, 1);
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	struct error err;
	int listener;

	notifying.notifies = true;
	EXPECT_OK (seccomp_compile (&notifying, NULL, &filter, &err));
	confine_by_rule (SECCOMP_RET_ALLOW, &hide);
	EXPECT_FAILS (seccomp_load (&filter, &listener, &err), "load the seccomp filter");
	filter.flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	EXPECT_OK (seccomp_load (&filter, &listener, &err));
	EXPECT (listener == -1);
	EXPECT_ERRNO (syscall (SYS_getppid), EDOM);
}

static void
test_where_the_system_call_is_hidden_prctl_does_it (void **state)
{
	assert_child_succeeds (load_without_the_call, NULL);
}

static void
load_without_privilege (void *data)
{
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, NULL, 0);
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	struct error err;

	EXPECT_OK (seccomp_compile (&plan, NULL, &filter, &err));
	EXPECT (geteuid () != 0 || setresuid (1000, 1000, 1000) == 0);
	EXPECT_FAILS (seccomp_load (&filter, NULL, &err), "needs no_new_privs or CAP_SYS_ADMIN");
}

static void
test_what_a_filter_needs_is_told (void **state)
{
	assert_child_succeeds (load_without_privilege, NULL);
}

static void
contradict (void *data)
{
	struct seccomp_rule rules[] = { rule_of (NAMES ("getppid"), RET_ERRNO (EDOM)),
		rule_of (NAMES ("getppid"), RET_ERRNO (EXDEV)) };
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, rules, 2);

	confine (&plan);
	EXPECT_ERRNO (syscall (SYS_getppid), EDOM);
}

static void
test_of_two_rules_without_conditions_the_first_one_holds (void **state)
{
	assert_child_succeeds (contradict, NULL);
}

static void
assert_refused (const struct seccomp_plan *plan, const char *text)
{
	AUTO (seccomp_filter_done) struct seccomp_filter filter = { 0 };
	struct error err = { 0 };

	assert_int_equal (seccomp_compile (plan, NULL, &filter, &err), -1);
	assert_string_equal (err.text, text);
	assert_null (filter.program);
}

static void
test_what_can_not_be_compiled_is_named_with_its_place (void **state)
{
	struct seccomp_argument argument = { 1, SECCOMP_EQ, 3, 0 };
	struct seccomp_rule rules[] = { rule_of (NAMES ("getppid"), RET_ERRNO (EDOM)),
		rule_of (NAMES ("getpid", "getppid"), RET_ERRNO (EXDEV)) };
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, rules, 2);

	for (size_t i = 0; i < 2; i++) {
		rules[i].arguments = &argument;
		rules[i].n_arguments = 1;
	}
	assert_refused (&plan, RULE_AT ": another rule says otherwise about 'getppid'");
	plan.n_rules = 1;
	plan.architectures = NAMES ("SCMP_ARCH_ABACUS");
	plan.n_architectures = 1;
	assert_refused (
		&plan, AT "/architectures: this libseccomp does not know 'SCMP_ARCH_ABACUS'");
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	plan.architectures = NAMES ("SCMP_ARCH_S390X");
	assert_refused (&plan,
		AT "/architectures: add 'SCMP_ARCH_S390X': Numerical argument out of "
		   "domain (its byte order is not this machine's)");
#endif
}

/* ---- a long list */

#define LONG_LIST 330

/* The names of the first system calls, as many as Docker's default profile allows. */
static size_t
long_list (struct arena *arena, const char **names)
{
	void *library = dlopen ("libseccomp.so.2", RTLD_NOW);
	char *(*name_of) (uint32_t, int) = dlsym (library, "seccomp_syscall_resolve_num_arch");
	size_t n = 0;

	for (int i = 0; i < 500 && n < LONG_LIST; i++) {
		autofree char *name = name_of (0, i);

		if (name && strcmp (name, "getppid") != 0 && strcmp (name, "lseek") != 0)
			names[n++] = arena_strdup (arena, name);
	}
	dlclose (library);
	return n;
}

static void
use_long_list (void *data)
{
	AUTO (arena_done) struct arena arena = { 0 };
	struct seccomp_argument argument = { 1, SECCOMP_EQ, 3, 0 };
	const char *names[LONG_LIST];
	struct seccomp_rule rules[] = { { .names = names, .action = SECCOMP_RET_ALLOW },
		rule_of (NAMES ("lseek"), SECCOMP_RET_ALLOW) };
	struct seccomp_plan plan = plan_of (RET_ERRNO (EPERM), rules, 2);

	rules[0].n_names = long_list (&arena, names);
	EXPECT (rules[0].n_names == LONG_LIST);
	rules[1].arguments = &argument;
	rules[1].n_arguments = 1;
#ifdef __x86_64__
	plan.architectures = NAMES ("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
	plan.n_architectures = 3;
#endif
	confine (&plan);
	EXPECT_ERRNO (syscall (SYS_getppid), EPERM);
	EXPECT_ERRNO (SEEK (3), EBADF);
	EXPECT_ERRNO (SEEK (4), EPERM);
	EXPECT (syscall (SYS_getpid) > 0 && syscall (SYS_getuid) == (long) getuid ());
	EXPECT_ERRNO (syscall (A_NEW_CALL), ENOSYS);
}

static void
test_a_list_as_long_as_dockers_works (void **state)
{
	assert_child_succeeds (use_long_list, NULL);
}

static void
test_without_libseccomp_a_filter_is_refused (void **state)
{
	struct seccomp_plan plan = plan_of (SECCOMP_RET_ALLOW, NULL, 0);

	assert_refused (&plan, AT ": this davit was built --without-seccomp");
}

static void
test_the_version_is_the_librarys (void **state)
{
	unsigned int major = 0, minor = 0, micro = 0;

	assert_true (seccomp_library_version (&major, &minor, &micro));
	assert_true (major == 2 && minor >= 5);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (test_calls_answer_the_errno_of_their_rule),
		cmocka_unit_test (
			test_the_default_answers_for_what_no_rule_names_and_unknown_calls_are_skipped),
		cmocka_unit_test (test_a_rule_may_have_the_default_action),
		cmocka_unit_test (test_kill_kills),
		cmocka_unit_test (test_trap_can_be_caught),
		cmocka_unit_test (test_trace_tells_the_tracer_its_number),
		cmocka_unit_test (test_operators_compare_64_bits),
		cmocka_unit_test (
			test_conditions_on_one_argument_are_alternatives_and_on_several_must_all_hold),
		cmocka_unit_test (test_calls_newer_than_the_newest_named_do_not_exist),
#ifdef __x86_64__
		cmocka_unit_test (test_each_architecture_has_its_own_numbers),
		cmocka_unit_test (test_an_architecture_that_is_not_listed_is_killed),
#endif
		cmocka_unit_test (test_notify_gives_a_listener_that_answers),
		cmocka_unit_test (test_flags_are_the_plans),
		cmocka_unit_test (test_where_the_system_call_is_hidden_prctl_does_it),
		cmocka_unit_test (test_what_a_filter_needs_is_told),
		cmocka_unit_test (test_of_two_rules_without_conditions_the_first_one_holds),
		cmocka_unit_test (test_what_can_not_be_compiled_is_named_with_its_place),
		cmocka_unit_test (test_a_list_as_long_as_dockers_works),
		cmocka_unit_test (test_the_version_is_the_librarys),
	};
	const struct CMUnitTest tests_without[] = {
		cmocka_unit_test (test_without_libseccomp_a_filter_is_refused),
	};

	if (!seccomp_is_built_in ())
		return cmocka_run_group_tests (tests_without, NULL, NULL);
	return cmocka_run_group_tests (tests, NULL, NULL);
}
