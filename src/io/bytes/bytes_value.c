/* Values of parts. The first one of a block lies in the block; others are allocations of their own. */
#include "io/bytes/bytes.h"

/* A box of its own knows which runtime its memory is from. */
typedef struct own_box {
  sley_bytes bytes; /* the first member */
  sley_runtime *runtime;
} own_box;

static bool is_in_block(const sley_bytes *box)
{
  return box->block != NULL && box == &box->block->box;
}

/* The box of all values of no bytes, which hold nothing. */
static const sley_bytes no_bytes = {.at = ""};

static sley_bytes *no_bytes_box(void) { return (sley_bytes *)(uintptr_t)&no_bytes; }

/* Takes over b's holder, on success. */
static sley_bytes *box_new(const sley_bytes *b)
{
  struct sley__block *block = b->block;
  if (block == NULL && b->size == 0) return no_bytes_box();
  if (block != NULL && !block->has_crossed && block->box.block == NULL) {
    block->box = *b;
    return &block->box;
  }
  sley_runtime *runtime = sley__self()->runtime;
  own_box *box = sley__runtime_alloc(runtime, sizeof(*box));
  if (box == NULL) return NULL;
  *box = (own_box){*b, runtime};
  return &box->bytes;
}

/* Frees the box, whose part goes to the caller. */
static sley_bytes unbox(sley_bytes *box)
{
  sley_bytes b = *box;
  if (box == &no_bytes) return b;
  if (is_in_block(box)) {
    box->block = NULL;
  } else {
    own_box *own = SLEY__CONTAINER(box, own_box, bytes);
    sley__runtime_free(own->runtime, own, sizeof(*own));
  }
  return b;
}

static void value_drop(void *ptr)
{
  sley_bytes b = unbox(ptr);
  sley_bytes_drop(&b);
}

static void *value_dup(void *ptr)
{
  const sley_bytes *from = ptr;
  sley_bytes b = sley_bytes_part(from, 0, from->size);
  sley_bytes *box = box_new(&b);
  if (box == NULL) sley_bytes_drop(&b);
  return box;
}

static void *value_send(void *ptr)
{
  const sley_bytes *b = ptr;
  if (b->block != NULL) sley__block_cross(b->block);
  return ptr;
}

const sley_type sley_type_bytes = {.size = sizeof(sley_type),
                                   .name = "bytes",
                                   .drop = value_drop,
                                   .dup = value_dup,
                                   .send = value_send};

sley_error *sley_bytes_to_value(sley_bytes *b, sley_value *out)
{
  SLEY__NEEDS(b);
  SLEY__NEEDS(out);
  sley_bytes *box = box_new(b);
  *out = box != NULL ? sley_own(box, &sley_type_bytes) : sley_unit();
  if (box == NULL) sley_bytes_drop(b);
  *b = (sley_bytes){0};
  return box != NULL ? NULL : sley_error_nomem();
}

const sley_bytes *sley_bytes_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_bytes);
}

bool sley_bytes_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_bytes); }

int sley_bytes_take(sley_value *v, sley_bytes *out)
{
  SLEY__NEEDS(out);
  sley_bytes *box = sley__value_take(v, &sley_type_bytes);
  *out = box != NULL ? unbox(box) : (sley_bytes){0};
  return box != NULL ? 0 : -SLEY_EMOVED;
}

bool sley__bytes_value(struct sley__block *block, const char *at, size_t size, sley_value *out)
{
  sley_bytes b = {.at = at, .size = size, .block = block};
  sley_bytes *box = box_new(&b);
  if (box == NULL) return false;
  sley__block_give_out(block);
  *out = sley_own(box, &sley_type_bytes);
  return true;
}

bool sley__bytes_value_copy(const void *data, size_t size, sley_value *out)
{
  if (size == 0) {
    *out = sley_own(no_bytes_box(), &sley_type_bytes);
    return true;
  }
  struct sley__block *block = sley__block_new(sley__self()->runtime, size);
  if (block == NULL) return false;
  memcpy(block->data, data, size);
  return sley__bytes_value(block, block->data, size, out); /* in the block: no memory needed */
}
