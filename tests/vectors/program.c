/* Reading container files. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

void *must_alloc(size_t bytes)
{
  void *memory = calloc(1, bytes > 0 ? bytes : 1);
  if (memory == NULL) {
    fputs("sley-vectors: out of memory\n", stderr);
    exit(2);
  }
  return memory;
}

void *must_grow(void *memory, size_t bytes)
{
  memory = realloc(memory, bytes);
  if (memory == NULL) {
    fputs("sley-vectors: out of memory\n", stderr);
    exit(2);
  }
  return memory;
}

void text_add(text *t, const char *bytes, size_t length)
{
  if (t->length + length + 1 > t->capacity) {
    t->capacity = (t->length + length + 1) * 2;
    t->bytes = must_grow(t->bytes, t->capacity);
  }
  if (length > 0) memcpy(t->bytes + t->length, bytes, length);
  t->length += length;
  t->bytes[t->length] = '\0';
}

void text_line(text *t, const char *format, ...)
{
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  text_add(t, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

static char *read_all(const char *path, size_t *length)
{
  FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  text all = {0};
  char part[65536];
  size_t got;
  while ((got = fread(part, 1, sizeof part, file)) > 0) text_add(&all, part, got);
  if (ferror(file)) {
    perror(path);
    exit(2);
  }
  if (file != stdin) fclose(file);
  text_add(&all, "", 0);
  *length = all.length;
  return all.bytes;
}

static void segment_add(segment *s, op o)
{
  s->ops = must_grow(s->ops, (s->count + 1) * sizeof *s->ops);
  s->ops[s->count++] = o;
}

static op tokenize(program *p, char *line)
{
  char *tokens[MAX_TOKENS];
  op o = {0};
  for (char *at = strtok(line, " \t\r"); at != NULL; at = strtok(NULL, " \t\r")) {
    if (o.count == MAX_TOKENS) {
      p->malformed = "too many tokens on a line";
      break;
    }
    tokens[o.count++] = at;
  }
  if (o.count > 0) {
    size_t bytes = (size_t)o.count * sizeof *o.tokens;
    o.tokens = must_alloc(bytes);
    memcpy(o.tokens, tokens, bytes);
  }
  return o;
}

block *program_block(program *p, const char *name)
{
  for (size_t i = 0; i < p->block_count; i++)
    if (strcmp(p->blocks[i].name, name) == 0) return &p->blocks[i];
  return NULL;
}

static segment *block_segment(block *b)
{
  b->segments = must_grow(b->segments, (b->count + 1) * sizeof *b->segments);
  b->segments[b->count] = (segment){0};
  return &b->segments[b->count++];
}

static block *block_begin(program *p, char *name)
{
  block *b = program_block(p, name);
  if (b == NULL) {
    p->blocks = must_grow(p->blocks, (p->block_count + 1) * sizeof *p->blocks);
    b = &p->blocks[p->block_count++];
    *b = (block){.name = name};
  } else {
    p->malformed = "a block is defined twice";
    b->count = 0;
  }
  block_segment(b);
  return b;
}

static void is_known(program *p, const op *o)
{
  if (!operation_is_built(o->tokens[0]) && p->malformed == NULL) {
    char *why = must_alloc(64);
    snprintf(why, 64, "not built: %s", o->tokens[0]);
    p->malformed = why;
  }
}

/* Splits the source into blocks and top-level operations. */
static void parse(program *p)
{
  p->owned_lines = must_alloc(p->source.length + 1);
  if (p->source.length > 0) memcpy(p->owned_lines, p->source.bytes, p->source.length);
  block *inside = NULL;
  for (char *line = p->owned_lines; *line != '\0';) {
    char *end = strchr(line, '\n');
    char *following = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL) *end = '\0';
    op o = tokenize(p, line);
    line = following;
    if (o.count == 0 || o.tokens[0][0] == '#') {
      free(o.tokens);
      continue;
    }
    const char *word = o.tokens[0];
    if (strcmp(word, "block") == 0) {
      if (inside != NULL || o.count != 2) p->malformed = "block inside a block";
      else inside = block_begin(p, o.tokens[1]);
      free(o.tokens);
    } else if (strcmp(word, "end") == 0 && o.count == 1) {
      if (inside == NULL) p->malformed = "end without a block";
      inside = NULL;
      free(o.tokens);
    } else if (inside != NULL && strcmp(word, "next") == 0 && o.count == 1) {
      block_segment(inside);
      free(o.tokens);
    } else {
      is_known(p, &o);
      segment_add(inside != NULL ? &inside->segments[inside->count - 1] : &p->top, o);
    }
  }
  if (inside != NULL) p->malformed = "unterminated block";
}

container container_read(const char *path)
{
  container c = {0};
  size_t length;
  char *bytes = read_all(path, &length);
  program *p = NULL;
  bool in_trace = false;
  if (strncmp(bytes, "=== ", 4) != 0 && strstr(bytes, "\n=== ") == NULL) {
    c.bare = true;
    c.count = 1;
    p = c.programs = must_alloc(sizeof *p);
    p->name = must_alloc(strlen(path) + 1);
    strcpy(p->name, path);
  }
  for (const char *line = bytes; *line != '\0';) {
    const char *end = strchr(line, '\n');
    size_t size = end != NULL ? (size_t)(end - line) : strlen(line);
    if (size > 4 && strncmp(line, "=== ", 4) == 0) {
      c.programs = must_grow(c.programs, (c.count + 1) * sizeof *c.programs);
      p = &c.programs[c.count++];
      *p = (program){0};
      p->name = must_alloc(size - 4 + 1);
      memcpy(p->name, line + 4, size - 4);
      in_trace = false;
    } else if (p != NULL && size == 9 && strncmp(line, "--- trace", 9) == 0) {
      in_trace = p->has_trace = true;
    } else if (p != NULL) {
      text *t = in_trace ? &p->expected : &p->source;
      text_add(t, line, size);
      text_add(t, "\n", 1);
    }
    line = end != NULL ? end + 1 : line + size;
  }
  free(bytes);
  for (size_t i = 0; i < c.count; i++) parse(&c.programs[i]);
  return c;
}

static void segment_free(segment *s)
{
  for (size_t i = 0; i < s->count; i++) free(s->ops[i].tokens);
  free(s->ops);
}

void container_free(container *c)
{
  for (size_t i = 0; i < c->count; i++) {
    program *p = &c->programs[i];
    for (size_t b = 0; b < p->block_count; b++) {
      for (size_t s = 0; s < p->blocks[b].count; s++) segment_free(&p->blocks[b].segments[s]);
      free(p->blocks[b].segments);
    }
    segment_free(&p->top);
    free(p->blocks);
    if (p->malformed != NULL && strncmp(p->malformed, "not built", 9) == 0)
      free((void *)(uintptr_t)p->malformed);
    free(p->owned_lines);
    free(p->source.bytes);
    free(p->expected.bytes);
    free(p->name);
  }
  free(c->programs);
}
