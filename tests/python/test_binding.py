"""sley used from Python without a C compiler (docs/bindings.md). Usage: test_binding.py INCLUDE LIBRARY"""
import asyncio
import gc
import signal
import subprocess
import sys
import threading
import unittest

import binding
import declarations

include, library = sys.argv[1], sys.argv[2]
sley = binding.Sley(include, library)
ffi, lib = sley.ffi, sley.lib


def fulfilled(thing):
    return sley.promise(sley.call("return", sley.to_value(thing)))


async def read(io):
    room = ffi.new("char[]", 4096)
    n = await sley.promise(sley.call("read", io, room, 4096))
    return ffi.buffer(room, n)[:]


async def write(io, data):
    await sley.promise(sley.call("write", io, ffi.from_buffer(data), len(data)))


class Declared(unittest.TestCase):
    def test_every_function_is_exported(self):
        for name in declarations.functions(include):
            (ffi.addressof if name.startswith(("sley_type_", "sley_kind_")) else getattr)(lib, name)

    def test_every_macro_is_a_function(self):
        # These two are sley_fail of sley_error_new, whose place sley_error_new_text takes.
        self.assertEqual(declarations.macros(include) - declarations.functions(include),
                         {"sley_fail_with", "sley_fail_invalid_arg"})

    def test_constants(self):
        self.assertEqual((lib.SLEY_ECANCELED, lib.SLEY_ENOTFOUND), (1, 17))
        self.assertEqual(lib.sley_version(), lib.SLEY_VERSION_MAJOR * 10000 + lib.SLEY_VERSION_MINOR * 100 + lib.SLEY_VERSION_PATCH)


class Promises(unittest.TestCase):
    def tearDown(self):
        gc.collect()
        self.assertEqual(lib.sley_finish(), 0, "promises were left")
        self.assertEqual(sley.handles, {}, "contexts were left")

    def test_values(self):
        self.assertEqual(sley.run(fulfilled(7)), 7)
        self.assertEqual(sley.run(fulfilled({"a": [1, 2]})), {"a": [1, 2]})
        out = ffi.new("sley_value *")
        out[0] = lib.sley_double(2.5)
        self.assertEqual(lib.sley_value_double_at(sley.site(), out), 2.5)

    def test_callbacks(self):
        self.assertEqual(sley.run(fulfilled("two").bind(lambda v: sley.sleep(0.001).bind(lambda _: v + v))), "twotwo")
        self.assertEqual(sley.run(fulfilled(1).bind(lambda v: v / 0).catch(lambda e: str(e))), "ZeroDivisionError: division by zero")
        with self.assertRaisesRegex(binding.Error, "^KeyError: 'x'$") as caught:
            sley.run(fulfilled({}).bind(lambda v: v["x"]))
        self.assertEqual(ffi.string(lib.sley_error_kind_get(caught.exception.e).name), b"python")
        self.assertRegex(ffi.string(lib.sley_error_site(caught.exception.e)).decode(), r"test_binding\.py:\d+$")

    def test_cancel(self):
        p = sley.sleep(1000)
        q = p.catch(lambda e: "canceled" if e.canceled else "no")
        q.cancel()
        self.assertEqual(sley.run(q), "canceled")
        self.assertEqual(lib.sley_state(p.p), lib.SLEY_PROMISE_STATE_REJECTED)

    def test_errors_of_the_system(self):
        out = ffi.new("sley_listener **")
        address = ffi.new("char[]", b"no address")
        with self.assertRaisesRegex(binding.Error, "no address"):
            sley.check(sley.call("listen", sley.new("sley_listen_options", address=address), out))
        self.assertEqual(out[0], ffi.NULL)

    def test_a_handle_that_another_thread_drops(self):
        resolver = ffi.new("sley_resolver **")
        held = [sley.promise(sley.call("pending", resolver))]
        observed = sley.promise(lib.sley_keep(held[0].p))  # so that its end is seen
        state = []
        observed.observe(lambda v: state.append("fulfilled"), lambda e: state.append(str(e)))
        thread = threading.Thread(target=held.clear)
        thread.start()
        thread.join()
        sley.run(sley.sleep(0.001))  # the post is read by the domain that owns it
        lib.sley_fulfill(resolver, lib.sley_unit())
        self.assertEqual(state, ["fulfilled"])

    def test_all_are_dropped_by_another_thread(self):
        held = [fulfilled(i) for i in range(70000)]  # more than there is room for posts
        thread = threading.Thread(target=held.clear)
        thread.start()
        thread.join()
        self.assertTrue(sley.undropped)
        asyncio.run(step_until(lambda: not sley.undropped))
        while sley.posts_read < 65536:
            sley.run(sley.sleep(0.001))

    def test_asyncio(self):
        asyncio.run(self.echoes())

    async def echoes(self):
        loop = binding.Loop(sley)
        listener = ffi.new("sley_listener **")
        sley.check(sley.call("listen", sley.new("sley_listen_options", address=(host := ffi.new("char[]", b"127.0.0.1"))), listener))
        port = lib.sley_listener_port(listener[0])
        served = asyncio.create_task(self.serve(listener[0]))
        # A client of sley's, and one of asyncio's, in one loop.
        text = ffi.new("char[]", str(port).encode())
        io = await sley.promise(sley.call("connect", ffi.NULL, host, text))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for words in (b"hello", b"again"):
            await write(io, words)
            writer.write(words)
            self.assertEqual(await read(io), words)
            self.assertEqual(await reader.readexactly(len(words)), words)
        # An idle second: connections are open and a timer is far away.
        far = sley.sleep(1000)
        await asyncio.sleep(0.1)
        before = loop.steps
        await asyncio.sleep(1)
        self.assertLessEqual(loop.steps - before, 3)
        task = asyncio.ensure_future(self.wait(far))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self.assertEqual(lib.sley_state(far.p), lib.SLEY_PROMISE_STATE_REJECTED)
        await sley.sleep(0.01)  # begun between two steps, and sooner than any other
        lib.sley_io_drop(io)
        writer.close()
        await served
        lib.sley_listener_close(listener[0])
        loop.close()

    async def wait(self, promise):
        return await promise

    async def serve(self, listener):
        async def echo(io):
            while data := await read(io):
                await write(io, data)
            lib.sley_io_drop(io)

        await asyncio.gather(*[echo(await sley.promise(sley.call("accept", listener))) for _ in range(2)])


async def step_until(reached):
    loop = binding.Loop(sley)
    while not reached():
        await asyncio.sleep(0.001)
    loop.close()


class Misuse(unittest.TestCase):
    """Wrong use ends the process with a sentence; here a child."""

    def aborts(self, code, sentence, **environment):
        head = f"import sys\nsys.path.insert(0, {sys.path[0]!r})\nimport binding\n"
        head += f"sley = binding.Sley({include!r}, {library!r})\nffi, lib = sley.ffi, sley.lib\n"
        done = subprocess.run([sys.executable, "-c", head + code], capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, -signal.SIGABRT, done.stderr)
        self.assertRegex(done.stderr, sentence)

    def test_wrong_type(self):
        self.aborts("out = ffi.new('sley_value *'); out[0] = sley.to_value('text')\n"
                    "lib.sley_value_ptr_at(b'here.py:1', out, ffi.addressof(lib, 'sley_type_io'))", "a value of type python object was read as sley_io at here.py:1")

    def test_no_size(self):
        self.aborts("lib.sley_listen_at(b'here.py:1', ffi.new('sley_listen_options *'), ffi.new('sley_listener **'))",
                    "sley_listen was given a sley_listen_options of size 0: set its member size")

    def test_no_domain(self):
        self.aborts("import threading\np = sley.sleep(1)\nt = threading.Thread(target=lambda: sley.sleep(1)); t.start(); t.join()",
                    "sley_sleep at <string>:\\d+ was called on a thread without a domain")

    def test_used_after_drop(self):
        self.aborts("p = sley.call('sleep', 1.0); lib.sley_drop(p); lib.sley_cancel(p)",
                    r"sley_cancel was given a promise that is already gone \(made at <string>:\d+; its last use was sley_drop",
                    SLEY_DEBUG="1")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
