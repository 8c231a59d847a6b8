/* Copies of the library in one process: a program and its plugins can each be linked with libsley.a. The copies share
 * nothing, and objects of one cannot be used with another.
 *
 * Every copy carries an ELF note, whose address identifies it: domain numbers start at a value computed from the
 * address, and objects for any thread store it. So the comparisons that entries make anyway refuse another copy's
 * objects, and the refusal finds both copies through the notes. */
#define _GNU_SOURCE
#include "promise/base/copy.h"

#include <sley/version.h>
#include <stdio.h>
#include <string.h>

#include "promise/base/base.h"

#if defined(__ELF__)
#include <errno.h>
#include <link.h>
#endif

#if defined(__linux__)
#define PROGRAM program_invocation_name
#else
#define PROGRAM "the program"
#endif

enum { NOTE_TYPE = 1, NOTE_NAME = 5, VERSION_BYTES = 24, FILE_BYTES = 200 };

struct sley__copy_note {
  uint32_t name_bytes, text_bytes, type;
  char name[8]; /* padded to four bytes, as notes are */
  char version[VERSION_BYTES];
};

#if defined(__ELF__)
__attribute__((section(".note.sley"), used, aligned(4)))
#endif
const struct sley__copy_note sley__copy = {NOTE_NAME, VERSION_BYTES, NOTE_TYPE, "sley",
                                           SLEY_VERSION_TEXT};

uintptr_t sley__origin = (uintptr_t)&sley__copy;

enum { ID_MASK = SLEY__ALONE - 1, PAGE_SHIFT = 12 };

/* Multiplying by the golden ratio spreads nearby numbers: copies within 16 MB of each other start 100,000 numbers
 * apart, and copies within 4 GB never at the same number. */
static uint32_t first_id(uintptr_t note)
{
  return ((uint32_t)(note >> PAGE_SHIFT) * 2654435769u) >> 2;
}

static uint32_t number_in(uintptr_t note, uint32_t id) { return (id - first_id(note)) & ID_MASK; }

static uint32_t last_number; /* any thread, __atomic */

uint32_t sley__id_new(uint32_t *number)
{
  for (;;) {
    uint32_t n = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED) & ID_MASK;
    uint32_t id = (first_id((uintptr_t)&sley__copy) + n) & ID_MASK;
    *number = n;
    if (id != 0) return id; /* 0 belongs to no domain */
  }
}

uint32_t sley__last_number(void)
{
  return __atomic_load_n(&last_number, __ATOMIC_RELAXED) & ID_MASK;
}

uint32_t sley__number_of(uint32_t id) { return number_in((uintptr_t)&sley__copy, id); }

bool sley__is_own_id(uint32_t id)
{
  uint32_t number = sley__number_of(id);
  return number != 0 && number <= __atomic_load_n(&last_number, __ATOMIC_RELAXED);
}

uint32_t sley__copy_mark(uintptr_t note) { return (uint32_t)(note >> 2) * 2654435769u | 1; }

/* ---- finding the copies ---- */

enum { BY_ID, BY_ORIGIN, BY_MARK, BY_ADDRESS };

typedef struct search {
  int by;
  uintptr_t wanted;
  uint32_t distance; /* by id: distance of the best match so far */
  bool is_inside;    /* by address: it lies in the module being searched */
  uintptr_t note;    /* 0: none found */
  char version[VERSION_BYTES];
} search;

typedef struct place {
  const void *address;
  char file[FILE_BYTES];
  size_t offset;
} place;

#if defined(__ELF__)
static bool is_wanted(search *s, uintptr_t note)
{
  if (note == (uintptr_t)&sley__copy) return false;
  if (s->by == BY_MARK) return sley__copy_mark(note) == s->wanted;
  if (s->by == BY_ORIGIN) return s->wanted - note < SLEY__FORKS;
  if (s->by == BY_ADDRESS) return s->is_inside;
  uint32_t distance = number_in(note, (uint32_t)s->wanted);
  if (distance == 0 || distance >= s->distance) return false;
  s->distance = distance;
  return true;
}

static void note_look(search *s, const struct sley__copy_note *n)
{
  if (!is_wanted(s, (uintptr_t)n)) return;
  s->note = (uintptr_t)n;
  size_t bytes = n->text_bytes < VERSION_BYTES ? n->text_bytes : VERSION_BYTES;
  memcpy(s->version, n->version, bytes);
  s->version[VERSION_BYTES - 1] = '\0';
}

static size_t padded(size_t bytes, size_t to) { return (bytes + to - 1) & ~(to - 1); }

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
  for (size_t i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *h = &info->dlpi_phdr[i];
    if (h->p_type == PT_LOAD && address - (uintptr_t)(info->dlpi_addr + h->p_vaddr) < h->p_memsz)
      return true;
  }
  return false;
}

static int module_look(struct dl_phdr_info *info, size_t size, void *ctx)
{
  search *s = ctx;
  (void)size;
  s->is_inside = s->by == BY_ADDRESS && holds(info, s->wanted);
  for (size_t i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *h = &info->dlpi_phdr[i];
    if (h->p_type != PT_NOTE) continue;
    size_t align = h->p_align == 8 ? 8 : 4;
    uintptr_t at = (uintptr_t)(info->dlpi_addr + h->p_vaddr), end = at + h->p_memsz;
    while (at + 3 * sizeof(uint32_t) <= end) {
      const struct sley__copy_note *n = (const void *)at;
      size_t bytes = 3 * sizeof(uint32_t) + padded(n->name_bytes, align);
      if (n->name_bytes == NOTE_NAME && n->type == NOTE_TYPE && memcmp(n->name, "sley", 5) == 0)
        note_look(s, n);
      at += bytes + padded(n->text_bytes, align);
    }
  }
  return 0;
}

static void copies_look(search *s) { dl_iterate_phdr(module_look, s); }

static int module_holds(struct dl_phdr_info *info, size_t size, void *ctx)
{
  (void)size;
  place *p = ctx;
  if (!holds(info, (uintptr_t)p->address)) return 0;
  p->offset = (size_t)((uintptr_t)p->address - (uintptr_t)info->dlpi_addr);
  bool named = info->dlpi_name != NULL && info->dlpi_name[0] != '\0';
  snprintf(p->file, sizeof(p->file), "%s", named ? info->dlpi_name : PROGRAM);
  return 1;
}

static bool place_find(place *p) { return dl_iterate_phdr(module_holds, p) != 0; }
#else
static void copies_look(search *s) { (void)s; }

static bool place_find(place *p)
{
  (void)p;
  return false;
}
#endif

bool sley__place_say(const void *address, bool offset, char *text, size_t size)
{
  place p = {.address = address};
  bool found = place_find(&p);
  if (!found) snprintf(text, size, "an unknown file");
  else if (offset) snprintf(text, size, "%s+0x%zx", p.file, p.offset);
  else snprintf(text, size, "%s", p.file);
  return found;
}

/* ---- refusals ---- */

static _Noreturn void refuse(const char *function, const char *site, const char *what,
                             const search *s)
{
  char mine[FILE_BYTES], other[FILE_BYTES];
  sley__place_say(&sley__copy, false, mine, sizeof(mine));
  sley__place_say((const void *)s->note, false, other, sizeof(other));
  sley__abort(
      "%s%s%s was given %s of another copy of the library: this copy is sley %s in %s, that one is "
      "sley %s in %s, and copies share nothing; link the program and all its plugins with one "
      "libsley.so, or keep the objects of each copy apart",
      function, site[0] != '\0' ? " at " : "", site, what, SLEY_VERSION_TEXT, mine,
      s->note != 0 ? s->version : "(version unknown)", other);
}

void sley__refuse_foreign_id(uint32_t id, const char *function, const char *site, const char *what)
{
  if (sley__is_own_id(id)) return;
  search s = {.by = BY_ID, .wanted = id, .distance = ID_MASK / 64};
  copies_look(&s);
  if (s.note != 0) refuse(function, site, what, &s);
}

void sley__refuse_foreign_if_known(uintptr_t origin, const char *function, const char *site,
                                   const char *what)
{
  search s = {.by = BY_ORIGIN, .wanted = origin};
  copies_look(&s);
  if (s.note != 0) refuse(function, site, what, &s);
}

void sley__refuse_foreign_slow(uintptr_t origin, const char *function, const char *what)
{
  sley__refuse_foreign_if_known(origin, function, "", what);
  sley__abort("%s was given %s that is already gone, or memory that never held one", function,
              what);
}

void sley__refuse_foreign_address(const void *address, const char *function, const char *site,
                                  const char *what)
{
  search s = {.by = BY_ADDRESS, .wanted = (uintptr_t)address};
  copies_look(&s);
  if (s.note != 0) refuse(function, site, what, &s);
}

void sley__refuse_foreign_mark(uint32_t mark, const char *function, const char *site,
                               const char *what)
{
  search s = {.by = BY_MARK, .wanted = mark};
  copies_look(&s);
  if (s.note != 0) refuse(function, site, what, &s);
}
