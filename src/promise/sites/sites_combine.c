/* Made by scripts/generate from sley/combine.h: its functions for pointers and bindings. */
#include <sley/combine.h>

/* clang-format off */

sley_list *(sley_list_in)(const sley_value *v)
{
  return sley_list_in_at("", v);
}

const sley_value *(sley_list_item)(const sley_list *list, size_t index)
{
  return sley_list_item_at("", list, index);
}

sley_split *(sley_split_in)(const sley_value *v)
{
  return sley_split_in_at("", v);
}

sley_promise *(sley_join)(sley_promise *const *ps, size_t n)
{
  return sley_join_at("", ps, n);
}

sley_promise *(sley_all)(sley_promise *const *ps, size_t n)
{
  return sley_all_at("", ps, n);
}

sley_promise *(sley_both)(sley_promise *a, sley_promise *b)
{
  return sley_both_at("", a, b);
}

sley_promise *(sley_choose)(sley_promise *const *ps, size_t n)
{
  return sley_choose_at("", ps, n);
}

sley_promise *(sley_pick)(sley_promise *const *ps, size_t n)
{
  return sley_pick_at("", ps, n);
}

sley_promise *(sley_nchoose)(sley_promise *const *ps, size_t n)
{
  return sley_nchoose_at("", ps, n);
}

sley_promise *(sley_npick)(sley_promise *const *ps, size_t n)
{
  return sley_npick_at("", ps, n);
}

sley_promise *(sley_nchoose_split)(sley_promise *const *ps, size_t n)
{
  return sley_nchoose_split_at("", ps, n);
}
