/* A gate at which jobs wait until it opens. */
#ifndef TESTS_SUPPORT_GATE_H
#define TESTS_SUPPORT_GATE_H

#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static int at_gate;

/* Waits until the gate is open. */
static inline void gate_pass(void)
{
  pthread_mutex_lock(&gate_lock);
  at_gate++;
  pthread_cond_broadcast(&gate_moved);
  while (!gate_open) pthread_cond_wait(&gate_moved, &gate_lock);
  pthread_mutex_unlock(&gate_lock);
}

static inline void gate_close(void)
{
  pthread_mutex_lock(&gate_lock);
  gate_open = false;
  at_gate = 0;
  pthread_mutex_unlock(&gate_lock);
}

static inline void gate_release(void)
{
  pthread_mutex_lock(&gate_lock);
  gate_open = true;
  pthread_cond_broadcast(&gate_moved);
  pthread_mutex_unlock(&gate_lock);
}

/* Waits until this many jobs have reached the gate since it was closed. */
static inline void gate_wait(int jobs)
{
  pthread_mutex_lock(&gate_lock);
  while (at_gate < jobs) pthread_cond_wait(&gate_moved, &gate_lock);
  pthread_mutex_unlock(&gate_lock);
}

#endif
