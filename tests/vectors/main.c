/* sley-vectors: runs conformance programs over the library and compares what they print.
 *
 *   sley-vectors [OPTION...] FILE...      compares; the last line is "N passed, M failed"
 *   sley-vectors --print [OPTION...] FILE...   prints instead: a container with traces, or the trace
 *                                         of a file that holds one program
 *   --early            drops every promise register once no operation that can still run reads it
 *   --single-objects   the library allocates and frees every object singly
 *   --owned            scalar values are heap objects that the promises own
 *   --resolvers-first  drops resolvers before promises at the end
 *   --shallow          gives immediate callbacks less stack than a block uses, so that nested ones are queued:
 *                      what follows them in a block then sees pending, so nothing is compared
 *   --fibers           runs every P block as a fiber that awaits the promise it returns
 *   --differ FILE      the programs that FILE names, first word of a line, must print something else
 *   --turns cut|uncut  runs each step as a unit of work of the domain's loop, one per turn or all in one:
 *                      half of the programs as posts from outside, half as posts of the domain to itself
 *   --fail-allocations runs each program again and again, failing its first, second, ... allocation;
 *                      nothing is compared, but nothing may be lost
 *   --strict           promises that wait for themselves must be freed before the domain ends
 *   --verbose          names each program before it runs
 *
 * Every program has its own runtime and domain, and must leave neither a promise, nor memory,
 * nor a callback's context behind. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vectors.h"

static bool printing, verbose, failing, strict;
static const char *running = "";

/* ---- memory, counted, with one failure on request */
static struct {
  size_t alive;   /* blocks */
  size_t count;   /* allocations so far */
  size_t fail_at; /* 0: never */
} memory;

static void *counted_alloc(void *ctx, size_t bytes)
{
  (void)ctx;
  if (++memory.count == memory.fail_at) return NULL;
  void *given = malloc(bytes);
  if (given != NULL) memory.alive++;
  return given;
}

static void counted_free(void *ctx, void *given, size_t bytes)
{
  (void)ctx;
  (void)bytes;
  if (given != NULL) memory.alive--;
  free(given);
}

/* ---- programs whose traces must differ */
static text different; /* one name per line */

static void read_different(const char *path)
{
  FILE *file = fopen(path, "r");
  char line[256], name[256];
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  while (fgets(line, sizeof line, file) != NULL)
    if (line[0] != '#' && sscanf(line, "%255s", name) == 1) text_line(&different, "\n%s\n", name);
  fclose(file);
}

static bool must_differ(const char *name)
{
  char line[260];
  snprintf(line, sizeof line, "\n%s\n", name);
  return different.bytes != NULL && strstr(different.bytes, line) != NULL;
}

/* One run in its own runtime. Faults other than a different trace are described in broken. */
static void run_in_domain(machine *m)
{
  sley_runtime_options runtime_options = {.size = sizeof runtime_options,
                                          .allocator = {counted_alloc, counted_free, NULL},
                                          .single_objects = m->options.single_objects};
  sley_runtime *runtime;
  sley_domain *domain;
  if (sley_runtime_new(&runtime_options, &runtime) != NULL) {
    if (memory.fail_at == 0) machine_break(m, "no runtime");
    return;
  }
  if (sley_domain_new(runtime, m->program->name, &domain) == NULL) {
    sley_domain_enter(domain);
    static bool through_ring;
    if (m->options.in_turns) machine_run_in_turns(m, through_ring = !through_ring);
    else machine_run(m);
    machine_stop(m);
    sley_counters counters = {.size = sizeof counters};
    sley_counters_get(&counters);
    if (counters.live != 0 && strict)
      machine_break(m, "%llu promises left", (unsigned long long)counters.live);
    sley_domain_leave(domain);
    if (sley_domain_end(domain) != 0) machine_break(m, "promises left at the domain's end");
  } else if (memory.fail_at == 0) {
    machine_break(m, "no domain");
  }
  sley_runtime_drop(runtime);
}

static void run(machine *m)
{
  memory.alive = memory.count = 0;
  run_in_domain(m);
  if (memory.alive != 0) machine_break(m, "%zu blocks of memory left", memory.alive);
}

/* ---- comparing */
static bool is_left_out(const machine *m, const char *line)
{
  if (!m->options.early || strncmp(line, "final ", 6) != 0) return false;
  for (size_t i = 0; i < m->promise_count; i++) {
    size_t length = strlen(m->promises[i].name);
    if (strncmp(line + 6, m->promises[i].name, length) == 0 && line[6 + length] == ' ')
      return !m->promises[i].shown;
  }
  return false;
}

/* Takes the next line from *at, without its newline; false if there is none. */
static bool take_line(const char **at, const char **line, int *length)
{
  if (*at == NULL || **at == '\0') return false;
  const char *end = strchr(*at, '\n');
  *line = *at;
  *length = (int)(end != NULL ? end - *at : (long)strlen(*at));
  *at = end != NULL ? end + 1 : *at + *length;
  return true;
}

static bool compare(const machine *m, const text *expected, bool silent)
{
  const char *want = expected->bytes, *got = m->trace.bytes;
  for (int at = 1;; at++) {
    const char *w, *g;
    int w_length = 0, g_length = 0;
    bool has_w = take_line(&want, &w, &w_length), has_g = take_line(&got, &g, &g_length);
    if (!has_w) w = "end of trace", w_length = (int)strlen(w);
    if (!has_g) g = "end of trace", g_length = (int)strlen(g);
    if (has_w != has_g || w_length != g_length || memcmp(w, g, (size_t)w_length) != 0) {
      if (!silent)
        printf("FAILED %s: line %d of the trace: expected \"%.*s\", got \"%.*s\"\n",
               m->program->name, at, w_length, w, g_length, g);
      return false;
    }
    if (!has_w) return true;
  }
}

/* The expected trace without the final lines of registers that were dropped early. */
static text expected_of(const machine *m, const text *all)
{
  text kept = {0};
  const char *at = all->bytes, *line;
  int length;
  while (take_line(&at, &line, &length)) {
    if (is_left_out(m, line)) continue;
    text_add(&kept, line, (size_t)length);
    text_add(&kept, "\n", 1);
  }
  return kept;
}

static bool fail_allocations(program *p, run_options o)
{
  for (memory.fail_at = 1;; memory.fail_at++) {
    machine m;
    machine_start(&m, p, o);
    run(&m); /* a failure can make a program endless: m.exhausted is no error */
    bool reached = memory.count >= memory.fail_at;
    machine_free(&m);
    if (m.broken != NULL) {
      printf("FAILED %s: allocation %zu failed: %s\n", p->name, memory.fail_at, m.broken);
      return false;
    }
    if (!reached) return true;
  }
}

/* A run without early dropping records for an early one which resolver calls Lwt refuses. */
static void record_verdicts(machine *m, program *p, run_options o)
{
  machine first;
  o.early = false;
  machine_start(&first, p, o);
  run(&first);
  unsigned char *verdicts = first.verdicts;
  size_t count = first.verdict_count;
  first.verdicts = NULL;
  machine_free(&first);
  machine_start(m, p, m->options);
  m->verdicts = verdicts;
  m->verdict_count = count;
  m->replay = true;
}

static void print_program(const program *p, const machine *m, bool bare)
{
  if (!bare)
    printf("=== %s\n%s--- trace\n", p->name, p->source.bytes != NULL ? p->source.bytes : "");
  if (m->trace.bytes != NULL) fputs(m->trace.bytes, stdout);
}

static bool run_program(program *p, run_options o, bool bare)
{
  if (p->malformed != NULL) {
    fprintf(printing ? stderr : stdout, "FAILED %s: %s\n", p->name, p->malformed);
    return false;
  }
  if (failing) return fail_allocations(p, o);
  machine m;
  machine_start(&m, p, o);
  if (o.early) record_verdicts(&m, p, o);
  run(&m);
  if (m.exhausted) machine_break(&m, "more than 600 operations");
  bool good = true;
  if (printing) {
    print_program(p, &m, bare);
  } else if (!o.shallow) {
    text expected = expected_of(&m, &p->expected);
    bool differs = must_differ(p->name);
    good = compare(&m, &expected, differs) != differs;
    if (!good && differs) printf("FAILED %s: should differ, and does not\n", p->name);
    free(expected.bytes);
  }
  machine_free(&m);
  if (m.broken != NULL) {
    fprintf(printing ? stderr : stdout, "FAILED %s: %s\n", p->name, m.broken);
    good = false;
  }
  return good;
}

/* Names a program that never ends or makes the library abort. */
static void on_signal(int which)
{
  static const char words[] = "\nFAILED, aborted or without end: ";
  (void)!write(2, words, sizeof words - 1);
  (void)!write(2, running, strlen(running));
  (void)!write(2, "\n", 1);
  if (which == SIGALRM) _exit(1);
}

int main(int count, char **arguments)
{
  run_options o = {0};
  size_t passed = 0, failed = 0;
  int at = 1;
  for (; at < count && strncmp(arguments[at], "--", 2) == 0; at++) {
    const char *a = arguments[at];
    if (strcmp(a, "--early") == 0) o.early = true;
    else if (strcmp(a, "--single-objects") == 0) o.single_objects = true;
    else if (strcmp(a, "--owned") == 0) o.owned = true;
    else if (strcmp(a, "--resolvers-first") == 0) o.resolvers_first = true;
    else if (strcmp(a, "--shallow") == 0) o.shallow = true;
    else if (strcmp(a, "--fibers") == 0) o.fibers = true;
    else if (strcmp(a, "--turns") == 0 && at + 1 < count && turns_set_budget(arguments[at + 1]))
      o.in_turns = true, at++;
    else if (strcmp(a, "--fail-allocations") == 0) failing = o.single_objects = true;
    else if (strcmp(a, "--differ") == 0 && at + 1 < count) read_different(arguments[++at]);
    else if (strcmp(a, "--strict") == 0) strict = true;
    else if (strcmp(a, "--verbose") == 0) verbose = true;
    else if (strcmp(a, "--print") == 0) printing = true;
    else break;
  }
  if (at == count || strncmp(arguments[at], "--", 2) == 0) {
    fputs(
        "usage: sley-vectors [--print] [--early] [--single-objects] [--owned] "
        "[--resolvers-first] [--shallow] [--fibers] [--differ FILE] [--turns cut|uncut] "
        "[--fail-allocations] "
        "[--strict] [--verbose] FILE...\n",
        stderr);
    return 2;
  }
  signal(SIGALRM, on_signal);
  signal(SIGABRT, on_signal);
  for (; at < count; at++) {
    container c = container_read(arguments[at]);
    for (size_t i = 0; i < c.count; i++) {
      running = c.programs[i].name;
      if (verbose) fprintf(stderr, "%s\n", running);
      alarm(60);
      if (run_program(&c.programs[i], o, c.bare)) passed++;
      else failed++;
      alarm(0);
    }
    running = "";
    container_free(&c);
  }
  free(different.bytes);
  if (!printing) printf("%zu passed, %zu failed\n", passed, failed);
  return failed > 0;
}
