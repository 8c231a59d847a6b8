/* A server of examples' kind: one address, served in DOMAINS domains; answers each line with a line. Writes its port first.
 * Usage: server DOMAINS */
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>

static sley_promise *answer(sley_connection *c)
{
  const char *line;
  size_t size;
  while (sley_try_line(sley_connection_input(c), &line, &size) == 1)
    if (sley_output_try_write(sley_connection_output(c), "hello\n", 6) != 0)
      return sley_return(sley_bool(true));
  return sley_return_unit();
}

static sley_promise *listens(void *ctx, sley_server *server)
{
  (void)ctx;
  sley_promise *signals = sley_stop_on_signals();
  printf("%u\n", sley_server_port(server));
  fflush(stdout);
  return signals;
}

static sley_promise *serve(sley_domain *const *domains, size_t count)
{
  const sley_listen_options at = {.size = sizeof at, .address = "127.0.0.1"};
  const sley_listen_options *const all[] = {&at};
  sley_server_options options = {.size = sizeof options,
                                 .listen = all,
                                 .listens = 1,
                                 .domains = domains,
                                 .count = count,
                                 .burst = answer};
  return sley_with_server(&options, 1, listens, NULL);
}

static sley_promise *with_team(void *ctx, sley_team *team)
{
  (void)ctx;
  return serve(sley_team_domains(team), sley_team_count(team));
}

int main(int count, char **arguments)
{
  int domains = count == 2 ? atoi(arguments[1]) : 0;
  if (domains < 1) return 2;
  if (domains == 1) return sley_main(serve(NULL, 0), "server");
  const sley_team_options options = {.size = sizeof options, .count = (size_t)domains};
  return sley_main(sley_with_team(&options, 1, with_team, NULL), "server");
}
