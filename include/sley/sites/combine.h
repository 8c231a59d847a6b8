/* Made by scripts/generate from sley/combine.h. */
#ifndef SLEY_SITES_COMBINE_H
#define SLEY_SITES_COMBINE_H

#include <sley/combine.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API sley_list *sley_list_in_at(const char *site, const sley_value *v); /* contract: combine.h */
SLEY_API const sley_value *sley_list_item_at(const char *site, const sley_list *list, size_t index); /* contract: combine.h */
SLEY_API sley_split *sley_split_in_at(const char *site, const sley_value *v); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_join_at(const char *site, sley_promise *const *ps, size_t n); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_all_at(const char *site, sley_promise *const *ps, size_t n); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_both_at(const char *site, sley_promise *a, sley_promise *b); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_choose_at(const char *site, sley_promise *const *ps, size_t n); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_pick_at(const char *site, sley_promise *const *ps, size_t n); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_nchoose_at(const char *site, sley_promise *const *ps, size_t n); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_npick_at(const char *site, sley_promise *const *ps, size_t n); /* contract: combine.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_nchoose_split_at(const char *site, sley_promise *const *ps, size_t n); /* contract: combine.h */
#define sley_list_in(...) sley_list_in_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_list_item(...) sley_list_item_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_split_in(...) sley_split_in_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_join(...) sley_join_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_all(...) sley_all_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_both(...) sley_both_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_choose(...) sley_choose_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_pick(...) sley_pick_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_nchoose(...) sley_nchoose_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_npick(...) sley_npick_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */
#define sley_nchoose_split(...) sley_nchoose_split_at(SLEY_HERE, __VA_ARGS__) /* contract: combine.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
