/* The tables of kinds: the one file that sees every folder. An entry is defined beside its kind's data. */
#include "promise/collection/collection.h"
#include "promise/combine/combine.h"
#include "promise/fiber/fiber.h"
#include "promise/react/react.h"
#include "promise/stream/stream.h"

extern const struct sley__kind sley__kind_plain, sley__kind_task, sley__kind_pause,
    sley__kind_operation, sley__kind_read, sley__kind_bind, sley__kind_map, sley__kind_catch,
    sley__kind_try_bind, sley__kind_finalize, sley__kind_fiber, sley__kind_restore, sley__kind_walk,
    sley__kind_protected, sley__kind_no_cancel, sley__kind_wrap, sley__kind_join, sley__kind_all,
    sley__kind_choose, sley__kind_pick, sley__kind_nchoose, sley__kind_npick, sley__kind_split;
extern const struct sley__node_kind sley__node_observer, sley__node_on_success,
    sley__node_on_cancel, sley__node_protected, sley__node_wrap, sley__node_operation;

const struct sley__kind *const sley__kinds[KINDS] = {
    [KIND_PLAIN] = &sley__kind_plain,
    [KIND_RAISED] = &sley__kind_plain,
    [KIND_TASK] = &sley__kind_task,
    [KIND_PAUSE] = &sley__kind_pause,
    [KIND_OPERATION] = &sley__kind_operation,
    [KIND_READ] = &sley__kind_read,
    [KIND_BIND] = &sley__kind_bind,
    [KIND_MAP] = &sley__kind_map,
    [KIND_CATCH] = &sley__kind_catch,
    [KIND_TRY_BIND] = &sley__kind_try_bind,
    [KIND_FINALIZE] = &sley__kind_finalize,
    [KIND_FIBER] = &sley__kind_fiber,
    [KIND_RESTORE] = &sley__kind_restore,
    [KIND_WALK] = &sley__kind_walk,
    [KIND_PROTECTED] = &sley__kind_protected,
    [KIND_NO_CANCEL] = &sley__kind_no_cancel,
    [KIND_WRAP] = &sley__kind_wrap,
    [KIND_JOIN] = &sley__kind_join,
    [KIND_ALL] = &sley__kind_all,
    [KIND_CHOOSE] = &sley__kind_choose,
    [KIND_PICK] = &sley__kind_pick,
    [KIND_NCHOOSE] = &sley__kind_nchoose,
    [KIND_NPICK] = &sley__kind_npick,
    [KIND_SPLIT] = &sley__kind_split,
};

enum { ALWAYS_SIZED = 0 }; /* groups: their slots are never looked up */

const uint8_t sley__kind_slots[KINDS] = {
    [KIND_PLAIN] = SLAB_CLASS(sizeof(sley_promise)),
    [KIND_RAISED] = SLAB_CLASS(sizeof(sley_promise)),
    [KIND_TASK] = SLAB_CLASS(sizeof(sley_promise)),
    [KIND_PAUSE] = SLAB_CLASS(sizeof(pause_cell)),
    [KIND_OPERATION] = SLAB_CLASS(OPERATION_BYTES),
    [KIND_READ] = SLAB_CLASS(READ_BYTES),
    [KIND_BIND] = SLAB_CLASS(SINGLE_BARE_BYTES),
    [KIND_MAP] = SLAB_CLASS(SINGLE_BARE_BYTES),
    [KIND_CATCH] = SLAB_CLASS(SINGLE_BARE_BYTES),
    [KIND_TRY_BIND] = SLAB_CLASS(sizeof(single)),
    [KIND_FINALIZE] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_FIBER] = SLAB_CLASS(sizeof(fiber_cell)),
    [KIND_RESTORE] = SLAB_CLASS(SINGLE_BYTES),
    [KIND_WALK] = SLAB_CLASS(sizeof(walk)),
    [KIND_PROTECTED] = SLAB_CLASS(sizeof(guard)),
    [KIND_NO_CANCEL] = SLAB_CLASS(sizeof(guard)),
    [KIND_WRAP] = SLAB_CLASS(sizeof(guard)),
    [KIND_JOIN] = ALWAYS_SIZED,
    [KIND_ALL] = ALWAYS_SIZED,
    [KIND_CHOOSE] = ALWAYS_SIZED,
    [KIND_PICK] = ALWAYS_SIZED,
    [KIND_NCHOOSE] = ALWAYS_SIZED,
    [KIND_NPICK] = ALWAYS_SIZED,
    [KIND_SPLIT] = ALWAYS_SIZED,
};

/* For nodes of cells and groups, the cell's kind has the functions. */
static const struct sley__node_kind inputs;

const struct sley__node_kind *const sley__node_kinds[NODES] = {
    [NODE_CELL] = &inputs,
    [NODE_ELEMENT] = &inputs,
    [NODE_ON_SUCCESS] = &sley__node_on_success,
    [NODE_ON_FAILURE] = &sley__node_observer,
    [NODE_ON_TERMINATION] = &sley__node_observer,
    [NODE_ON_ANY] = &sley__node_observer,
    [NODE_ON_CANCEL] = &sley__node_on_cancel,
    [NODE_ASYNC] = &sley__node_observer,
    [NODE_DONT_WAIT] = &sley__node_observer,
    [NODE_ATTACH] = &sley__node_observer,
    [NODE_PROTECTED_CANCEL] = &sley__node_protected,
    [NODE_WRAP_CANCEL] = &sley__node_wrap,
    [NODE_OPERATION_CANCEL] = &sley__node_operation,
    [NODE_OPERATION_LEAVE] = &sley__node_operation,
};

sley__object_end_fn *const sley__object_ends[OBJECTS] = {
    [OBJECT_LIST] = sley__list_end,   [OBJECT_RESULT] = sley__result_end,
    [OBJECT_CONS] = sley__cons_end,   [OBJECT_REACT] = sley__react_end,
    [OBJECT_BOXES] = sley__boxes_end,
};
