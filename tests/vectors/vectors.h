/* The conformance runner: what its files share.
 *
 *   program.c     a container file as programs: blocks, operations, the expected trace
 *   machine.c     one program's state: registers, values, the trace, early dropping of registers
 *   objects.c     its registers that are not promises: mutexes, streams, ...
 *   interpret.c   executing: literals, blocks, callbacks
 *   operations_*.c  the operations, using the library's public functions only
 *   main.c        options, comparing, reporting
 *
 * The language is described in README.md's source, FORMAT.md. A callback of the library runs a
 * block; "raising" exists only in the interpreter, the library only sees rejections. */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdio.h>

#include <sley.h>

enum { NAME_BYTES = 16, MAX_TOKENS = 40 };

/* ---- program.c */
typedef struct machine machine;

typedef struct text { /* growable bytes */
  char *bytes;
  size_t length, capacity;
} text;
void text_add(text *t, const char *bytes, size_t length);
void text_line(text *t, const char *format, ...) SLEY_PRINTF(2, 3);
void *must_alloc(size_t bytes);
void *must_grow(void *memory, size_t bytes);

typedef struct op {
  int count;
  char **tokens;
} op;

typedef struct segment {
  op *ops;
  size_t count;
} segment;

typedef struct block {
  char *name;
  segment *segments;
  size_t count;
  size_t calls; /* number of calls in the current run of the program */
  size_t holds; /* closures that can still run it */
  bool live;    /* mark set by the register sweep */
} block;

typedef struct program {
  char *name;
  text source;   /* its lines as in the file */
  text expected; /* the trace, if the file has one */
  bool has_trace;
  segment top;
  block *blocks;
  size_t block_count;
  const char *malformed; /* NULL, or why the program cannot be run */
  char *owned_lines;     /* memory that the tokens point into */
} program;

typedef struct container {
  program *programs;
  size_t count;
  bool bare; /* the file is one program without a header */
} container;
container container_read(const char *path);
void container_free(container *c);
block *program_block(program *p, const char *name);

/* ---- machine.c */
typedef struct run_options {
  bool early;           /* drop registers after their last use */
  bool single_objects;  /* the library allocates every object singly */
  bool owned;           /* scalar values are heap objects with a type */
  bool resolvers_first; /* order of teardown */
  bool fibers;          /* every P block runs as a fiber that awaits the promise it returns */
  bool in_turns;        /* a loop runs each step */
  bool shallow;         /* the least stack for immediate callbacks: most of them are queued */
} run_options;

/* The names of nchoose_split's operands; shared by the registers it flows to. */
typedef struct names {
  size_t refs, count;
  bool reversed;      /* decided immediately: then Lwt lists pending ones in reverse */
  struct names *next; /* all of a machine's */
  struct {
    sley_promise *promise;
    char name[NAME_BYTES];
  } entries[];
} names;

typedef struct promise_register {
  char name[NAME_BYTES];
  sley_promise *promise; /* NULL: never set, or dropped early */
  names *names;
  bool live;
  bool shown; /* has a final line */
} promise_register;

typedef struct resolver_register { /* overwritten registers stay until the trace is complete */
  char name[NAME_BYTES];
  sley_resolver *resolver;
  sley_promise *watched; /* decides INVALID; NULL with early dropping, which replays verdicts */
  char type;
  bool current;
  struct resolver_register *next;
} resolver_register;

typedef struct key_register {
  char name[NAME_BYTES];
  sley_key key; /* the library knows its address: never moved, freed after the domain */
  bool current;
  struct key_register *next;
} key_register;

/* Mutexes, streams and so on: registers that are not promises. */
typedef struct object_kind {
  char letter;                                       /* of its registers */
  void (*show)(machine *m, text *out, void *object); /* prints its final state */
  void (*drop)(void *object);
} object_kind;

typedef struct object_register { /* overwritten registers stay until the trace is complete */
  char name[NAME_BYTES];
  const object_kind *kind;
  void *object;
  bool current;
  struct object_register *next;
} object_register;

/* A number as the language sees it. */
typedef struct number {
  enum { NUMBER, NONE, SOME } shape;
  int64_t n;
} number;

typedef struct argument { /* of a callback */
  enum { NO_ARGUMENT, VALUE_ARGUMENT, ERROR_ARGUMENT } what;
  char type; /* like a register's */
  const sley_value *value;
  names *names;
  sley_error *error;
} argument;

typedef enum context { TOP, P_BLOCK, O_BLOCK, V_BLOCK, VO_BLOCK, U_BLOCK } block_context;

typedef struct outcome { /* of a block */
  enum { RETURNED, RETURNED_PROMISE, FAILED, RAISED } what;
  number value;
  sley_promise *promise; /* owned */
  char name[NAME_BYTES];
  sley_error *error; /* owned */
} outcome;

typedef enum verdict { ANSWER, ANSWER_IN_VAIN, ANSWER_INVALID } verdict;

typedef struct frame { /* an operation being executed, whose registers are in use */
  const segment *segment;
  size_t at;
  struct frame *below;
} frame;

struct machine {
  program *program;
  run_options options;
  text trace;
  frame *frames, top;
  promise_register *promises;
  size_t promise_count, promise_capacity;
  resolver_register *resolvers;
  key_register *keys;
  object_register *objects;
  struct closure *closures; /* all that are alive */
  names *names;             /* all that were ever made */
  block *notifier;
  int budget;
  bool exhausted;     /* the budget is used up: nothing more is executed */
  size_t values;      /* heap values alive */
  bool finished;      /* the trace is complete: blocks no longer run */
  const char *broken; /* why the run is void */
  char broken_text[96];
  /* Verdicts on wakeups, recorded by a first run and reused by an early one. */
  unsigned char *verdicts;
  size_t verdict_count, verdict_at;
  bool replay;
  unsigned turn; /* alternates between equivalent functions */
};

/* A callback's context. */
typedef struct closure {
  machine *machine;
  block *first, *second; /* second: error handler or body, if an operation has two blocks */
  char type;
  bool borrowed; /* no drop function frees it: freed with the machine */
  names *names;
  struct closure *next, **link;
} closure;

extern const sley_error_kind kind_vectors; /* codes 0..9 and errors of the library in Lwt */
enum { CODE_INVALID = 100, CODE_OFF };
/* The machine whose values are being dropped, because a type's functions get no context. */
extern machine *current_machine;

void machine_start(machine *m, program *p, run_options o);
/* Runs the program and completes the trace; the machine's domain is current. */
void machine_run(machine *m);
/* Runs the program in parts: the next step, or all remaining ones; the last call completes the trace. */
void machine_unit(machine *m, bool whole);
/* turns.c: runs the program in parts, each a unit of work that the domain's loop runs: posts, through the inbox or
 * through the domain's ring to itself. */
void machine_run_in_turns(machine *m, bool through_ring);
bool turns_set_budget(
    const char *text); /* "cut": 1 unit per turn; "uncut": no limit; false: neither */
/* Drops everything; called inside the domain. */
void machine_stop(machine *m);
/* Called after the domain has ended; adds to broken what was never dropped. */
void machine_free(machine *m);
void machine_break(machine *m, const char *format, ...) SLEY_PRINTF(2, 3);

sley_value value_make(machine *m, number n);        /* of a p register */
sley_value value_make_option(machine *m, number n); /* of an o register */
int64_t scalar(number n);
void value_show(machine *m, text *out, char type, const sley_value *v, const names *known);
int64_t value_scalar(machine *m, char type, const sley_value *v);
number value_number(machine *m, const argument *a);
const char *error_name(const sley_error *e);
sley_error *error_make(int code);

promise_register *promise_find(machine *m, const char *name); /* NULL if unset */
void promise_set(machine *m, const char *name, sley_promise *p, names *known);
names *names_keep(names *n);
void names_drop(names *n);
closure *closure_new(machine *m, block *first, block *second, char type, names *known);
void closure_drop(void *c);
bool is_promise_name(const char *token);
void machine_sweep(machine *m);
void state_show(machine *m, text *out, const promise_register *r);

/* ---- objects.c */
/* The object in a register that is set, else NULL. */
void *object_find(machine *m, const char *name);
void object_set(machine *m, const char *name, const object_kind *kind, void *object);
/* The final lines, by kind and number. */
void objects_show(machine *m);
void objects_drop(machine *m);

/* ---- interpret.c */
typedef enum progress { GO_ON, ENDED, RAISING } progress;
typedef struct environment {
  const argument *argument;
  const int64_t *second;
} environment;
/* Executes one operation; ENDED fills *out, RAISING its error. */
progress execute(machine *m, block_context c, const environment *env, const op *o, outcome *out);
bool operation_is_built(const char *name);
bool operation_has_target(const char *name);

#endif
