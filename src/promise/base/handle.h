/* The four functions of a handle that travels in values. */
#ifndef SLEY_PROMISE_BASE_HANDLE_H
#define SLEY_PROMISE_BASE_HANDLE_H

#include <sley/value.h>

/* Takes out the object of a value of this type by sley_take's rule; NULL: another reader has it. Aborts if the value
 * has another type. */
void *sley__value_take(sley_value *v, const sley_type *type);

static inline bool sley__value_is(const sley_value *v, const sley_type *type)
{
  return v != NULL && v->type == type;
}

#define SLEY__HANDLE(name)                                                                       \
  sley_value sley_##name##_to_value(sley_##name *name)                                           \
  {                                                                                              \
    return sley_own(name, &sley_type_##name);                                                    \
  }                                                                                              \
  sley_##name *sley_##name##_in(const sley_value *v)                                             \
  {                                                                                              \
    return sley_value_ptr(v, &sley_type_##name);                                                 \
  }                                                                                              \
  bool sley_##name##_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_##name); } \
  sley_##name *sley_##name##_take(sley_value *v) { return sley__value_take(v, &sley_type_##name); }

#endif
