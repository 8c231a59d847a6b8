/* Collects a dump, which is written in pieces, as one text. */
#ifndef TESTS_SUPPORT_PAGE_H
#define TESTS_SUPPORT_PAGE_H

#include "support/unit.h"

static struct {
  char text[65536];
  size_t length;
} page;

static inline void page_clear(void)
{
  page.length = 0;
  page.text[0] = '\0';
}

static inline void collect(void *ctx, const char *text, size_t size)
{
  (void)ctx;
  assert_true(page.length + size < sizeof page.text);
  memcpy(page.text + page.length, text, size);
  page.length += size;
  page.text[page.length] = '\0';
}

#endif
