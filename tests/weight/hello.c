/* The smallest program that waits: what it takes of the library is what every program takes. */
#include <sley.h>
#include <stdio.h>

static sley_promise *hello(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  puts("hello");
  return sley_return_unit();
}

int main(void) { return sley_main(sley_bind(sley_sleep(0.001), hello, NULL), "hello"); }
