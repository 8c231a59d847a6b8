/* Mistakes with servers: each aborts with a message that names the call and what to do. Every case is a separate run of
 * this program.
 * Tests src/io/server/serve.c, src/io/server/stop.c, src/promise/scheduler/runtime.c. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/server/serving.h"
#include "support/domains.h"
#include "support/scenes.h"

static sley_promise *serves_nothing(sley_connection *c)
{
  (void)c;
  return sley_return_unit();
}

static sley_promise *wraps_with_a_number(sley_io *io, const sley_value *context)
{
  (void)context;
  sley_io_drop(io);
  return sley_return(sley_int(7));
}

static void wrap_without_object(void)
{
  sley_server_options o = served_by(NULL, serves_nothing);
  o.wrap = wraps_with_a_number;
  sley_server *s = server_begin(&o);
  sley_io_drop(dial(s));
  sley_error_drop(sley_run(sley_sleep(60), NULL));
}

static sley_promise *stop_it(sley_value *server)
{
  return sley_server_stop(sley_server_in(server), 0);
}

static void stopped_elsewhere(void)
{
  sley_server_options o = served_by(NULL, serves_nothing);
  sley_server *s = server_begin(&o);
  sley_domain *other = start("other");
  sley_error_drop(sley_run(sley_call(other, stop_it, sley_server_to_value(s)), NULL));
}

static void handle_left(void)
{
  sley_domain *d = start("served");
  sley_server_options o = served_by(NULL, serves_nothing);
  o.domains = &d;
  o.count = 1;
  sley_server *s = server_begin(&o);
  sley_error_drop(sley_run(sley_server_stop(s, 0), NULL));
  end_leaving_nothing(d);
  sley_finish();
}

static const scene scenes[] = {
    {"wrap_without_object",
     wrap_without_object,
     true,
     {"sley_server_start at",
      "serving.h:", "promise of wrap was fulfilled with a value of type scalar"},
     "take.c"},
    {"stopped_elsewhere",
     stopped_elsewhere,
     true,
     {"sley_server_stop at", HERE, "in domain other was given a server that domain"},
     "listener"},
    {"handle_left",
     handle_left,
     true,
     {"1 domain of the runtime", "served (ended, but", "sley_server_drop"},
     NULL},
};
enum { SCENES = sizeof(scenes) / sizeof(scenes[0]) };

static void what_goes_wrong_is_said(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCENES; i++) scene_goes_as_said(&scenes[i], false);
}

int main(int count, char **arguments)
{
  run_named(count, arguments, scenes, SCENES);
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_goes_wrong_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
