/* sley.h: everything. Each header under sley/ also stands alone; read them in this order. */
#ifndef SLEY_H
#define SLEY_H

/* clang-format off */
#include <sley/base.h>
#include <sley/version.h>
#include <sley/value.h>
#include <sley/error.h>
#include <sley/promise.h>
#include <sley/bind.h>
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
#include <sley/hooks.h>
#include <sley/dump.h>
#include <sley/runtime.h>
#include <sley/loop.h>
#include <sley/net.h>
#include <sley/workers.h>
#include <sley/domain.h>
/* clang-format on */

#endif
