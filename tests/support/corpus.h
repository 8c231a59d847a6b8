/* What a fuzzer's target is tested with: each file of its corpus, cut at every length, and random changes of them. */
#ifndef TESTS_SUPPORT_CORPUS_H
#define TESTS_SUPPORT_CORPUS_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CORPUS_FILES = 128, CORPUS_BYTES = 1024 };
static struct {
  uint8_t bytes[CORPUS_BYTES];
  size_t size;
} corpus[CORPUS_FILES];

/* The number of files. */
static inline unsigned corpus_read(const char *folder)
{
  DIR *open = opendir(folder);
  unsigned files = 0;
  assert_non_null(open);
  for (const struct dirent *entry; (entry = readdir(open)) != NULL;) {
    char path[4096];
    if (entry->d_name[0] == '.') continue;
    assert_true(files < CORPUS_FILES);
    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    corpus[files].size = fread(corpus[files].bytes, 1, CORPUS_BYTES, file);
    fclose(file);
    files++;
  }
  closedir(open);
  return files;
}

static inline void corpus_run(const char *folder, unsigned files_least)
{
  unsigned files = corpus_read(folder);
  assert_true(files >= files_least);
  for (unsigned i = 0; i < files; i++)
    for (size_t cut = 0; cut <= corpus[i].size; cut++) LLVMFuzzerTestOneInput(corpus[i].bytes, cut);
}

/* splitmix64. */
static inline uint64_t corpus_draw(uint64_t *state, uint64_t n)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) % n;
}

/* So many inputs, each a file with up to 8 changes: a byte, a part of another file, a part gone. */
static inline void corpus_change(const char *folder, unsigned count)
{
  unsigned files = corpus_read(folder);
  uint64_t state = 7;
  for (unsigned i = 0; i < count; i++) {
    uint8_t bytes[2 * CORPUS_BYTES];
    unsigned which = (unsigned)corpus_draw(&state, files);
    size_t size = corpus[which].size;
    memcpy(bytes, corpus[which].bytes, size);
    for (uint64_t changes = corpus_draw(&state, 9); changes > 0 && size > 0; changes--) {
      size_t at = (size_t)corpus_draw(&state, size);
      const unsigned other = (unsigned)corpus_draw(&state, files);
      size_t part = corpus[other].size;
      switch (corpus_draw(&state, 4)) {
        case 0: bytes[at] = (uint8_t)corpus_draw(&state, 256); break;
        case 1: bytes[at] ^= (uint8_t)(1u << corpus_draw(&state, 8)); break;
        case 2: /* a part goes */
          part = 1 + (size_t)corpus_draw(&state, size - at);
          memmove(bytes + at, bytes + at + part, size - at - part);
          size -= part;
          break;
        default: /* a part of another file over it */
          if (part > sizeof(bytes) - at) part = sizeof(bytes) - at;
          memcpy(bytes + at, corpus[other].bytes, part);
          if (at + part > size) size = at + part;
      }
    }
    LLVMFuzzerTestOneInput(bytes, size);
  }
}

static const char *corpus_folder;
static unsigned corpus_files_least, corpus_changes;

static inline void each_file_at_each_length(void **state)
{
  (void)state;
  corpus_run(corpus_folder, corpus_files_least);
}

static inline void random_changes(void **state)
{
  (void)state;
  corpus_change(corpus_folder, corpus_changes);
}

/* The main function of a test of a target: words are the folder, and how many changes, to have more by hand. files_least and
 * changes as corpus_run and corpus_change take them. */
static inline int corpus_main(int count, char **words, unsigned files_least, unsigned changes)
{
  if (count < 2) return 2;
  corpus_folder = words[1];
  corpus_files_least = files_least;
  corpus_changes = count > 2 ? (unsigned)strtoul(words[2], NULL, 10) : changes;
  const struct CMUnitTest tests[] = {TEST(each_file_at_each_length), TEST(random_changes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
