/* The command line of the examples: `--name value`, and a usage that is made of the same table. Nothing of sley is in it.
 *
 *     unsigned port = 8080;
 *     double idle = 60;
 *     options_read(argc, argv, "chat",
 *                  (option[]){{"--port", "N", .count = &port, .most = 65535},
 *                             {"--idle", "SECONDS", .seconds = &idle},
 *                             {0}}); */
#ifndef EXAMPLES_OPTIONS_H
#define EXAMPLES_OPTIONS_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands in *text, *count, *number, *seconds or *is_set before is the default. */
typedef struct option {
  const char *name, *value; /* value: what the usage calls it; NULL: there is none */
  const char **text;
  unsigned *count;
  size_t *number;
  size_t least, most; /* of count and number */
  double *seconds;    /* more than 0, such as 60 or 0.5 */
  bool *is_set;
  bool is_required; /* only if it has a text, which is NULL before */
} option;

static inline void options_usage(FILE *to, const char *program, const option *table)
{
  fprintf(to, "usage: %s", program);
  for (const option *o = table; o->name != NULL; o++)
    fprintf(to, " %s%s%s%s%s", o->is_required ? "" : "[", o->name, o->value != NULL ? " " : "",
            o->value != NULL ? o->value : "", o->is_required ? "" : "]");
  fputc('\n', to);
}

/* What is wrong in three words or more, then the usage; ends the program. */
static inline _Noreturn void options_refuse(const char *program, const option *table,
                                            const char *name, const char *verb, const char *word)
{
  fprintf(stderr, "%s: %s %s %s\n", program, name, verb, word);
  options_usage(stderr, program, table);
  exit(2);
}

/* Digits alone, with a point among them if it may: strtoull and strtod take spaces, signs, exponents, "inf" and 0x. */
static inline bool option_is_number(const char *text, bool may_have_point)
{
  static const char digits[] = "0123456789";
  size_t size = strspn(text, digits);
  if (size > 0 && text[size] == '.' && may_have_point) {
    text += size + 1;
    size = strspn(text, digits);
  }
  return size > 0 && text[size] == '\0';
}

static inline bool option_set(const option *o, const char *value)
{
  if (o->text != NULL) {
    *o->text = value;
    return true;
  }
  if (!option_is_number(value, o->seconds != NULL)) return false;
  errno = 0;
  if (o->seconds != NULL) {
    *o->seconds = strtod(value, NULL);
    return errno == 0 && *o->seconds > 0;
  }
  unsigned long long n = strtoull(value, NULL, 10);
  if (o->count != NULL) *o->count = (unsigned)n;
  else *o->number = (size_t)n;
  return errno == 0 && n >= o->least && n <= o->most;
}

/* Reads all of them. Ends the program with the usage: with status 0 for --help, and 2 for what the table does not allow. */
static inline void options_read(int argc, char **argv, const char *program, const option *table)
{
  for (int i = 1; i < argc; i++) {
    const option *o = table;
    if (strcmp(argv[i], "--help") == 0) {
      options_usage(stdout, program, table);
      exit(0);
    }
    while (o->name != NULL && strcmp(argv[i], o->name) != 0) o++;
    if (o->name == NULL) options_refuse(program, table, argv[i], "is", "no option");
    if (o->value == NULL) {
      *o->is_set = true;
      continue;
    }
    if (++i == argc) options_refuse(program, table, o->name, "needs a", o->value);
    if (!option_set(o, argv[i])) options_refuse(program, table, o->name, "cannot be", argv[i]);
  }
  for (const option *o = table; o->name != NULL; o++)
    if (o->is_required && *o->text == NULL)
      options_refuse(program, table, o->name, o->value, "is missing");
}

#endif
