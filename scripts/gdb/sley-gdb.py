"""Fibers of sley in gdb, in a running program or a core file.

    source sley-gdb.py
    sley fibers      lists the fibers of the current thread's domain
    sley fiber N     shows backtraces of fiber N from now on, below the frame that runs
    sley fiber off   shows the thread's own again

Needs the library's debugging information. Works with the library's own assembly (x86-64, AArch64)."""
import gdb
import gdb.unwinder

CLASSES = 18
FREE, RUNS = 0, 1
STATES = {RUNS: "runs", 2: "waits", 3: "has ended", 4: "will not end"}


def pointer(value):
    return int(value) if value is not None else 0


def domain():
    if gdb.lookup_global_symbol("sley__current") is None and gdb.lookup_static_symbol("sley__current") is None:
        raise gdb.GdbError("sley: the debugging information of libsley is missing (Debian: libsley0.1-dbgsym)")
    return gdb.parse_and_eval("(sley_domain *)sley__current").dereference()


def fibers():
    """(state, name, spawned at, awaits at, struct) of every live fiber."""
    pool = domain()["fibers"]
    if pointer(pool) == 0:
        return
    pool = pool.dereference()
    chunk_type = gdb.lookup_type("stack_chunk")
    place = next(f.bitpos // 8 for f in chunk_type.fields() if f.name == "place")
    fiber_type = gdb.lookup_type("struct sley__fiber")
    guard = int(pool["guard"])
    for class_number in range(CLASSES):
        for heads in (pool["full"], pool["roomy"]):
            head = heads[class_number].address
            at = head.dereference()["next"]
            while pointer(at) != pointer(head):
                address = pointer(at) - place
                chunk = gdb.Value(address).cast(chunk_type.pointer()).dereference()
                stride = (1 << (class_number + 14)) + guard
                for index in range(int(chunk["carved"])):
                    if int(chunk["cold"]) >> index & 1:
                        continue
                    top = int(chunk["memory"]) + (index + 1) * stride
                    colour = (index * 5 + (address >> 6 & 0xffffffff)) % 16 * 64
                    start = top - colour - (fiber_type.sizeof + 63) // 64 * 64
                    fiber = gdb.Value(start).cast(fiber_type.pointer()).dereference()
                    if int(fiber["state"]) != FREE:
                        yield fiber
                at = at.dereference()["next"]


def text(value):
    return value.string() if pointer(value) else "-"


def name(fiber):
    return fiber["name"].string() if fiber["has_name"] else text(fiber["result"]["cell"]["site"])


def registers(fiber):
    """What the fiber's backtrace starts from: see fiber_switch.c."""
    word = gdb.lookup_type("unsigned long")
    sp = int(fiber["self"]["sp"])

    def load(at):
        return gdb.Value(at).cast(word.pointer()).dereference()

    def value(number):
        return gdb.Value(number).cast(word)

    if gdb.selected_frame().architecture().name().startswith("aarch64"):
        saved = {f"x{19 + i}": load(sp + 8 * i) for i in range(11)}
        return {**saved, "pc": load(sp + 88), "sp": value(sp + 176)}
    saved = {name: load(sp + 8 * i) for i, name in enumerate(("r15", "r14", "r13", "r12", "rbx", "rbp"), 1)}
    return {**saved, "rip": load(sp + 56), "rsp": value(sp + 64)}


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Unwinder(gdb.unwinder.Unwinder):
    """Says that the running frame was called from the selected fiber."""

    def __init__(self):
        super().__init__("sley fibers")
        self.chosen = None
        self.at = None
        self.below = None

    def choose(self, fiber):
        self.chosen = None
        gdb.invalidate_cached_frames()
        if fiber is None:
            return
        frame = gdb.newest_frame()
        self.at = (int(frame.read_register("sp")), int(frame.read_register("pc")))
        self.below = fiber["self"]["sp"]
        self.chosen = registers(fiber)
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.chosen is None:
            return None
        here = (int(pending.read_register("sp")), int(pending.read_register("pc")))
        if here != self.at:
            return None
        # As if it stood below the fiber's frames: gdb wants callers above.
        info = pending.create_unwind_info(FrameId(self.below, pending.read_register("pc")))
        for name, value in self.chosen.items():
            info.add_saved_register(name, value)
        return info


unwinder = Unwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


class Sley(gdb.Command):
    """Commands for programs that use sley."""

    def __init__(self):
        super().__init__("sley", gdb.COMMAND_STACK, prefix=True)


class Fibers(gdb.Command):
    """Lists the fibers of the current thread's domain."""

    def __init__(self):
        super().__init__("sley fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for number, fiber in enumerate(fibers()):
            awaits = "-" if int(fiber["state"]) == RUNS else text(fiber["awaits_at"])
            print(f"{number:5} {STATES[int(fiber['state'])]:9} {name(fiber)}, spawned at "
                  f"{text(fiber['result']['cell']['site'])}, awaits at {awaits}")


class Fiber(gdb.Command):
    """Selects a fiber by its number in "sley fibers" for backtraces; "off" goes back."""

    def __init__(self):
        super().__init__("sley fiber", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if argument == "off":
            unwinder.choose(None)
            return
        for number, fiber in enumerate(fibers()):
            if number == int(argument):
                if int(fiber["state"]) == RUNS:
                    raise gdb.GdbError("that fiber runs: its frames are the thread's own")
                unwinder.choose(fiber)
                print(f"backtraces show fiber {number}, {name(fiber)}, below frame 0")
                return
        raise gdb.GdbError("there is no such fiber")


Sley()
Fibers()
Fiber()
