/* The queue of what is to be sent: packets one behind the other in chunks of memory. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <unistd.h>

#include "io/datagram/datagram.h"

enum { CHUNK = 64 * 1024 - 64, FIRST = SLEY__STAGED_HEAD };
_Static_assert(sizeof(sley__chunk) <= FIRST, "its head");

static sley__chunk *chunk_take(sley_datagram *d, size_t record)
{
  sley__datagrams *state = d->domain->datagrams;
  size_t bytes = record + FIRST > CHUNK ? record + FIRST : CHUNK;
  sley__chunk *chunk = state->spare_chunk;
  if (chunk != NULL && bytes == CHUNK) state->spare_chunk = NULL;
  else chunk = sley__alloc(d->domain, bytes);
  if (chunk == NULL) return NULL;
  *chunk = (sley__chunk){.bytes = bytes, .used = FIRST};
  return chunk;
}

static void chunk_give(sley_datagram *d, sley__chunk *chunk)
{
  sley__datagrams *state = d->domain->datagrams;
  if (state->spare_chunk == NULL && chunk->bytes == CHUNK && !d->domain->ending)
    state->spare_chunk = chunk;
  else sley__free(d->domain, chunk, chunk->bytes);
}

/* Room behind the last one. NULL: out of memory. */
sley__staged *sley__staged_new(sley_datagram *d, size_t bytes)
{
  sley__chunk *chunk = d->last;
  if (chunk == NULL || chunk->bytes - chunk->used < bytes) {
    chunk = chunk_take(d, bytes);
    if (chunk == NULL) return NULL;
    if (d->last != NULL) d->last->next = chunk;
    else d->told = d->next = (sley__place){chunk, FIRST};
    d->last = chunk;
  }
  sley__staged *s = (sley__staged *)(void *)((char *)chunk + chunk->used);
  chunk->used += bytes;
  return s;
}

sley__staged *sley__staged_at(sley__place *place)
{
  if (place->chunk == NULL) return NULL;
  if (place->at == place->chunk->used) {
    if (place->chunk->next == NULL) return NULL;
    *place = (sley__place){place->chunk->next, FIRST};
  }
  return (sley__staged *)(void *)((char *)place->chunk + place->at);
}

static void fds_close(sley__staged *s)
{
  if (SLEY__LIKELY(s->fd_count == 0)) return;
  const char *at = sley__staged_control(s) + CMSG_LEN(0); /* they come first */
  for (unsigned i = 0; i < s->fd_count; i++) {
    sley_fd fd;
    memcpy(&fd, at + i * sizeof(fd), sizeof(fd));
    sley__sys_close(fd);
  }
  s->fd_count = 0;
}

void sley__staged_gone(sley_datagram *d, int error)
{
  sley__staged *s = sley__staged_at(&d->next);
  fds_close(s);
  d->staged -= s->size + SLEY__STAGED_COUNTS;
  d->went++;
  d->next.at += s->bytes;
  s->error = error;
  if (error != 0) {
    d->failures++;
    d->counters.refused++;
  } else {
    d->counters.sent++;
  }
}

void sley__staged_forget(sley_datagram *d)
{
  while (d->told.chunk != NULL) {
    sley__chunk *chunk = d->told.chunk, *next = chunk->next;
    if (d->told.at < chunk->used) return;
    if (next == NULL) d->last = NULL;
    if (next == NULL || d->next.chunk == chunk) d->next = (sley__place){next, FIRST};
    d->told = (sley__place){next, FIRST};
    chunk_give(d, chunk);
  }
}

void sley__staged_drop(sley_datagram *d)
{
  for (sley__staged *s; (s = sley__staged_at(&d->next)) != NULL; d->next.at += s->bytes)
    fds_close(s);
  for (sley__chunk *chunk = d->told.chunk, *next; chunk != NULL; chunk = next) {
    next = chunk->next;
    chunk_give(d, chunk);
  }
  d->told = d->next = (sley__place){NULL, 0};
  d->last = NULL;
  d->staged = 0;
  d->failures = 0;
}
