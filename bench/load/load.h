/* sley-load: load for a server over loopback, from one thread over epoll, without sley.
 * main.c: runs and slices. options.c: the command line. target.c: opens connections. drive.c: load for a
 * time or a number of requests. connection.c: one connection. report.c: prints the results. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "answers.h"
#include "arrivals.h"
#include "histogram.h"

enum { MOST_PIDS = 64, MOST_PAYLOAD = 1 << 20, MOST_DEPTH = 4096 };

/* Exit codes besides 0. */
enum { EXIT_WRONG_SERVER = 1, EXIT_USAGE = 2, EXIT_LIMIT = 3 };

typedef struct options {
  const char *host, *path, *histogram_file;
  unsigned port;
  protocol protocol;
  uint32_t payload; /* echo: bytes in a frame */
  unsigned connections, idle, depth;
  double rate; /* requests a second under open load; 0: closed */
  bool poisson, slices, json;
  double seconds, warm_up, timeout;
  double lag_limit; /* seconds */
  uint64_t seed;
  pid_t pid[MOST_PIDS]; /* the server's processes, whose processor time slices report */
  unsigned pids;
} options;

/* Exits with a message and EXIT_USAGE if the arguments make no sense. */
void options_read(options *o, int count, char **words);

/* Prints "sley-load: " and the message, and exits with the code. */
_Noreturn void fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint64_t now_ns(void);

/* Processor time, user and system, that the processes have used since they began: ns. */
uint64_t cpu_ns(const options *o);

/* ---- a connection ---- */

typedef struct connection {
  int fd;
  unsigned number;
  bool idle, waits_for_room; /* watched for EPOLLOUT */
  answers answers;
  uint64_t unsent;             /* bytes of requests begun but not yet written to the kernel */
  size_t offset;               /* of the first unsent byte in the request it belongs to */
  unsigned first, in_flight;   /* of the ring of start times */
  uint64_t answered, *started; /* depth entries */
  bool listed;                 /* among those with room */
  uint64_t room_since;         /* when an answer last made room on a full connection */
} connection;

typedef struct target {
  const options *options;
  struct sockaddr_in address;
  int epoll;
  connection *connection; /* options->connections, then options->idle */
  uint64_t *starts;       /* memory of all rings */
  connection **with_room; /* connections with room for a request, in turn; a ring */
  unsigned room_first, room_count;
  unsigned idle_closed;
  char *requests; /* depth copies of the request, one after the other */
  size_t request_bytes;
} target;

void target_open(target *t, const options *o);
void target_close(target *t);

/* A connection with room for a request, which leaves the list; NULL: all are full. */
connection *target_take(target *t);
void target_give(target *t, connection *c);

/* Begins a request whose latency counts from start. The connection has room. Several begun before connection_send
 * become one write. */
void connection_begin(target *t, connection *c, uint64_t start);
void connection_send(target *t, connection *c);

/* Reads what is available; returns the number of answers. The caller takes their start times, oldest first. */
unsigned connection_receive(target *t, connection *c);
uint64_t connection_finish(target *t, connection *c);

/* ---- load ---- */

typedef struct result {
  uint64_t requests;      /* answered */
  uint64_t answered_in;   /* before the time ended: the basis of throughput */
  uint64_t wall, cpu;     /* ns; cpu of the server's processes */
  uint64_t working;       /* ns in which the generator did not wait */
  histogram latency, lag; /* lag: delay of starts behind their schedule; open load only */
  bool at_limit;
} result;

/* Load for a number of requests (0: no limit) and a time (0: no limit), closed or open by the options,
 * until every answer is there. */
void drive(target *t, result *out, uint64_t requests, double seconds, uint64_t seed);

void report(const options *o, const result *r, unsigned idle_closed);
void report_slice(const options *o, const result *r, unsigned idle_closed);
_Noreturn void refuse_at_limit(const options *o, const result *r);

#endif
