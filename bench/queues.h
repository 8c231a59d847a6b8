/* The queues that were candidates for passing messages between domains, behind one pair of functions. Messages of
 * all are struct sley__message, 32 bytes. */
#ifndef BENCH_QUEUES_H
#define BENCH_QUEUES_H

#ifdef __cplusplus
extern "C" {
#endif

enum { QUEUE_CAPACITY = 1024 };

typedef struct queue queue;

typedef struct queue_kind {
  const char *name;
  int several_producers; /* whether one queue can have several */
  queue *(*make)(void);
  void (*drop)(queue *);
  /* Sends count messages, waiting while the queue is full; batch: messages published together. */
  void (*send)(queue *, long count, int batch);
  long (*receive)(queue *, long at_most); /* returns the number received; does not wait */
} queue_kind;

extern const queue_kind queue_kinds[];
extern const int queue_kinds_count;

#ifdef __cplusplus
}
#endif
#endif
