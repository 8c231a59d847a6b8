#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

static const char usage[] =
    "usage: scripts/load --port N [option...]\n"
    "  --host A          address of the server, in numbers (127.0.0.1)\n"
    "  --rate N          open load: N requests a second start whatever the server does, and a "
    "latency\n"
    "                    counts from the moment a request was due; without it closed load: a "
    "request\n"
    "                    starts when an answer has come\n"
    "  --poisson         open load at random distances, not even ones\n"
    "  --seconds S       how long it counts (5)\n"
    "  --warm-up S       load before that (1)\n"
    "  --connections N   (64)\n"
    "  --depth N         most requests in flight on a connection: pipelining (1; open load: 1024)\n"
    "  --idle N          connections beside that send nothing (0)\n"
    "  --path P          of GET requests (/)\n"
    "  --echo N          frames of N bytes behind a length of 4 bytes, not HTTP\n"
    "  --timeout S       a server that answers nothing for so long is stuck (10)\n"
    "  --lag-limit US    the 99th percentile of the generator's own lag above which figures are "
    "refused (100)\n"
    "  --seed N          of random distances (1)\n"
    "  --pid N           a process of the server: its processor time is told (several: once for "
    "each)\n"
    "  --histogram F     writes the percentile distribution to F, as HdrHistogram's plotters read "
    "it\n"
    "  --json            prints one line of JSON\n"
    "  --slices          reads lines \"requests N\" or \"seconds S\" and answers each with a line "
    "of JSON\n"
    "Ends with 1 if the server is wrong, 2 for words that make no sense, 3 if the generator is at "
    "its limit.\n";

enum {
  RATE = 256,
  POISSON,
  SECONDS,
  WARM_UP,
  CONNECTIONS,
  DEPTH,
  IDLE,
  PATH,
  ECHO_BYTES,
  TIMEOUT,
  LAG_LIMIT,
  SEED,
  PID,
  HISTOGRAM,
  JSON,
  SLICES,
  HOST,
  PORT,
  HELP
};

static const struct option known[] = {{"rate", 1, 0, RATE},
                                      {"poisson", 0, 0, POISSON},
                                      {"seconds", 1, 0, SECONDS},
                                      {"warm-up", 1, 0, WARM_UP},
                                      {"connections", 1, 0, CONNECTIONS},
                                      {"depth", 1, 0, DEPTH},
                                      {"idle", 1, 0, IDLE},
                                      {"path", 1, 0, PATH},
                                      {"echo", 1, 0, ECHO_BYTES},
                                      {"timeout", 1, 0, TIMEOUT},
                                      {"lag-limit", 1, 0, LAG_LIMIT},
                                      {"seed", 1, 0, SEED},
                                      {"pid", 1, 0, PID},
                                      {"histogram", 1, 0, HISTOGRAM},
                                      {"json", 0, 0, JSON},
                                      {"slices", 0, 0, SLICES},
                                      {"host", 1, 0, HOST},
                                      {"port", 1, 0, PORT},
                                      {"help", 0, 0, HELP},
                                      {0, 0, 0, 0}};

static double number(const char *name, const char *text, double least, double most)
{
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  if (end == text || *end != '\0' || errno != 0 || !(value >= least && value <= most))
    fail(EXIT_USAGE, "--%s %s: a number from %g to %g is wanted", name, text, least, most);
  return value;
}

static uint64_t whole(const char *name, const char *text, double least, double most)
{
  double value = number(name, text, least, most);
  if (value != floor(value)) fail(EXIT_USAGE, "--%s %s: a whole number is wanted", name, text);
  return (uint64_t)value;
}

static const char *path(const char *text)
{
  if (text[0] != '/' || strlen(text) > 1024 || strpbrk(text, " \r\n\t") != NULL)
    fail(EXIT_USAGE, "--path %s: it begins with a slash, has no spaces and at most 1,024 bytes",
         text);
  return text;
}

static void take(options *o, int option, const char *name, const char *text)
{
  switch (option) {
    case RATE: o->rate = number(name, text, 1, 1e8); break;
    case POISSON: o->poisson = true; break;
    case SECONDS: o->seconds = number(name, text, 0.001, 86400); break;
    case WARM_UP: o->warm_up = number(name, text, 0, 86400); break;
    case CONNECTIONS: o->connections = (unsigned)whole(name, text, 1, 1e6); break;
    case DEPTH: o->depth = (unsigned)whole(name, text, 1, MOST_DEPTH); break;
    case IDLE: o->idle = (unsigned)whole(name, text, 0, 1e6); break;
    case PATH: o->path = path(text); break;
    case ECHO_BYTES:
      o->protocol = PROTOCOL_ECHO;
      o->payload = (uint32_t)whole(name, text, 1, MOST_PAYLOAD);
      break;
    case TIMEOUT: o->timeout = number(name, text, 0.01, 3600); break;
    case LAG_LIMIT: o->lag_limit = number(name, text, 0.1, 1e9) * 1e-6; break;
    case SEED: o->seed = whole(name, text, 0, 1e15); break;
    case PID:
      if (o->pids == MOST_PIDS) fail(EXIT_USAGE, "--pid: at most %d processes", MOST_PIDS);
      o->pid[o->pids++] = (pid_t)whole(name, text, 1, 1 << 22); /* PID_MAX_LIMIT of Linux */
      break;
    case HISTOGRAM: o->histogram_file = text; break;
    case JSON: o->json = true; break;
    case SLICES: o->slices = true; break;
    case HOST: o->host = text; break;
    case PORT: o->port = (unsigned)whole(name, text, 1, 65535); break;
    default: fputs(usage, stdout); exit(EXIT_SUCCESS);
  }
}

void options_read(options *o, int count, char **words)
{
  int option, place = 0;
  *o = (options){.host = "127.0.0.1",
                 .path = "/",
                 .connections = 64,
                 .seconds = 5,
                 .warm_up = 1,
                 .timeout = 10,
                 .lag_limit = 100e-6,
                 .seed = 1};
  opterr = 0;
  while ((option = getopt_long(count, words, "", known, &place)) != -1) {
    if (option == '?')
      fail(EXIT_USAGE, "%s: no such option, or its value is missing\n%s", words[optind - 1], usage);
    take(o, option, known[place].name, optarg);
  }
  if (optind < count) fail(EXIT_USAGE, "%s: what is this?\n%s", words[optind], usage);
  if (o->port == 0) fail(EXIT_USAGE, "--port is missing\n%s", usage);
  if (o->poisson && o->rate == 0)
    fail(EXIT_USAGE, "--poisson is for open load, which needs --rate");
  if (o->depth == 0) o->depth = o->rate > 0 ? 1024 : 1;
}
