/* Values: scalars and typed pointers. How a reader takes one out of a promise is in core/take.c. */
#include <stdlib.h>

#include <string.h>

#include "promise/base/base.h"

sley_value sley_int(int64_t i)
{
  sley_value v;
  v.i = i;
  v.type = NULL;
  return v;
}

sley_value sley_bool(bool truth) { return sley_int(truth ? 1 : 0); }

sley_value sley_double(double number)
{
  sley_value v;
  v.u = 0;
  v.d = number;
  v.type = NULL;
  return v;
}

sley_value sley_own(void *ptr, const sley_type *type)
{
  sley_value v;
  v.u = 0;
  v.ptr = ptr;
  v.type = type;
  return v;
}

sley_value sley_borrow(void *ptr) { return sley_own(ptr, NULL); }

sley_value sley_unit(void) { return sley_int(0); }

static const char nothing;

static void *none_dup(void *ptr) { return ptr; }

const sley_type sley_type_none = {
    .size = sizeof(sley_type), .name = "none", .dup = none_dup, .send = sley_send_plain};

sley_value sley_none(void)
{
  union {
    const char *in;
    void *out;
  } u = {&nothing}; /* a dup that returns NULL would mean out of memory */
  return sley_own(u.out, &sley_type_none);
}

bool sley_is_none(const sley_value *v) { return v->type == &sley_type_none; }

const sley_type sley_type_moved = {.size = sizeof(sley_type), .name = "moved"};

/* Types are compared by address: one defined in two modules is two types. */
static _Noreturn void same_name(const char *site, const sley_type *is, const char *name)
{
  char file[256];
  sley__place_say(is, false, file, sizeof(file));
  sley__abort(
      "a value of type %s was read as %s%s%s, a different type of that name: the value's is "
      "defined in %s; a library linked into a program and its plugins exists once in each, with "
      "its own types: share one copy",
      name, name, site[0] != '\0' ? " at " : "", site, file);
}

static _Noreturn SLEY__NOINLINE void wrong_type(const char *site, const sley_value *v,
                                                const char *wanted)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (v == NULL)
    sley__abort(
        "no value (NULL) was read as %s%s%s: sley_promise_value and sley_storage_get return NULL "
        "if there is none",
        wanted, at, site);
  const char *is = v->type == NULL ? "scalar" : v->type->name;
  if (v->type != NULL && strcmp(is, wanted) == 0) same_name(site, v->type, wanted);
  sley__abort("a value of type %s was read as %s%s%s: %s", is, wanted, at, site,
              v->type == &sley_type_moved ? "another reader has moved it out; if the type has dup, "
                                            "sley_take gives each reader its own"
              : v->type == NULL
                  ? "read a scalar with sley_value_int or a similar function; check what the "
                    "promise is fulfilled with"
                  : "check what the promise is fulfilled with, or check v->type first");
}

void *sley_value_ptr_at(const char *site, const sley_value *v, const sley_type *type)
{
  if (SLEY__UNLIKELY(v == NULL || v->type != type)) wrong_type(site, v, type->name);
  return v->ptr;
}

#define SCALAR(name, result, member)                                                 \
  result sley_value_##name##_at(const char *site, const sley_value *v)               \
  {                                                                                  \
    if (SLEY__UNLIKELY(v == NULL || v->type != NULL)) wrong_type(site, v, "scalar"); \
    return member;                                                                   \
  }
SCALAR(int, int64_t, v->i)
SCALAR(double, double, v->d)
SCALAR(bool, bool, v->u != 0)
SCALAR(borrowed, void *, v->ptr)

void sley_value_drop(sley_value *v)
{
  if (v == NULL || v->type == NULL) return;
  sley_value old = *v;
  *v = sley_unit();
  if (old.type->drop != NULL) old.type->drop(old.ptr);
}

int sley_value_dup(const sley_value *v, sley_value *out)
{
  if (v->type == NULL) {
    sley__value_put(out, v);
    return 0;
  }
  *out = sley_unit();
  if (v->type == &sley_type_moved) return -SLEY_EMOVED;
  if (v->type->dup == NULL) return -SLEY_EINVAL;
  void *copy = v->type->dup(v->ptr);
  if (copy == NULL) return -SLEY_ENOMEM;
  *out = sley_own(copy, v->type);
  return 0;
}

/* ---- crossing ---- */

void *sley_send_plain(void *ptr) { return ptr; }

int sley__value_send(sley_value *v)
{
  if (v->type == NULL) return 0;
  if (v->type->send == NULL) return -SLEY_ESEND;
  void *sent = v->type->send(v->ptr);
  if (sent == NULL) return -SLEY_ESEND;
  v->ptr = sent;
  return 0;
}

sley_error *sley__send_error(const char *site, const sley_value *v, const char *what)
{
  return sley_error_new_at(
      site, &sley_kind_sley, SLEY_ESEND, "%s, of type %s, cannot leave its domain: %s", what,
      v->type->name,
      v->type->send == NULL ? "its sley_type has no send; set send to sley_send_plain if any "
                              "thread can use the object, otherwise to a function that prepares it"
                            : "its send function refused it");
}

sley_error *sley__dup_error(const char *site, const sley_value *v, int code, const char *what)
{
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  if (v->type != NULL && v->type->dup == NULL)
    return sley_error_new_at(
        site, &sley_kind_sley, -code,
        "%s, of type %s, has several receivers and cannot be copied: its sley_type has no dup; set "
        "dup to a function that copies it or adds an owner",
        what, v->type->name);
  return sley_error_new_at(site, &sley_kind_sley, -code, "%s: %s", what, sley_code_text(code));
}

/* ---- text ---- */

static void *text_dup(void *ptr)
{
  size_t bytes = strlen(ptr) + 1;
  char *copy = malloc(bytes);
  if (copy != NULL) memcpy(copy, ptr, bytes);
  return copy;
}

const sley_type sley_type_text = {.size = sizeof(sley_type),
                                  .name = "text",
                                  .drop = free,
                                  .dup = text_dup,
                                  .send = sley_send_plain};

sley_error *sley_text(const char *text, sley_value *out)
{
  SLEY__NEEDS(text);
  SLEY__NEEDS(out);
  *out = sley_unit();
  union {
    const char *in;
    void *out;
  } u = {text};
  char *copy = text_dup(u.out);
  if (copy == NULL) return sley_error_nomem();
  *out = sley_own(copy, &sley_type_text);
  return NULL;
}
