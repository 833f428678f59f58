/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/challenge.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_VALUE 4096

/* A place in the header. */
struct reader {
	const char *p;
};

static bool
is_token_char (char c)
{
	return isalnum ((unsigned char) c) || (c != '\0' && strchr ("!#$%&'*+-.^_`|~", c));
}

static void
skip_blanks (struct reader *r)
{
	r->p += strspn (r->p, " \t");
}

/* Blanks and commas: lists may have empty elements. */
static void
skip_separators (struct reader *r)
{
	r->p += strspn (r->p, " \t,");
}

/* NULL if there is none. */
static char *
read_token (struct reader *r)
{
	const char *start = r->p;
	char *token;

	while (is_token_char (*r->p))
		r->p++;
	if (r->p == start)
		return NULL;
	token = xmalloc ((size_t) (r->p - start) + 1);
	memcpy (token, start, (size_t) (r->p - start));
	token[r->p - start] = '\0';
	return token;
}

static char *
read_quoted (struct reader *r)
{
	AUTO (buffer_done) struct buffer text = { 0 };

	buffer_add_text (&text, "");
	for (r->p++; *r->p != '"'; r->p++) {
		if (*r->p == '\\')
			r->p++;
		if ((unsigned char) *r->p < ' ' || *r->p == 0x7f || text.size > MAX_VALUE)
			return NULL;
		buffer_add_char (&text, *r->p);
	}
	r->p++;
	return take_ptr (text.data);
}

/* Whether what follows is "name=value" and not the next scheme. */
static bool
at_parameter (const struct reader *r)
{
	const char *p = r->p;

	while (is_token_char (*p))
		p++;
	if (p == r->p)
		return false;
	p += strspn (p, " \t");
	return *p == '=' && p[1] != '=' && p[1] != '\0' && p[1] != ',';
}

static int
keep (char **where, char **value, const char *name, struct error *err)
{
	if (*where)
		return fail (err, 0, "WWW-Authenticate: '%s' is given twice", name);
	*where = take_ptr (*value);
	return 0;
}

static int
read_parameter (struct reader *r, struct challenge *out, struct error *err)
{
	autofree char *name = read_token (r);
	autofree char *value = NULL;

	skip_blanks (r);
	r->p++; /* the '=': at_parameter has seen it */
	skip_blanks (r);
	value = *r->p == '"' ? read_quoted (r) : read_token (r);
	if (!name || !value)
		return fail (err, 0, "WWW-Authenticate: parameter '%s' makes no sense",
			name ? name : "");
	if (strcasecmp (name, "realm") == 0)
		return keep (&out->realm, &value, name, err);
	if (strcasecmp (name, "service") == 0)
		return keep (&out->service, &value, name, err);
	if (strcasecmp (name, "scope") == 0)
		return keep (&out->scope, &value, name, err);
	return 0;
}

/* One challenge; *out is empty before. */
static int
read_challenge (struct reader *r, struct challenge *out, struct error *err)
{
	autofree char *scheme = read_token (r);

	if (!scheme || (*r->p != '\0' && !strchr (" \t,", *r->p)))
		return fail (err, 0, "WWW-Authenticate makes no sense");
	if (strcasecmp (scheme, "bearer") == 0)
		out->scheme = CHALLENGE_BEARER;
	else if (strcasecmp (scheme, "basic") == 0)
		out->scheme = CHALLENGE_BASIC;
	skip_blanks (r);
	/* The other form, one token68 as with Negotiate. */
	if (!at_parameter (r)) {
		size_t n = strcspn (r->p, ", \t");

		if (*r->p != ',' && out->scheme == CHALLENGE_NONE)
			r->p += n;
	}
	while (skip_separators (r), at_parameter (r))
		if (read_parameter (r, out, err) < 0)
			return -1;
	if (out->scheme == CHALLENGE_BEARER && !out->realm)
		return fail (err, 0, "WWW-Authenticate: Bearer without a realm");
	return 0;
}

int
challenge_add (struct challenge *challenge, const char *value, struct error *err)
{
	struct reader r = { value };

	while (skip_separators (&r), *r.p != '\0') {
		AUTO (challenge_done) struct challenge next = { 0 };

		if (read_challenge (&r, &next, err) < 0)
			return -1;
		if (next.scheme <= challenge->scheme)
			continue;
		challenge_done (challenge);
		*challenge = next;
		next = (struct challenge){ 0 };
	}
	return 0;
}

void
challenge_done (struct challenge *challenge)
{
	free (challenge->realm);
	free (challenge->service);
	free (challenge->scope);
	*challenge = (struct challenge){ 0 };
}
