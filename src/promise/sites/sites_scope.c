/* Made by scripts/generate from sley/scope.h: its functions for pointers and bindings. */
#include <sley/scope.h>

/* clang-format off */

sley_promise *(sley_with_scope)(sley_scope_fn *body, void *ctx, sley_drop_fn *drop)
{
  return sley_with_scope_at("", body, ctx, drop);
}

sley_promise *(sley_with_supervisor)(sley_error_fn *on_failure, sley_scope_fn *body, void *ctx, sley_drop_fn *drop)
{
  return sley_with_supervisor_at("", on_failure, body, ctx, drop);
}

int (sley_scope_spawn)(sley_scope *scope, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return sley_scope_spawn_at("", scope, fn, ctx, drop);
}

int (sley_scope_spawn_with)(sley_scope *scope, const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return sley_scope_spawn_with_at("", scope, options, fn, ctx, drop);
}

sley_promise *(sley_scope_wait)(sley_scope *scope)
{
  return sley_scope_wait_at("", scope);
}
