/* Programs with a mistake: each is a run of the test's own program with the scene's name as argument, and must write
 * certain words to stderr. */
#ifndef TESTS_SUPPORT_SCENES_H
#define TESTS_SUPPORT_SCENES_H

#include "support/child.h"
#include "support/process.h"

#define HERE __FILE__ ":"

typedef struct scene {
  const char *name;
  void (*run)(void);
  bool aborts;
  const char *says[3], *is_silent_about;
} scene;

static const char *program;

static inline int run_scene(const char *name, bool debugging, char *text, size_t size)
{
  const char *const words[] = {program, name, NULL};
  return run_program(words, debugging, text, size);
}

/* debugging sets SLEY_DEBUG=1. */
static inline void scene_goes_as_said(const scene *s, bool debugging)
{
  char text[8192];
  int status = run_scene(s->name, debugging, text, sizeof text);
  if (s->aborts ? !aborted(status) : !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("%s: status %x, %s", s->name, (unsigned)status, text);
  for (int k = 0; k < 3; k++)
    if (s->says[k] != NULL && strstr(text, s->says[k]) == NULL)
      fail_msg("%s does not say \"%s\": %s", s->name, s->says[k], text);
  if (s->is_silent_about != NULL && strstr(text, s->is_silent_about) != NULL)
    fail_msg("%s says \"%s\": %s", s->name, s->is_silent_about, text);
}

/* Runs p and writes its error, if it fails. */
static inline void run_telling(sley_promise *p)
{
  char text[512];
  sley_error *e = sley_run(p, NULL);
  if (e == NULL) return;
  sley_error_format(e, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  sley_error_drop(e);
}

/* In main: runs the scene that the arguments name and ends the process; returns if they name none. */
static inline void run_named(int count, char **arguments, const scene *scenes, size_t n)
{
  program = arguments[0];
  for (size_t i = 0; count == 2 && i < n; i++) {
    if (strcmp(scenes[i].name, arguments[1]) != 0) continue;
    scenes[i].run();
    _exit(0); /* without checking what is left */
  }
}

#endif
