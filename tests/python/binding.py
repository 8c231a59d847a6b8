"""A small binding of sley for Python, through cffi in ABI mode, and the program that docs/bindings.md explains. In this order: what is
loaded, Python objects in C, promises, errors, and the loop of asyncio."""
import asyncio
import collections
import sys
import traceback

import cffi

import declarations


class Sley:
    """The library, loaded; one for each process, so that callbacks are made once."""

    def __init__(self, include, library):
        self.ffi = ffi = cffi.FFI()
        ffi.cdef(declarations.read(include))
        self.lib = lib = ffi.dlopen(library)
        if lib.sley_version() // 100 != lib.SLEY_VERSION_MAJOR * 100 + lib.SLEY_VERSION_MINOR:
            raise ImportError(f"the headers are of another version than sley {ffi.string(lib.sley_version_text()).decode()}")
        self.handles = {}  # address of a ctx: what keeps it alive
        self.sites = {}  # text: the literal, which the library keeps for ever
        self.undropped = collections.deque()  # promises whose domain had no room for the post
        self.posts_read = 0
        self.kind = ffi.new("sley_error_kind *", {"size": ffi.sizeof("sley_error_kind"), "name": self.literal("python")})
        self.make_callbacks()

    def literal(self, text):
        if text not in self.sites:
            self.sites[text] = self.ffi.new("char[]", text.encode())
        return self.sites[text]

    def site(self):
        """The place of the call in the program that uses this file."""
        frame = sys._getframe(1)
        while frame.f_globals.get("__name__") == __name__:
            frame = frame.f_back
        return self.literal(f"{frame.f_code.co_filename}:{frame.f_lineno}")

    # ---- Python objects in C: a ctx, or a value of the type "python object" ----

    def handle(self, thing):
        handle = self.ffi.new_handle(thing)
        self.handles[int(self.ffi.cast("intptr_t", handle))] = handle
        return handle

    def make_callbacks(self):
        """One C function for each type of callback; what to call is in ctx. No exception may leave one."""
        ffi, lib = self.ffi, self.lib

        @ffi.callback("sley_drop_fn")
        def drop(ctx):
            del self.handles[int(ffi.cast("intptr_t", ctx))]

        @ffi.callback("void *(void *)")
        def dup(ctx):
            return self.handle(ffi.from_handle(ctx))

        def answer(call):
            try:
                result = call()
                return result.give() if isinstance(result, Promise) else lib.sley_return_at(self.site(), self.to_value(result))
            except BaseException as error:  # KeyboardInterrupt, too: C has no place for it
                return lib.sley_fail_at(self.site(), self.to_error(error))

        @ffi.callback("sley_bind_fn")
        def bound(ctx, v):
            return answer(lambda: ffi.from_handle(ctx)(self.from_value(v)))

        @ffi.callback("sley_catch_fn")
        def caught(ctx, e):
            return answer(lambda: ffi.from_handle(ctx)(self.from_error(e)))

        @ffi.callback("sley_value_fn")
        def fulfilled(ctx, v):
            self.guarded(lambda: ffi.from_handle(ctx)[0](self.from_value(v)))

        @ffi.callback("sley_error_fn")
        def rejected(ctx, e):
            self.guarded(lambda: ffi.from_handle(ctx)[1](self.from_error(e)))

        @ffi.callback("sley_post_fn")
        def dropped(arg):
            self.posts_read += 1
            lib.sley_drop(ffi.cast("sley_promise *", arg.i))

        self.drop, self.dup, self.bound, self.caught = drop, dup, bound, caught
        self.fulfilled, self.rejected, self.dropped = fulfilled, rejected, dropped
        self.type = ffi.new("sley_type *", {"size": ffi.sizeof("sley_type"), "name": self.literal("python object"),
                                            "drop": drop, "dup": dup})

    def guarded(self, call):
        try:
            call()
        except Exception:
            traceback.print_exc()

    def to_value(self, thing):
        if thing is None:
            return self.lib.sley_unit()
        if isinstance(thing, int) and -(2**63) <= thing < 2**63:
            return self.lib.sley_int(thing)
        return self.lib.sley_own(self.handle(thing), self.type)

    def from_value(self, v):
        """What is in a value that is lent. Scalars do not tell what they are: the caller knows."""
        if v.type == self.type:
            return self.ffi.from_handle(self.ffi.cast("void *", v.i))
        if v.type == self.ffi.addressof(self.lib, "sley_type_io"):
            return self.lib.sley_io_take(self.ffi.cast("sley_value *", v))
        return v.i

    # ---- errors ----

    def to_error(self, error):
        if isinstance(error, Error):
            return self.lib.sley_error_keep(error.e)
        if isinstance(error, asyncio.CancelledError):
            return self.lib.sley_error_canceled()
        return self.lib.sley_error_new_text(self.site(), self.kind, 1, f"{type(error).__name__}: {error}".encode())

    def from_error(self, e):
        return Error(self, self.lib.sley_error_keep(e))

    def check(self, e):
        """Raises the error of a function that returns one, which is the caller's."""
        if e != self.ffi.NULL:
            raise Error(self, e)

    # ---- promises ----

    def promise(self, p):
        return Promise(self, p)

    def call(self, name, *arguments):
        """A function that records its call site: call("sleep", 0.1) is sley_sleep_at(site, 0.1)."""
        return getattr(self.lib, f"sley_{name}_at")(self.site(), *arguments)

    def sleep(self, seconds):
        return Promise(self, self.call("sleep", seconds))

    def run(self, promise):
        out = self.ffi.new("sley_value *")
        self.check(self.lib.sley_run(promise.give(), out))
        result = self.from_value(out)
        self.lib.sley_value_drop(out)
        return result

    def new(self, type, **members):
        """A struct of options: its size says which members it has."""
        return self.ffi.new(f"{type} *", {"size": self.ffi.sizeof(type), **members})


class Error(Exception):
    """An owned sley_error. Errors may be read on any thread, and are dropped by the one that holds the reference."""

    def __init__(self, sley, e):
        self.sley, self.e, self.code = sley, e, sley.lib.sley_error_code(e)
        self.canceled = sley.lib.sley_error_is_canceled(e)
        super().__init__(sley.ffi.string(sley.lib.sley_error_message(e)).decode())

    def __del__(self):
        self.sley.lib.sley_error_drop(self.e)


class Promise:
    """A counted reading handle. It belongs to the domain that made it; Python may drop it on any thread."""

    def __init__(self, sley, p):
        self.sley, self.p = sley, p
        self.domain = sley.lib.sley_domain_keep(sley.lib.sley_domain_current())

    def give(self):
        """For functions that consume a promise: they get a reference of their own."""
        return self.sley.lib.sley_keep(self.p)

    def bind(self, f):
        s = self.sley
        return Promise(s, s.call("bind", self.give(), s.bound, s.handle(f), s.drop))

    def catch(self, f):
        s = self.sley
        return Promise(s, s.call("catch", self.give(), s.caught, s.handle(f), s.drop))

    def cancel(self):
        self.sley.lib.sley_cancel(self.p)

    def observe(self, ok, failed):
        s = self.sley
        s.lib.sley_on_any(self.p, s.fulfilled, s.rejected, s.handle((ok, failed)), s.drop)

    def __await__(self):
        """For a coroutine of asyncio, in the domain's thread. Canceling the task cancels the promise."""
        future = asyncio.get_running_loop().create_future()

        def failed(e):
            if not future.done():
                future.set_exception(asyncio.CancelledError() if e.canceled else e)

        self.observe(lambda v: future.done() or future.set_result(v), failed)
        future.add_done_callback(lambda f: f.cancelled() and self.cancel())
        return future.__await__()

    def __del__(self):
        lib = self.sley.lib
        if lib.sley_domain_current() == self.domain:
            lib.sley_drop(self.p)
        elif lib.sley_post(self.domain, self.sley.dropped, lib.sley_borrow(self.p)) == -lib.SLEY_EAGAIN:
            self.sley.undropped.append(self.p)
        # -SLEY_EGONE: the promise went with its domain
        lib.sley_domain_drop(self.domain)


class Loop:
    """Steps the thread's current domain from the running loop of asyncio: when sley_loop_fd is readable, and when the time of
    sley_step_timeout is over, which sley_loop_set_changed says is shorter now. Nothing is polled."""

    def __init__(self, sley):
        self.sley, self.loop, self.timer, self.steps = sley, asyncio.get_running_loop(), None, 0
        self.fd = sley.lib.sley_loop_fd()
        if self.fd < 0:
            raise RuntimeError("this engine has no descriptor: see sley_loop_set_wake")
        self.loop.add_reader(self.fd, self.step)
        self.changed = sley.ffi.callback("sley_loop_fn", lambda ctx: self.set_timer())
        sley.lib.sley_loop_set_changed(self.changed, sley.ffi.NULL, sley.ffi.NULL)
        self.step()

    def step(self):
        self.steps += 1
        for _ in range(len(self.sley.undropped)):
            self.sley.lib.sley_drop(self.sley.undropped.popleft())
        self.sley.check(self.sley.lib.sley_step(0))
        self.set_timer()

    def set_timer(self):
        if self.timer:
            self.timer.cancel()
        left = self.sley.lib.sley_step_timeout()
        self.timer = self.loop.call_later(left / 1e9, self.step) if left >= 0 else None

    def close(self):
        self.sley.lib.sley_loop_set_changed(self.sley.ffi.NULL, self.sley.ffi.NULL, self.sley.ffi.NULL)
        self.loop.remove_reader(self.fd)
        if self.timer:
            self.timer.cancel()
