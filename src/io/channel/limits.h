/* Limits of time that many have in common: one alarm has all of them looked at again and again, and the looks in a row that
 * found no byte moved are counted. That takes no timer for one of them, and nothing when a byte moves. Looks are counted, not
 * time, so that a program that stood still for a while does not blame its peers. */
#ifndef SLEY_IO_LIMITS_H
#define SLEY_IO_LIMITS_H

#include <sley/alarm.h>

#include "io/object/object.h"

typedef enum sley__limit { SLEY__LIMIT_IDLE, SLEY__LIMIT_DEADLINE, SLEY__LIMIT_LEAST } sley__limit;

/* One that has limits. */
typedef struct sley__limited {
  struct sley__dlist place; /* the one that was looked at longest ago is the first */
  uint32_t moved;           /* bytes in both directions, at the last look */
  uint32_t quiet : 31;      /* looks in a row that found it waiting and no byte moved */
  uint32_t is_even : 1;     /* the last round */
} sley__limited;

/* What it has besides if there is a least rate. */
typedef struct sley__limited_rate {
  uint32_t before; /* moved, when the present time began */
  uint32_t looks;  /* in that time; 0: none has begun */
} sley__limited_rate;

/* What a look finds. */
typedef struct sley__activity {
  uint32_t moved;
  bool waits; /* something waits for the peer */
  bool begun; /* and not only for the beginning of something new: the least rate counts */
  bool late;  /* an operation has waited longer than its deadline */
} sley__activity;

typedef struct sley__limits sley__limits;

typedef struct sley__limits_type {
  /* false: nothing will wait before sley__limits_wake. */
  bool (*look)(sley__limited *limited, sley__activity *found);
  sley__limited_rate *(*rate)(sley__limited *limited); /* called if there is a least rate only */
  /* It is over a limit. Callbacks run here, and limited may be gone afterwards. */
  void (*over)(sley__limited *limited, sley__limit which);
  void (*hold)(sley__limits *limits);
  void (*release)(sley__limits *limits);
} sley__limits_type;

struct sley__limits {
  const sley__limits_type *type;
  struct sley__dlist all;
  sley_alarm *alarm; /* NULL: none has been made, or the domain ends */
  double every;      /* seconds from one look to the next; 0: there are no limits */
  uint32_t idle_looks, deadline_looks, least_looks; /* after the first one; 0: no such limit */
  uint32_t least;                                   /* bytes */
  bool is_looking;                                  /* now */
  bool in_round;                                    /* which goes on in the next turn */
  bool is_even; /* that round, or the last one: those that it has seen say the same */
  bool is_busy; /* something may wait */
};

/* seconds: of idle, of a deadline, and in which `least` bytes are to move; 0: no such limit. */
void sley__limits_init(sley__limits *limits, const sley__limits_type *type, double idle,
                       double deadline, size_t least, double least_over);
/* Makes the alarm, if there are limits. An owned error, or NULL. */
sley_error *sley__limits_begin(sley__limits *limits, const char *site);
/* Something waits from now on. */
void sley__limits_wake(sley__limits *limits);
/* There is nobody to look at any more. */
void sley__limits_end(sley__limits *limits);
void sley__limited_join(sley__limits *limits, sley__limited *limited);

#endif
