"""Checks memory ordering in the AArch64 machine code of gcc and clang.

  aarch64_order.py SOURCE [--show]     --show prints the tokens of each place

The tests run on x86-64, which keeps most of the order that ARMv8 does not, so no run there shows a missing
fence. Here the files that access memory of several threads are compiled for AArch64, and their instructions
are checked:

1. Each function in PLACES: its memory instructions, with calls of known functions expanded in place, form a
   string of tokens, and a regular expression defines what must be between store and load.
2. Each release store (stlr) in these files is followed by a full fence before the next memory access, or its
   function is in NO_LOOK with the reason why no later load needs it.

Tokens: F full fence, S fence of stores, D fence after loads; L load, A ldar, P ldapr; W store, H 16-bit store,
B byte store, M stlr; X exclusive load, Y exclusive store, R read-modify-write of one instruction or call;
C call of an unknown function. Stack accesses do not count."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

source = os.path.abspath(sys.argv[1])
show = "--show" in sys.argv
# Debian's gcc for AArch64 conflicts with gcc-multilib, so scripts/install-packages unpacks it there.
UNPACKED = "/opt/sley-cross/usr/bin"
LINKED = "XY"  # a compare-and-swap or exchange of ConcurrencyKit
PLACES = [
    ("queue/sleeper", "sley__sleeper_announce", "^WF", "the mark of who sleeps, then the look at the queues"),
    ("queue/sleeper", "sley__sleeper_notify", "^FL", "what was published, then the look who sleeps"),
    ("queue/sleeper", "sley__sleeper_notify_pushed", "^FL", "what was pushed, then the look who sleeps"),
    ("queue/inbox", "sley__inbox_push", "^FLWS" + LINKED, "what is in the node, then the push"),
    ("queue/inbox", "sley__inbox_push_list", "^L*F.*WS" + LINKED, "what is in the nodes, then the push"),
    ("queue/inbox", "sley__inbox_take_all", "L.*" + LINKED + "DL", "the nodes taken, then what is in them"),
    ("queue/ring", "sley__ring_publish", "H[LWH]*FL*W", "the messages of a batch, then the number of the first"),
    ("queue/ring", "sley__ring_next", "LDL", "a number, then its message"),
    ("queue/ring", "sley__ring_release", "^L+FL?W", "what was read of messages, then the head"),
    ("queue/ring", "sley__ring_has_room", "LL*WF|LF", "the head, then what is written to the places behind it"),
    ("queue/ring", "sley__ring_offer", "LL*WF|LF", "the head, then what is written to the places behind it"),
    ("queue/channel", "sley__fence", "^F$", "the fence of other files"),
    ("queue/channel", "sley__channel_put", "F.*" + LINKED, "what is in the item, then the put"),
    ("queue/channel", "sley__channel_take", "^(?=.*D.*D)LDL.*F" + LINKED, "the item, then its place given back"),
    ("queue/channel", "sley__channel_is_over", "LDL", "the place of who takes, then of who puts"),
    ("domain/open", "seat_end", "MF.*MF.*MF", "gated, gone and finished, then the looks at what came"),
    ("domain/seat", "sley__seat_send", LINKED + ".*FL.*[AP]", "a push, then the looks who sleeps and whether finished"),
    ("domain/turn", "turn_prepare_sleep", "WFL", "announced, then the look at the queues"),
    ("domain/shutdown", "shutdown_deliver", "MF", "gated, then the next look"),
    ("domain/peer", "sley__peer_flush", "H[LWH]*FL*W.*FL.*[AP]", "published, then the looks who sleeps and whether gone"),
    ("domain/port_wait", "sley__port_changed", "^FL", "a change of the channel, then the look who waits"),
    ("domain/port_wait", "sley__port_put_later", "WF", "a writer that waits, then the look at the channel"),
    ("domain/port_wait", "sley__port_get_later", "WF", "a reader that waits, then the look at the channel"),
    ("preempt/completion", "completions_end", "MF", "ended, then the look at what came"),
    ("preempt/completion", "sley__completions_push", LINKED + ".*FL.*[AP]", "a push, then the looks who sleeps and whether ended"),
    ("preempt/completion", "completions_prepare_sleep", "WFL", "announced, then the look at the inbox"),
    ("preempt/thread", "sley__worker_main", "WFL", "the sleeper armed, then the look at what came"),
    ("preempt/submit", "sley__pool_submit", LINKED + ".*FL", "jobs pushed, then the look who sleeps"),
    ("io/limit", "sley__place_wait", "^L*M.*A", "that it waits for a place, then the look for one: an ldar"),
    ("io/limit", "sley__place_free", "(R|" + LINKED + ").*(R|" + LINKED + ")", "a place given back, then the look who waits"),
    ("reactor/foreign", "sley_loop_set_wake", "M.*A", "no f, then the look who is calling it: an ldar"),
    ("reactor/signal", "on_signal", "M(R|" + LINKED + ")A", "raised, then the look for the owner: an ldar"),
    ("reactor/signal", "sley_wait_signal_at", "M.*A[^AP]*$", "owned, then the look whether raised: an ldar"),
    ("reactor/signal", "sley__signals_forget", "M.*A[^AP]*$", "no owner, then the look who is in the handler: an ldar"),
]
LOCK = "a lock's end: what comes later may begin earlier"
NO_LOOK = {
    ("promise/slot", "sley_domain_slot_try_release"): "no other thread uses the slot meanwhile: its contract",
    ("reactor/signal", "on_signal"): "its look is an ldar: see above",
    ("reactor/signal", "sley_wait_signal_at"): "its look is an ldar: see above",
    ("reactor/signal", "signal_claim"): "its look is an ldar: see sley_wait_signal_at",
    ("reactor/signal", "sley__signals_forget"): "its look is an ldar: see above",
    ("reactor/signal", "sley__signal_give_up"): "the handler is no longer installed",
    ("reactor/signal", "signals_in_child"): "the child of a fork has one thread",
    ("reactor/loop", "sley__loop_open"): "a dump asked for before is made at the end of the first turn",
    ("domain/collect", "thread_collected"): "read where an abort says why a domain is still there",
    ("domain/port", "sley_port_close_reading"): "unread is looked at behind closed",
    ("domain/port_wait", "sley__port_close_all"): "puts look at the channel, whose end is a read-modify-write; match fences",
    ("domain/remote", "remote_withdraw"): "a hint",
    ("preempt/close", "sley__pool_gate"): "what came is looked at behind the sleeper's fence",
    ("preempt/close", "sley_workers_close_at"): "under the lock, and sley__pool_gate follows",
    ("preempt/close", "close_begin"): "under the lock, and sley__pool_gate follows",
    ("promise/runtime", "sley_domain_leave"): LOCK,
    ("promise/lock", "sley__fork_child_calls"): "a second registration does no harm",
    ("promise/pin", "sley__pin"): "pinned twice does no harm",
    ("promise/runtime", "sley__domain_over"): "the count of handles, a read-modify-write, carries it to who looks",
    ("domain/processors", "sley__processors_note"): "a mask that others may miss",
    ("reactor/foreign", "driven"): "the host is called only after a rest, which announces sleep and looks behind its fence",
    ("reactor/foreign", "sley_loop_fd"): "as driven",
    ("reactor/foreign", "sley_loop_set_changed"): "as driven",
    ("reactor/foreign", "sley_loop_set_wake"): "its look who is calling is an ldar; who has called before f was set is made up for",
    ("io/limit", "sley__place_wait"): "its look for a place is an ldar: see PLACES",
    ("io/limit", "sley__place_free"): "nobody could be woken: the acceptor looks again after a second",
    ("io/limit", "sley__member_leave"): "as sley__place_free",
    ("io/limit", "one_wake"): "as sley__place_free",
    ("io/limit", "sley__place_take"): "as sley__place_free",
    ("io/limit", "sley__place_offer"): "as sley__place_free",
    ("io/accept", "pause_release"): "the listener is gone: nobody looks for a place any more",
    ("io/accept", "sley__accept_end"): "the same",
    ("io/accept", "sley__accept_undo"): "the same",
    ("io/accept", "sley__accept_leave"): "the same",
    ("io/from_fd", "sley__io_standard_end"): "the next owner begins with a compare-and-swap",
}


def files_that(wanted):
    """Returns the sources in src that contain it, without .c."""
    found = []
    for path in sorted(glob.glob(os.path.join(source, "src", "**", "*.c"), recursive=True)):
        with open(path) as file:
            if re.search(wanted, file.read()):
                found.append(os.path.relpath(path, os.path.join(source, "src")).removesuffix(".c"))
    return found


def gcc(work):
    tools = os.path.join(work, "tools")  # the unpacked gcc searches for an assembler in its own folder
    if not os.path.isdir(tools):
        os.mkdir(tools)
        os.symlink(shutil.which("aarch64-linux-gnu-as"), os.path.join(tools, "as"))
    for name in ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-gcc-12", os.path.join(UNPACKED, "aarch64-linux-gnu-gcc-12")):
        if shutil.which(name):
            own = glob.glob("/usr/lib/gcc-cross/aarch64-linux-gnu/*/include")
            return [name, "-B" + tools, "-nostdinc"] + [word for path in own + ["/usr/aarch64-linux-gnu/include"]
                                          for word in ("-isystem", path)]
    sys.exit("there is no gcc for AArch64: scripts/install-packages test")


def headers_of_libraries(work):
    """Only ConcurrencyKit's and libev's: their folder also has this machine's own headers. CK's headers define
    the memory ordering of the machine they were installed for."""
    folder = os.path.join(work, "libraries")
    os.makedirs(os.path.join(folder, "gcc"))
    for path in glob.glob("/usr/include/ck_*.h") + ["/usr/include/ev.h"]:
        shutil.copy(path, folder)
    for path in glob.glob("/usr/include/gcc/*"):
        copy = shutil.copytree if os.path.isdir(path) else shutil.copy
        copy(path, os.path.join(folder, "gcc", os.path.basename(path)))
    path = os.path.join(folder, "ck_md.h")
    with open(path) as file:
        text = file.read()
    text, count = re.subn(r"CK_MD_(TSO|PSO)\b", "CK_MD_RMO", text)
    if count == 0 and "CK_MD_RMO" not in text:
        sys.exit("ck_md.h does not say how memory is ordered")
    with open(path, "w") as file:
        file.write(text.replace("CK_MD_SSE_ENABLE", "CK_MD_SSE_DISABLE"))
    return folder


LOADS = re.compile(r"ld(r|ur|p|rs|urs|psw|rsw|ursw)")


def token(mnemonic, operands):
    if mnemonic == "dmb":
        return {"ish": "F", "sy": "F", "ishst": "S", "st": "S", "ishld": "D", "ld": "D"}[operands.strip()]
    if re.match(r"(ldax?r|ldaxp|ldxr|ldxp)", mnemonic):
        return "X" if "x" in mnemonic[2:4] else "A"
    if mnemonic.startswith("ldapr"):
        return "P"
    if re.match(r"stl?x[rp]", mnemonic):
        return "Y"
    if re.match(r"(swp|cas|ldadd|ldclr|ldset|ldeor|stadd|stclr|stset)", mnemonic):
        return "R"
    if mnemonic.startswith("stlr"):
        return "M"
    if re.search(r"\[(sp|x29)\b", operands):
        return ""
    if mnemonic.startswith("ld"):
        return "L"
    if mnemonic in ("strh", "sturh"):
        return "H"
    if mnemonic in ("strb", "sturb"):
        return "B"
    if mnemonic.startswith("st"):
        return "W"
    return ""


def functions_of(objdump, path):
    """Returns {name: [token or call]} for an object; a call is ("call", name)."""
    functions, body = {}, None
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", path], stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <([^>]+)>:$", line)
        if head:
            name, body = head.group(1), []
            functions[name] = body
            continue
        moved = re.search(r"R_AARCH64_(CALL|JUMP)26\s+([\w.$]+)", line)
        if moved and body and body[-1][0] == "call":
            body[-1] = ("call", moved.group(2))
            continue
        instruction = re.match(r"\s+[0-9a-f]+:\s+(\S+)\s*(.*)$", line)
        if not instruction or body is None:
            continue
        mnemonic, operands = instruction.groups()
        target = re.search(r"<([\w.$]+)>", operands)
        if mnemonic == "bl" or (mnemonic == "b" and target and "+" not in operands.split("<")[-1]):
            body.append(("call", target.group(1) if target else ""))
        elif mnemonic == "blr" or (mnemonic == "br"):
            body.append(("call", ""))
        else:
            found = token(mnemonic, operands.split("//")[0])
            if found:
                body.append(("token", found))
    return functions


def base(name):
    return re.sub(r"\.(constprop|part|isra|cold)\b.*|\.\d+$", "", name)


class Objects:
    def __init__(self):
        self.local = {}  # (file, name): body

    def add(self, file, functions):
        for name, body in functions.items():
            self.local[(file, name)] = body

    def find(self, file, name):
        if (file, name) in self.local:
            return file, name
        for key in self.local:
            if key[1] == name:
                return key
        return None

    def tokens(self, file, name, around=()):
        text = ""
        for kind, what in self.local[(file, name)]:
            if kind == "token":
                text += what
                continue
            if what.startswith("__aarch64_"):
                text += "R"
                continue
            key = self.find(file, what) if what else None
            if key is None:
                text += "C"
            elif key not in around and key != (file, name) and len(around) < 6:
                text += self.tokens(key[0], key[1], around + ((file, name),))
        return text


def compile_all(compiler, flags, files, work, libraries):
    objects = Objects()
    running = []
    for place in files:
        path = os.path.join(work, place.replace("/", "-") + ".o")
        command = compiler + flags + [
            "-std=c17", "-O2", "-fPIC", "-fno-semantic-interposition", "-D_POSIX_C_SOURCE=200809L", "-D_DEFAULT_SOURCE",
            "-I" + libraries, "-I" + os.path.join(source, "include"), "-I" + os.path.join(source, "src"), "-w", "-c",
            os.path.join(source, "src", place + ".c"), "-o", path]
        running.append((place, path, subprocess.Popen(command)))
        if len(running) % 4 == 0:
            running[-1][2].wait()
    for place, path, process in running:
        if process.wait() != 0:
            sys.exit(f"{place} does not compile: {' '.join(process.args)}")
        objects.add(place, functions_of("aarch64-linux-gnu-objdump", path))
    return objects


def place_of(file):
    """A source of the floor, excluding its subfolders."""
    return file.split("/")[0] + "/" + os.path.basename(file)


def look(title, objects):
    bad = 0
    for file, name, wanted, what in PLACES:
        matching = [key for key in objects.local if place_of(key[0]) == file and base(key[1]) == name]
        if not matching:
            print(f"{title}: {file}.c has no {name} (inlined?)")
            bad += 1
            continue
        texts = [objects.tokens(*key) for key in matching]
        good = any(re.search(wanted, text) for text in texts)
        if show or not good:
            print(f"{title}: {file}.c {name}: {' | '.join(texts)}")
        if not good:
            print(f"{title}: {file}.c {name}: {what}: not {wanted}")
            bad += 1
    for (file, name), body in objects.local.items():
        for at, (_, what) in enumerate(body):
            if what != "M" or (place_of(file), base(name)) in NO_LOOK:
                continue
            after = body[at + 1] if at + 1 < len(body) else ("token", "")
            key = objects.find(file, after[1]) if after[0] == "call" else None
            if not (after == ("token", "F") or key and objects.tokens(*key).startswith("F")):
                print(f"{title}: {file}.c {name}: a store with release, and no full fence behind it")
                bad += 1
    return bad


def main():
    bad = 0
    with tempfile.TemporaryDirectory() as work:
        libraries = headers_of_libraries(work)
        clang = ["clang", "--target=aarch64-linux-gnu"]
        stores = files_that("__atomic_store|ck_pr_|sley__(mark_set|fence|sleeper_|inbox_)")
        places = files_that("ck_pr_|sley__(mark_set|fence|sleeper_|inbox_)|SEQ_CST")
        late = ["-march=armv8.3-a+rcpc"]
        for title, compiler, flags, files in (("gcc", gcc(work), [], stores), ("clang", clang, [], stores),
                                              ("gcc with LSE and RCpc", gcc(work), late, places),
                                              ("clang with LSE and RCpc", clang, late, places)):
            bad += look(title, compile_all(compiler, flags, files, work, libraries))
    print(f"{len(PLACES)} places, {bad} failures")
    sys.exit(bad != 0)


main()
