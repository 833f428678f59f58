/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each list of rules is judged three times: by a reading of the rules as the spec words them, by the
 * BPF program in a small interpreter, and by v1's default and exceptions as the kernel reads them.
 */
#include "unit.h"

#include "base/auto.h"
#include "cgroup/devices.h"
#include "cgroup/devices_bpf.h"

#include <stdlib.h>
#include <string.h>

#define R DEVICE_READ
#define W DEVICE_WRITE
#define M DEVICE_MKNOD

#define RULE(allow_, type_, major_, minor_, access_)                              \
	{                                                                         \
		.allow = allow_, .type = type_, .major = major_, .minor = minor_, \
		.read = ((access_) &R) != 0, .write = ((access_) &W) != 0,        \
		.mknod = ((access_) &M) != 0, .at = "at"                          \
	}

#define stop(...)                           \
	do {                                \
		print_error (__VA_ARGS__);  \
		print_error ("\n");         \
		_fail (__FILE__, __LINE__); \
	} while (0)

struct request {
	char type;
	uint32_t major, minor;
	unsigned int access;
};

/* ---- the interpreter: as much of BPF as the compiler uses */

static uint32_t
operand (const struct bpf_insn *insn, const uint64_t *regs)
{
	return BPF_SRC (insn->code) == BPF_X ? (uint32_t) regs[insn->src_reg]
					     : (uint32_t) insn->imm;
}

static void
do_alu (const struct bpf_insn *insn, uint64_t *regs)
{
	uint32_t value = operand (insn, regs);
	uint32_t reg = (uint32_t) regs[insn->dst_reg];

	switch (BPF_OP (insn->code)) {
	case BPF_MOV:
		reg = value;
		break;
	case BPF_AND:
		reg &= value;
		break;
	case BPF_RSH:
		reg >>= value;
		break;
	default:
		stop ("unknown ALU operation %x", insn->code);
	}
	regs[insn->dst_reg] = reg;
}

static bool
jumps (const struct bpf_insn *insn, const uint64_t *regs)
{
	uint32_t value = operand (insn, regs);
	uint32_t reg = (uint32_t) regs[insn->dst_reg];

	switch (BPF_OP (insn->code)) {
	case BPF_JNE:
		return reg != value;
	case BPF_JSET:
		return (reg & value) != 0;
	default:
		stop ("unknown jump %x", insn->code);
	}
	return false;
}

static bool
run_program (const struct bpf_insn *insns, size_t n, const struct request *request)
{
	struct bpf_cgroup_dev_ctx context = {
		.access_type = request->access << 16 |
			       (request->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK),
		.major = request->major,
		.minor = request->minor,
	};
	uint64_t regs[11] = { 0 };

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *insn = &insns[pc];

		switch (BPF_CLASS (insn->code)) {
		case BPF_LDX: {
			uint32_t word;

			assert_int_equal (insn->src_reg, 1);
			assert_in_range (insn->off, 0, sizeof context - sizeof word);
			memcpy (&word, (char *) &context + insn->off, sizeof word);
			regs[insn->dst_reg] = word;
			break;
		}
		case BPF_ALU:
			do_alu (insn, regs);
			break;
		case BPF_JMP32:
			if (jumps (insn, regs))
				pc += (size_t) insn->off;
			break;
		case BPF_JMP:
			if (insn->code == (BPF_JMP | BPF_EXIT))
				return regs[0] != 0;
			assert_int_equal (insn->code, BPF_JMP | BPF_JA);
			pc += (size_t) insn->off;
			break;
		default:
			stop ("unknown instruction %x", insn->code);
		}
	}
	stop ("the program ends without an exit");
	return false;
}

/* ---- the judges */

static bool
is_about (char type, int64_t major, int64_t minor, const struct request *request)
{
	return (type == 'a' || type == request->type) &&
	       (major == DEVICE_ANY || major == request->major) &&
	       (minor == DEVICE_ANY || minor == request->minor);
}

/* What every container may, said a second time. */
static bool
is_default (const struct request *request, unsigned int bit)
{
	static const uint32_t nodes[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 },
		{ 5, 0 }, { 5, 1 }, { 5, 2 }, { 10, 200 } };

	if (bit == M)
		return true;
	if (request->type != 'c')
		return false;
	if (request->major == 136)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE (nodes); i++)
		if (nodes[i][0] == request->major && nodes[i][1] == request->minor)
			return true;
	return false;
}

static bool
judge_bit (
	const struct device_rule *rules, size_t n, const struct request *request, unsigned int bit)
{
	if (is_default (request, bit))
		return true;
	for (size_t i = n; i-- > 0;) {
		unsigned int access = (rules[i].read ? R : 0) | (rules[i].write ? W : 0) |
				      (rules[i].mknod ? M : 0);

		if (is_about (rules[i].type, rules[i].major, rules[i].minor, request) &&
			(access & bit))
			return rules[i].allow;
	}
	return false;
}

static bool
judge (const struct device_rule *rules, size_t n, const struct request *request)
{
	for (unsigned int bit = 1; bit <= DEVICE_ALL; bit <<= 1)
		if ((request->access & bit) && !judge_bit (rules, n, request, bit))
			return false;
	return true;
}

/* For one bit: v1's exceptions have no order. */
static bool
judge_v1 (const struct device_list *flat, const struct request *request)
{
	for (size_t i = 0; i < flat->n; i++)
		if (is_about (flat->entries[i].type, flat->entries[i].major, flat->entries[i].minor,
			    request) &&
			(flat->entries[i].access & request->access))
			return !flat->default_allow;
	return flat->default_allow;
}

static void
check_request (const struct device_rule *rules, size_t n, const struct device_list *list,
	const struct device_list *flat, const struct request *request)
{
	autofree struct bpf_insn *insns = NULL;
	size_t n_insns = devices_bpf_compile (list, &insns);
	bool expected = judge (rules, n, request);
	bool is_single = (request->access & (request->access - 1)) == 0;

	if (run_program (insns, n_insns, request) != expected)
		stop ("BPF: %c %u:%u access %u should be %s", request->type, request->major,
			request->minor, request->access, expected ? "allowed" : "denied");
	if (flat && is_single && judge_v1 (flat, request) != expected)
		stop ("v1: %c %u:%u access %u should be %s", request->type, request->major,
			request->minor, request->access, expected ? "allowed" : "denied");
}

/* All the devices that the rules name, and neighbours, with every access. */
static void
check_rules (const struct device_rule *rules, size_t n, bool fits_v1)
{
	static const uint32_t numbers[] = { 0, 1, 3, 5, 8, 10, 136, 200, 4095 };
	struct arena arena = { 0 };
	struct device_list list, flat;
	struct error err;

	device_list_make (&arena, rules, n, &list);
	assert_int_equal (device_list_flatten (&arena, &list, &flat, &err), fits_v1 ? 0 : -1);
	for (size_t i = 0; i < ARRAY_SIZE (numbers); i++)
		for (size_t k = 0; k < ARRAY_SIZE (numbers); k++)
			for (unsigned int access = 1; access <= DEVICE_ALL; access++)
				for (int type = 'b'; type <= 'c'; type++) {
					struct request request = { (char) type, numbers[i],
						numbers[k], access };

					check_request (
						rules, n, &list, fits_v1 ? &flat : NULL, &request);
				}
	arena_done (&arena);
}

#define CHECK_RULES(fits_v1, ...)                                           \
	do {                                                                \
		static const struct device_rule rules_[] = { __VA_ARGS__ }; \
		check_rules (rules_, ARRAY_SIZE (rules_), (fits_v1));       \
	} while (0)

static void
without_rules_only_the_default_devices_are_allowed (void **state)
{
	check_rules (NULL, 0, true);
}

static void
the_usual_rules_change_nothing (void **state)
{
	static const struct device_rule rules[] = { RULE (false, 'a', -1, -1, R | W | M) };
	struct arena arena = { 0 };
	struct device_list with, without;

	CHECK_RULES (true, RULE (false, 'a', -1, -1, R | W | M));
	device_list_make (&arena, rules, 1, &with);
	device_list_make (&arena, NULL, 0, &without);
	assert_int_equal (with.n, 12);
	assert_int_equal (with.n, without.n);
	assert_false (with.default_allow);
	arena_done (&arena);
}

static void
what_is_said_twice_is_there_once (void **state)
{
	static const struct device_rule rules[] = { RULE (true, 'c', 1, 3, R | W | M),
		RULE (true, 'b', 8, 0, R), RULE (false, 'b', 8, 0, W), RULE (true, 'b', 8, 0, R),
		RULE (true, 'c', 136, 4, R | W) };
	struct arena arena = { 0 };
	struct device_list list;

	device_list_make (&arena, rules, ARRAY_SIZE (rules), &list);
	assert_int_equal (list.n, 13);
	arena_done (&arena);
}

static void
allow_all_is_no_rule_at_all (void **state)
{
	static const struct device_rule rules[] = { RULE (false, 'c', 1, 3, R),
		RULE (true, 'a', -1, -1, R | W | M) };
	struct arena arena = { 0 };
	struct device_list list;

	device_list_make (&arena, rules, 2, &list);
	assert_true (list.default_allow);
	assert_int_equal (list.n, 0);
	arena_done (&arena);
	CHECK_RULES (true, RULE (true, 'a', -1, -1, R | W | M));
}

static void
single_devices_are_added_to_the_default_ones (void **state)
{
	CHECK_RULES (true, RULE (false, 'a', -1, -1, R | W | M), RULE (true, 'c', 10, 3, R | W),
		RULE (true, 'b', 8, 0, R), RULE (true, 'b', 8, 0, W), RULE (true, 'c', 8, -1, R));
}

static void
the_last_rule_counts_for_each_access (void **state)
{
	CHECK_RULES (true, RULE (true, 'b', 8, 3, R | W), RULE (false, 'b', 8, 3, W),
		RULE (true, 'b', 8, 5, R), RULE (false, 'b', 8, -1, W | R),
		RULE (true, 'b', 8, 8, W));
}

static void
a_type_may_be_allowed_as_a_whole (void **state)
{
	CHECK_RULES (true, RULE (true, 'b', -1, -1, R | W | M));
	CHECK_RULES (true, RULE (true, 'c', -1, -1, R));
	CHECK_RULES (true, RULE (true, 'a', -1, -1, R));
	CHECK_RULES (true, RULE (true, 'a', 8, -1, R | W));
}

static void
from_everything_some_may_be_taken (void **state)
{
	CHECK_RULES (true, RULE (true, 'a', -1, -1, R | W | M), RULE (false, 'b', 8, -1, R | W),
		RULE (false, 'c', 10, 3, W));
	/* what every container has stays, so v1 has to say it from the other end */
	CHECK_RULES (
		true, RULE (true, 'a', -1, -1, R | W | M), RULE (false, 'c', -1, -1, R | W | M));
}

static void
v1_can_not_make_exceptions_from_exceptions (void **state)
{
	static const struct device_rule rules[] = { RULE (true, 'b', 8, -1, R),
		RULE (false, 'b', 8, 3, R) };
	struct arena arena = { 0 };
	struct device_list list, flat;
	struct error err;

	CHECK_RULES (false, RULE (true, 'b', 8, -1, R), RULE (false, 'b', 8, 3, R));
	device_list_make (&arena, rules, 2, &list);
	assert_int_equal (device_list_flatten (&arena, &list, &flat, &err), -1);
	assert_string_equal (
		err.text, "at: cgroup v1 can't make 'b 8:3 r' an exception from 'b 8:* r'");
	arena_done (&arena);
}

static void
numbers_that_no_device_has_allow_nothing (void **state)
{
	/* 2^32 + 8 and 8 are the same in 32 bits */
	CHECK_RULES (false, RULE (true, 'b', 4294967304, 3, R), RULE (false, 'b', 8, 3, W),
		RULE (true, 'b', -2, 3, R), RULE (true, 'b', 10, -1, R),
		RULE (false, 'b', 10, 5, R));
	CHECK_RULES (true, RULE (true, 'c', 4095, 4294967295, R));
}

static struct device_rule
random_rule (void)
{
	static const int64_t numbers[] = { -1, -1, 1, 3, 5, 8, 10 };
	static const char types[] = "abc";
	struct device_rule rule = RULE (rand () % 2, types[rand () % 3], numbers[rand () % 7],
		numbers[rand () % 7], 1 + (unsigned int) rand () % 7);

	return rule;
}

static void
random_rules_mean_the_same_to_all_judges (void **state)
{
	size_t n_flat = 0;

	srand (4711);
	for (int round = 0; round < 150; round++) {
		struct device_rule rules[6];
		struct arena arena = { 0 };
		struct device_list list, flat;
		struct error err;
		size_t n = (size_t) rand () % 7;
		bool fits;

		for (size_t i = 0; i < n; i++)
			rules[i] = random_rule ();
		device_list_make (&arena, rules, n, &list);
		fits = device_list_flatten (&arena, &list, &flat, &err) == 0;
		n_flat += fits;
		check_rules (rules, n, fits);
		arena_done (&arena);
	}
	assert_in_range (n_flat, 40, 149);
}

int
main (void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test (without_rules_only_the_default_devices_are_allowed),
		cmocka_unit_test (the_usual_rules_change_nothing),
		cmocka_unit_test (what_is_said_twice_is_there_once),
		cmocka_unit_test (allow_all_is_no_rule_at_all),
		cmocka_unit_test (single_devices_are_added_to_the_default_ones),
		cmocka_unit_test (the_last_rule_counts_for_each_access),
		cmocka_unit_test (a_type_may_be_allowed_as_a_whole),
		cmocka_unit_test (from_everything_some_may_be_taken),
		cmocka_unit_test (v1_can_not_make_exceptions_from_exceptions),
		cmocka_unit_test (numbers_that_no_device_has_allow_nothing),
		cmocka_unit_test (random_rules_mean_the_same_to_all_judges),
	};

	return cmocka_run_group_tests (tests, NULL, NULL);
}
