/* What the tests of the package compile, as C and as C++: a promise that waits, and a domain of its own. */
#include <sley.h>
#include <stdio.h>

static sley_promise *there(sley_value *v)
{
  (void)v;
  return sley_return(sley_int(sley_domain_id(sley_domain_current()) != 0));
}

int main(void)
{
  sley_value v;
  sley_error *e = sley_run(sley_sleep(0.01), NULL);
  if (e == NULL) e = sley_run(sley_domain_each(2, there, sley_unit()), &v);
  if (e != NULL) {
    fprintf(stderr, "%s\n", sley_error_message(e));
    sley_error_drop(e);
    return 1;
  }
  sley_value_drop(&v);
  printf("%s\n", sley_version_text());
  return sley_finish() != 0;
}
