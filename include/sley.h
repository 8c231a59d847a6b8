/* sley.h: everything; with libsley-promise (SLEY_PROMISE_ONLY), all that it has. Each header under sley/ also stands
 * alone; read them in this order. */
#ifndef SLEY_H
#define SLEY_H

/* clang-format off */
#include <sley/base.h>
#include <sley/version.h>
#include <sley/value.h>
#include <sley/error.h>
#include <sley/promise.h>
#include <sley/bind.h>
#include <sley/match.h>
#include <sley/combine.h>
#include <sley/convenience.h>
#include <sley/list.h>
#include <sley/pqueue.h>
#include <sley/react.h>
#include <sley/result.h>
#include <sley/retry.h>
#include <sley/seq.h>
#include <sley/cancel.h>
#include <sley/pause.h>
#include <sley/storage.h>
#include <sley/sequence.h>
#include <sley/mutex.h>
#include <sley/condition.h>
#include <sley/mvar.h>
#include <sley/pool.h>
#include <sley/switch.h>
#include <sley/scope.h>
#include <sley/stream.h>
#include <sley/stream_combine.h>
#include <sley/fiber.h>
#include <sley/generator.h>
#include <sley/hooks.h>
#include <sley/dump.h>
#include <sley/runtime.h>
#include <sley/domain_slot.h>
#if defined(SLEY_PROMISE_ONLY)
#include <sley/sites/promise_only.h>
#else
#include <sley/whole.h>
#include <sley/loop.h>
#include <sley/alarm.h>
#include <sley/throttle.h>
#include <sley/loop_hooks.h>
#include <sley/test_clock.h>
#include <sley/address.h>
#include <sley/engine.h>
#include <sley/fd_watch.h>
#include <sley/bytes.h>
#include <sley/io.h>
#include <sley/slice.h>
#include <sley/dns.h>
#include <sley/channel.h>
#include <sley/format.h>
#include <sley/pump.h>
#include <sley/fds.h>
#include <sley/client.h>
#include <sley/socket.h>
#include <sley/datagram.h>
#include <sley/workers.h>
#include <sley/job.h>
#include <sley/call.h>
#include <sley/remote.h>
#include <sley/domain.h>
#include <sley/port.h>
#include <sley/server.h>
#include <sley/sharded.h>
#include <sley/team.h>
#include <sley/cross.h>
#endif
/* clang-format on */

#endif
