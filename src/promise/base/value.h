/* The internal interface of values. */
#ifndef SLEY_BASE_VALUE_H
#define SLEY_BASE_VALUE_H

#include <sley/value.h>

#include "promise/base/compiler.h"

/* The error for v, described by what, which cannot leave its domain. */
sley_error *sley__send_error(const char *site, const sley_value *v, const char *what);
/* The error for sley_value_dup of v, described by what, which failed with code. */
sley_error *sley__dup_error(const char *site, const sley_value *v, int code, const char *what);
/* Prepares v for another domain by its type's rule. 0 or -SLEY_ESEND (v unchanged). */
int sley__value_send(sley_value *v);

/* Copies a value word by word: if the two words were just written, one wide load would have to wait until they have
 * left the store buffer. */
static inline void sley__value_put(sley_value *to, const sley_value *from)
{
  to->u = from->u;
  to->type = from->type;
}

/* Whether a value owns nothing that can own further objects. */
static inline bool sley__is_leaf(const sley_value *v)
{
  return v->type == NULL || v->type == &sley_type_text;
}

#endif
