/* Made by scripts/generate from sley/value.h: its functions for pointers and bindings. */
#include <sley/value.h>

/* clang-format off */

void *(sley_value_ptr)(const sley_value *v, const sley_type *type)
{
  return sley_value_ptr_at("", v, type);
}

int64_t (sley_value_int)(const sley_value *v)
{
  return sley_value_int_at("", v);
}

double (sley_value_double)(const sley_value *v)
{
  return sley_value_double_at("", v);
}

bool (sley_value_bool)(const sley_value *v)
{
  return sley_value_bool_at("", v);
}

void *(sley_value_borrowed)(const sley_value *v)
{
  return sley_value_borrowed_at("", v);
}
