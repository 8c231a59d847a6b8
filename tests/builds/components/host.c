/* A program on the whole library with a plugin on promises alone, shared both: two copies of the library in one process.
 * Argument: alone (each works) or both (a promise of the plugin's copy is given to the program's, which aborts). */
#include <sley.h>
#include <stdio.h>
#include <string.h>

sley_promise *plugin_promise(void);
int plugin_works(void);

int main(int count, char **arguments)
{
  if (count != 2) return 2;
  sley_value v;
  if (strcmp(arguments[1], "both") == 0) {
    sley_error_drop(sley_run(sley_both(sley_sleep(0.001), plugin_promise()), &v));
    return 3;
  }
  if (!plugin_works()) return 4;
  if (sley_run(sley_sleep(0.001), &v) != NULL) return 5;
  printf("both work\n");
  return sley_finish() == 0 ? 0 : 6;
}
