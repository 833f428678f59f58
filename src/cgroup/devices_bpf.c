/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/devices_bpf.h"
#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM_NAME "davit_devices" /* at most 15 bytes; by it we know our own */
#define LOG_SIZE 16384
#define MAX_PROGRAMS 64 /* attached to one cgroup; the kernel's BPF_CGROUP_MAX_PROGS */
#define ENTRY_INSNS 7 /* at most, per rule */
#define FRAME_INSNS 8 /* before and behind the rules */

/* Registers: what the kernel asks for. ACCESS loses the bits that are allowed already. */
enum { RESULT = BPF_REG_0, CONTEXT = BPF_REG_1, ACCESS, TYPE, MAJOR, MINOR };

static struct bpf_insn
load (int reg, size_t offset)
{
	return (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
		.dst_reg = (uint8_t) reg,
		.src_reg = CONTEXT,
		.off = (int16_t) offset };
}

static struct bpf_insn
alu (int operation, int reg, int32_t value)
{
	return (struct bpf_insn){ .code = (uint8_t) (BPF_ALU | operation | BPF_K),
		.dst_reg = (uint8_t) reg,
		.imm = value };
}

static struct bpf_insn
move (int reg, int from)
{
	return (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
		.dst_reg = (uint8_t) reg,
		.src_reg = (uint8_t) from };
}

/* Jumps over `skip` instructions when the register compares so with the value. */
static struct bpf_insn
jump_if (int comparison, int reg, int32_t value, size_t skip)
{
	return (struct bpf_insn){ .code = (uint8_t) (BPF_JMP32 | comparison | BPF_K),
		.dst_reg = (uint8_t) reg,
		.off = (int16_t) skip,
		.imm = value };
}

static struct bpf_insn
leave (void)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
}

/* What is done for a device that the rule is about. All bits allowed: yes; a bit denied: no; else on
 * to the next rule, which is the instruction behind. */
static size_t
add_verdict (const struct device_entry *entry, struct bpf_insn *out)
{
	size_t n = 0;

	if (entry->allow) {
		out[n++] = alu (BPF_AND, ACCESS, (int32_t) (DEVICE_ALL & ~entry->access));
		out[n++] = jump_if (BPF_JNE, ACCESS, 0, 2);
	} else {
		out[n++] = jump_if (BPF_JSET, ACCESS, (int32_t) entry->access, 1);
		out[n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = 2 };
	}
	out[n++] = alu (BPF_MOV, RESULT, entry->allow);
	out[n++] = leave ();
	return n;
}

/* No device has a number that does not fit the context's 32 bits. */
static bool
can_match (const struct device_entry *entry)
{
	return entry->major >= DEVICE_ANY && entry->major <= UINT32_MAX &&
	       entry->minor >= DEVICE_ANY && entry->minor <= UINT32_MAX;
}

static size_t
add_entry (const struct device_entry *entry, struct bpf_insn *out)
{
	struct bpf_insn verdict[ENTRY_INSNS];
	size_t n_verdict = add_verdict (entry, verdict);
	size_t n_checks = 1 + (entry->major != DEVICE_ANY) + (entry->minor != DEVICE_ANY);
	size_t left = n_checks + n_verdict;
	size_t n = 0;

	out[n++] = jump_if (BPF_JNE, TYPE,
		entry->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK, --left);
	if (entry->major != DEVICE_ANY)
		out[n++] = jump_if (BPF_JNE, MAJOR, (int32_t) entry->major, --left);
	if (entry->minor != DEVICE_ANY)
		out[n++] = jump_if (BPF_JNE, MINOR, (int32_t) entry->minor, --left);
	memcpy (out + n, verdict, n_verdict * sizeof *verdict);
	return n + n_verdict;
}

/* The last rule that says something counts, so they are asked from the last one on. */
size_t
devices_bpf_compile (const struct device_list *list, struct bpf_insn **out)
{
	struct bpf_insn *insns = xcalloc (list->n * ENTRY_INSNS + FRAME_INSNS, sizeof *insns);
	size_t n = 0;

	insns[n++] = load (ACCESS, offsetof (struct bpf_cgroup_dev_ctx, access_type));
	insns[n++] = move (TYPE, ACCESS);
	insns[n++] = alu (BPF_AND, TYPE, 0xffff);
	insns[n++] = alu (BPF_RSH, ACCESS, 16);
	insns[n++] = load (MAJOR, offsetof (struct bpf_cgroup_dev_ctx, major));
	insns[n++] = load (MINOR, offsetof (struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = list->n; i-- > 0;)
		if (can_match (&list->entries[i]))
			n += add_entry (&list->entries[i], insns + n);
	insns[n++] = alu (BPF_MOV, RESULT, list->default_allow);
	insns[n++] = leave ();
	*out = insns;
	return n;
}

static int
sys_bpf (enum bpf_cmd command, union bpf_attr *attr)
{
	return (int) syscall (SYS_bpf, command, attr, sizeof *attr);
}

static int
load_once (const struct bpf_insn *insns, size_t n, char *log)
{
	static const char license[] = "LGPL-2.1-or-later";
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.expected_attach_type = BPF_CGROUP_DEVICE,
		.insns = (uint64_t) (uintptr_t) insns,
		.insn_cnt = (uint32_t) n,
		.license = (uint64_t) (uintptr_t) license,
		.log_level = log ? 1 : 0,
		.log_size = log ? LOG_SIZE : 0,
		.log_buf = (uint64_t) (uintptr_t) log,
		.prog_name = PROGRAM_NAME,
	};

	return sys_bpf (BPF_PROG_LOAD, &attr);
}

/* Before Linux 5.11 a program counts as locked memory, of which there may be next to none. */
static int
load_with_more_memory (const struct bpf_insn *insns, size_t n)
{
	struct rlimit before, all = { RLIM_INFINITY, RLIM_INFINITY };
	int fd, code;

	if (getrlimit (RLIMIT_MEMLOCK, &before) < 0 || setrlimit (RLIMIT_MEMLOCK, &all) < 0) {
		errno = EPERM;
		return -1;
	}
	fd = load_once (insns, n, NULL);
	code = errno;
	error_ignore (setrlimit (RLIMIT_MEMLOCK, &before), "lowering one's limits always works");
	errno = code;
	return fd;
}

/* The last line of the verifier's log that says something. */
static const char *
last_line (char *log)
{
	char *line;

	for (;;) {
		size_t n = strlen (log);

		while (n > 0 && log[n - 1] == '\n')
			log[--n] = '\0';
		line = strrchr (log, '\n');
		line = line ? line + 1 : log;
		/* statistics come last */
		if (line == log || !str_starts (line, "processed "))
			return line;
		*line = '\0';
	}
}

static int
load_program (const struct bpf_insn *insns, size_t n, struct error *err)
{
	int fd = load_once (insns, n, NULL);
	autofree char *log = NULL;

	if (fd < 0 && errno == EPERM)
		fd = load_with_more_memory (insns, n);
	if (fd >= 0)
		return fd;
	if (errno == EPERM)
		return fail_hint (err, errno,
			"it needs CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN",
			"load the program for device rules");
	if (errno != EINVAL && errno != EACCES)
		return fail (err, errno, "load the program for device rules");
	log = xcalloc (1, LOG_SIZE);
	fd = load_once (insns, n, log);
	if (fd >= 0)
		return fd;
	return fail_hint (err, errno, *log ? last_line (log) : "no BPF in this kernel?",
		"load the program for device rules");
}

/* ---- what is attached already */

static bool
is_ours (int program)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .info.bpf_fd = (uint32_t) program,
		.info.info_len = sizeof info,
		.info.info = (uint64_t) (uintptr_t) &info };

	return sys_bpf (BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 && str_equal (info.name, PROGRAM_NAME);
}

static int
detach (int cgroup, int program)
{
	union bpf_attr attr = { .target_fd = (uint32_t) cgroup,
		.attach_bpf_fd = (uint32_t) program,
		.attach_type = BPF_CGROUP_DEVICE };

	return sys_bpf (BPF_PROG_DETACH, &attr);
}

/* Finds the one of ours and detaches any further ones: there is one too many when two davits were at
 * it at once. Its fd, or -1; *out_code is the errno value of a failure, or 0. */
static int
find_ours (int cgroup, int *out_code)
{
	uint32_t ids[MAX_PROGRAMS];
	union bpf_attr attr = { .query.target_fd = (uint32_t) cgroup,
		.query.attach_type = BPF_CGROUP_DEVICE,
		.query.prog_ids = (uint64_t) (uintptr_t) ids,
		.query.prog_cnt = MAX_PROGRAMS };
	autofd found = -1;

	*out_code = 0;
	if (sys_bpf (BPF_PROG_QUERY, &attr) < 0) {
		*out_code = errno;
		return -1;
	}
	for (uint32_t i = 0; i < attr.query.prog_cnt && i < MAX_PROGRAMS; i++) {
		union bpf_attr by_id = { .prog_id = ids[i] };
		autofd program = sys_bpf (BPF_PROG_GET_FD_BY_ID, &by_id);

		if (program < 0 || !is_ours (program))
			continue;
		if (found < 0)
			found = take_fd (&program);
		else
			error_ignore (detach (cgroup, program), "it only says what ours says");
	}
	return take_fd (&found);
}

static int
attach (int cgroup, int program, int replaced)
{
	union bpf_attr attr = { .target_fd = (uint32_t) cgroup,
		.attach_bpf_fd = (uint32_t) program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI | (replaced >= 0 ? BPF_F_REPLACE : 0),
		.replace_bpf_fd = replaced >= 0 ? (uint32_t) replaced : 0 };

	return sys_bpf (BPF_PROG_ATTACH, &attr);
}

int
devices_bpf_apply (struct place *place, const struct device_list *list, struct error *err)
{
	autofree struct bpf_insn *insns = NULL;
	autofd before = -1, program = -1;
	int cgroup = place_open (place, err);
	int code = 0;
	size_t n;

	if (cgroup < 0)
		return -1;
	/* a cgroup that we have made has none yet */
	if (!place->made || place->has_rules)
		before = find_ours (cgroup, &code);
	if (code != 0)
		return fail (err, code, "look at the device rules of cgroup '%s'", place->path);
	place->has_rules = true;
	if (list->default_allow && list->n == 0) {
		if (before >= 0 && detach (cgroup, before) < 0)
			return fail (
				err, errno, "take the device rules off cgroup '%s'", place->path);
		return 0;
	}
	n = devices_bpf_compile (list, &insns);
	program = load_program (insns, n, err);
	if (program < 0)
		return -1;
	if (attach (cgroup, program, before) < 0)
		return fail_hint (err, errno,
			errno == EPERM ? "a cgroup above it has a program that allows no other"
				       : NULL,
			"set the device rules of cgroup '%s'", place->path);
	return 0;
}
