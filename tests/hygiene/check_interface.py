"""The public headers follow the rules of docs/interface.md. Usage: check_interface.py ROOT"""
import pathlib
import re
import sys

# Intended exceptions: (rule, name) -> why.
EXCEPTIONS = {
    (4, "sley_remote_in"): "a remote resolver in a value only moves: sley_remote_take",
    (4, "sley_seq_head"): "reads a field of a cons, which is a value",
    (4, "sley_seq_tail"): "reads a field of a cons, which is a value",
    (6, "sley_equal_fn"): "compares two values, on every change of a signal, and cannot fail",
    (6, "sley_sequence_test_fn"): "looks at values where they lie, and cannot fail",
    (8, "sley_datagram_send"): "stages a packet on the hot path: a full queue is no error",
    (8, "sley_domain_processor"): "the int is a processor's number",
    (8, "sley_error_code"): "the int is a code of any kind",
    (8, "sley_main"): "the int is the program's exit status",
    (8, "sley_slice_uint"): "reads a number where it lies, on the hot path",
    (9, "sley_seq_cons"): "head before tail, as in every cons",
    (9, "sley_seq_new_cons"): "head before tail, as in every cons",
    (9, "sley_stream_new"): "makes two handles, and the stream is the first",
    (9, "sley_stream_new_bounded"): "makes two handles, and the stream is the first",
    (9, "sley_sharded_map_reduce"): "combine has no ctx: it is given both values",
    (11, "sley_error_accept_all"): "a filter to be given to sley_set_error_filter",
    (11, "sley_error_accept_all_but_memory"): "a filter to be given to sley_set_error_filter",
    (11, "sley_input_size"): "bytes",
    (11, "sley_matches"): "asks, as is_ does",
    (11, "sley_output_size"): "bytes",
    (11, "sley_value_bool"): "reads what it names",
}

CHAINS = {"promise", "stream", "seq", "event", "signal"}
BRITISH = re.compile(r"[a-z]is(?:e|er|ed|ing|ation)(?:_|$)|color|behavior|cancell(?!ation)|neighbor|honor|fulfil(?:_|$)|centre")
NOT_BRITISH = re.compile(r"otherwise|raise|precise|promise|noise|rise|wise")
TRIES = re.compile(r"_(?:try_\w+|take(?:_\w+)?|push|post|put|add(?:_[lr])?|set|change|remove_min|dup|poll|check|start|spawn(?:_with)?"
                   r"|fulfill|dont_wait|unset)(?:_own)?$")


class Parameter:
    def __init__(self, text):
        self.text = text = " ".join(text.split())
        match = re.fullmatch(r"(.*?)(\w+)(\[\])?", text)
        self.type, self.name = (match.group(1).replace(" ", ""), match.group(2)) if match else (text, "")
        optional = re.fullmatch(r"(.*)SLEY_OPTIONAL\((\w+)\)", text)
        if optional:
            self.type, self.name = optional.group(1).replace(" ", ""), optional.group(2)
        self.is_callback = re.search(r"_fn\*$", self.type) is not None and self.type != "sley_drop_fn*"


class Function:
    def __init__(self, result, name, parameters):
        self.name = name
        self.result = result.replace(" ", "")
        depth, parts, part = 0, [], ""
        for c in parameters:
            depth += (c == "(") - (c == ")")
            if c == "," and depth == 0:
                parts.append(part)
                part = ""
            else:
                part += c
        self.parameters = [Parameter(p) for p in parts + [part] if p.strip() not in ("void", "...", "")]

    def has(self, name):
        return any(p.name == name for p in self.parameters)

    def place(self, name):
        return next((i for i, p in enumerate(self.parameters) if p.name == name), None)


def look(headers):
    """Violations in these headers (name -> text) as (rule, name, why), and the numbers of functions and callbacks."""
    failures = []

    def fail(rule, name, why):
        failures.append((rule, name, why))

    functions, callbacks, enumerations, structures = {}, {}, {}, {}
    for header, text in headers.items():
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        text = re.sub(r"^\s*#(?:.*\\\n)*.*$", "", text, flags=re.M)
        for statement in re.finditer(r"SLEY_API\b([^;{]*);", text):
            declaration = " ".join(statement.group(1).split()).replace("SLEY_NODISCARD ", "").replace("SLEY_SITE ", "").replace("SLEY_RETURNS_NONNULL ", "")
            match = re.fullmatch(r"(.*?)\b(sley_\w+)\((.*)\)(?: SLEY_PRINTF\(.*\))?", declaration)
            if match and not match.group(2).endswith("_at"):
                functions[match.group(2)] = Function(*match.groups())
            elif match and not match.group(3).startswith("const char *site"):
                fail(5, match.group(2), "only names of sites end in _at")
        for match in re.finditer(r"typedef ([\w *]*?)\b(sley_\w+_fn)\(([^;]*)\);", text):
            callbacks[match.group(2)] = Function(*match.groups())
        for match in re.finditer(r"typedef enum (sley_\w+) \{(.*?)\}", text, re.S):
            enumerations[match.group(1)] = re.findall(r"\b(SLEY_\w+)", match.group(2))
        for match in re.finditer(r"typedef struct (sley_\w+) \{(.*?)\n?\} sley_\w+;", text, re.S):
            structures[match.group(1)] = [" ".join(member.split()) for member in match.group(2).split(";") if member.strip()]

    for f in functions.values():
        name, first = f.name, f.parameters[0] if f.parameters else Parameter("")
        stem = re.sub(r"^sley_", "", name)
        # 4: values of handles
        if re.search(r"_of(?:_|$)|_as_value", name):
            fail(4, name, "X_in lends, X_from_Y makes, X_field reads, X_to_value gives; _of and _as_value say none of it")
        handle = re.fullmatch(r"(?:const)?sley_(\w+)\*+", first.type)
        if f.result == "sley_value" and len(f.parameters) == 1 and handle \
                and not re.fullmatch(rf"sley_{handle.group(1)}(?:_\w+)?_to_value", name):
            fail(4, name, f"what gives a handle to a value is sley_{handle.group(1)}_to_value")
        lends = re.fullmatch(r"sley_(\w+)\*", f.result)
        if lends and [p.type for p in f.parameters] == ["constsley_value*"] and name != f"sley_{lends.group(1)}_in":
            fail(4, name, f"what lends a handle in a value is sley_{lends.group(1)}_in")
        if lends and [p.type for p in f.parameters] == ["sley_value*"] and name != f"sley_{lends.group(1)}_take":
            fail(4, name, f"what takes a handle out of a value is sley_{lends.group(1)}_take")
        match = re.fullmatch(r"sley_(\w+)_to_value", name)
        for form in ("in", "is_in", "take") if match and handle and match.group(1) == handle.group(1) else ():
            if f"sley_{match.group(1)}_{form}" not in functions:
                fail(4, f"sley_{match.group(1)}_{form}", f"is missing beside {name}")
        match = re.fullmatch(r"sley_(\w+?)(?<!_is)_in", name)
        if match and match.group(1) + "_in" != "run_in" and f"sley_{match.group(1)}_is_in" not in functions and lends:
            fail(4, f"sley_{match.group(1)}_is_in", f"is missing beside {name}")
        # 5: lists
        if name.startswith("sley_list_") and first.type == "constsley_value*" and f.result != "sley_error*" \
                and not name.endswith("_in"):
            fail(5, name, "sley_list_ means a list; over arrays it is sley_values_")
        # 7: time
        for p in f.parameters:
            if p.type == "sley_time" and name not in ("sley_step",):
                fail(7, name, f"{p.name} is given: double seconds")
            if p.type == "double" and "seconds" not in p.name and not name.startswith(("sley_double", "sley_output_float")):
                fail(7, name, f"{p.name} does not say that it is seconds")
        # 8: failing by return value
        makes = re.search(r"_new(?:_\w+)?$", name) is not None
        chain = lends and lends.group(1) in CHAINS
        if makes and f.result not in ("sley_error*", "void*") and not chain:
            fail(8, name, "what makes something returns sley_error *, NULL for none, and gives it through its last parameter")
        if f.result == "int" and not TRIES.search(name) and "version" not in name:
            fail(8, name, "an int is for tries on the hot path (0, a count, a negative code); else an error")
        outs = [i for i, p in enumerate(f.parameters) if p.name == "out"]
        if f.result == "bool" and outs:
            fail(8, name, "a try answers 0 or a negative code")
        if outs and outs[-1] != len(f.parameters) - 1:
            fail(9, name, "the object that is made comes last")
        # 9: order
        options = f.place("options")
        if options is not None and options > 1:
            fail(9, name, "options stand after the object and before the inputs")
        if options == 1 and not handle:
            fail(9, name, "options stand before the inputs")
        equal = f.place("equal")
        for i, p in enumerate(f.parameters):
            if equal is not None and p.is_callback and p.name != "equal" and i < equal:
                fail(9, name, "equal stands before the callback")
            if p.is_callback and p.name not in ("equal", "accepts"):
                after = [q for q in f.parameters[i + 1:] if not q.is_callback]
                if not after or after[0].name not in ("ctx", "arg", "shared", "object"):
                    fail(9, name, f"{p.name} is followed by its ctx, arg or shared")
            if p.name in ("index", "at", "count", "n", "max", "capacity", "bound", "grain") and p.type != "size_t":
                fail(9, name, f"{p.name} is a size_t")
            if i > 0 and re.fullmatch(r"(?:const)?sley_(?!\w*(?:options|error|value|type|kind|key|fn|time)\*)\w+\*", p.type) \
                    and not handle and p.name != "out":
                fail(9, name, f"{p.name}, the object, stands first")
            if p.type == "sley_value" and p.name not in ("arg", "shared") and any(q.is_callback for q in f.parameters[:i]):
                fail(9, name, f"{p.name} stands before the callback")
        drop = f.place("drop")
        if drop is not None and any(q.name != "out" for q in f.parameters[drop + 1:]):
            fail(9, name, "drop stands last, but for what is made")
        # 10: families
        if len(re.findall(r"_(?:own|unordered|sps|with)(?=_|$)", stem.removeprefix("with"))) > 1 or "_unordered" in name:
            fail(10, name, "suffixes that multiply are options")
        # 11: names
        asks = re.search(r"_(?:is|has)_|^(?:is|has)_|_(?:is|has)$", stem) is not None
        if asks and f.result != "bool" and not name.startswith("sley_debug_state_is"):
            fail(11, name, "is_ and has_ answer a bool at once")
        if f.result == "bool" and not asks:
            fail(11, name, "what answers a bool at once is called is_ or has_")
        if "_lwt" in name:
            fail(11, name, "_lwt is _promise")
        if re.search(r"_(?:length|size)$", name):
            fail(11, name, "count counts elements, capacity is room; size is bytes")
        # 12: spelling
        if BRITISH.search(name) and not NOT_BRITISH.search(name):
            fail(12, name, "US spelling")

    # 6: folds and predicates
    for f in callbacks.values():
        values = [p for p in f.parameters if p.type in ("sley_value*", "constsley_value*")]
        if any(p.name == "accumulator" for p in f.parameters):
            wanted = {"sley_error*": "sley_fold_fn", "sley_promise*": "sley_fold_bind_fn"}.get(f.result)
            if f.name != wanted or [p.name for p in f.parameters] != ["ctx", "accumulator", "v"]:
                fail(6, f.name, "a fold is sley_fold_fn or sley_fold_bind_fn: (ctx, accumulator, v)")
        if f.result == "bool" and values or any(p.type == "bool*" for p in f.parameters) and f.name != "sley_test_fn":
            fail(6, f.name, "a predicate is sley_test_fn, or a sley_bind_fn that promises a bool")
    # 7: members; the library fills in counters, measurements and points
    for name, members in structures.items():
        filled = re.search(r"_(?:counters|info|published|report)$", name) or name == "sley_published"
        for member in members:
            if member.startswith("sley_time ") and not filled:
                fail(7, f"{name}.{member.split()[-1]}", "is given: double seconds")
    # 11: enumerators
    for name, enumerators in enumerations.items():
        for enumerator in enumerators:
            if not enumerator.startswith(name.upper() + "_"):
                fail(11, enumerator, f"carries the name of its type, {name.upper()}_")

    return failures, len(functions), len(callbacks)


# A violation of each rule, with the number of the rule that must detect it.
BROKEN = [
    (4, "SLEY_API sley_stream *sley_stream_of(const sley_value *v);"),
    (4, "SLEY_API sley_stream *sley_stream_out(const sley_value *v);"),
    (4, "SLEY_API sley_stream *sley_stream_move(sley_value *v);"),
    (4, "SLEY_API sley_value sley_stream_wrapped(sley_stream *s);"),
    (4, "SLEY_API sley_value sley_stream_to_value(sley_stream *s);"),
    (5, "SLEY_API SLEY_SITE sley_promise *sley_list_iter(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx);"),
    (5, "SLEY_API sley_value *sley_list_at(sley_list *list, size_t index);"),
    (6, "typedef sley_error *sley_sum_fn(void *ctx, sley_value *v, sley_value *accumulator);"),
    (6, "typedef bool sley_holds_fn(void *ctx, const sley_value *v);"),
    (6, "typedef sley_error *sley_holds_fn(void *ctx, sley_value *v, bool *yes);"),
    (7, "SLEY_API SLEY_SITE sley_promise *sley_sleep(sley_time time);"),
    (7, "SLEY_API SLEY_SITE sley_promise *sley_sleep(double time);"),
    (7, "typedef struct sley_x_options {\n  size_t size;\n  sley_time patience;\n} sley_x_options;"),
    (8, "SLEY_API int sley_stream_new(sley_stream **out);"),
    (8, "SLEY_API int sley_stream_flush(sley_stream *s);"),
    (8, "SLEY_API bool sley_stream_has_got(sley_stream *s, sley_value *out);"),
    (9, "SLEY_API sley_error *sley_pool_new(sley_pool **out, const sley_x_options *options);"),
    (9, "SLEY_API void sley_stream_tune(sley_stream *s, size_t n, const sley_x_options *options);"),
    (9, "SLEY_API void sley_stream_keep_for(double seconds, sley_stream *s);"),
    (9, "SLEY_API void sley_stream_each(sley_stream *s, sley_bind_fn *f, void *ctx, sley_value first);"),
    (9, "SLEY_API void sley_stream_each(sley_stream *s, sley_bind_fn *f, size_t n, void *ctx);"),
    (9, "SLEY_API void sley_stream_each(sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop, size_t n);"),
    (9, "SLEY_API void sley_signal_each(sley_signal *s, sley_bind_fn *f, void *ctx, sley_equal_fn *equal);"),
    (9, "SLEY_API void sley_stream_skip(sley_stream *s, unsigned n);"),
    (10, "SLEY_API sley_stream *sley_stream_map_n_unordered(sley_stream *s);"),
    (10, "SLEY_API void sley_spawn_with_own(const sley_x_options *options);"),
    (11, "SLEY_API SLEY_SITE sley_promise *sley_stream_is_empty(sley_stream *s);"),
    (11, "SLEY_API bool sley_stream_empty(const sley_stream *s);"),
    (11, "SLEY_API sley_seq *sley_seq_return_lwt(sley_promise *p);"),
    (11, "SLEY_API size_t sley_sequence_length(const sley_sequence *s);"),
    (11, "typedef enum sley_color { SLEY_RED = 0 } sley_color;"),
    (12, "SLEY_API sley_event *sley_event_with_finaliser(sley_event *e);"),
]

root = pathlib.Path(sys.argv[1])
found, functions, callbacks = look({h.name: h.read_text() for h in sorted((root / "include/sley").glob("*.h"))})
failures = 0
for rule, name, why in found:
    if (rule, name) not in EXCEPTIONS:
        failures += 1
        print(f"{name}: {why} (rule {rule})")
for rule, name in sorted(set(EXCEPTIONS) - {(rule, name) for rule, name, _ in found}):
    failures += 1
    print(f"{name}: keeps rule {rule} and needs no exception")
for rule, declaration in BROKEN:
    if rule not in {broken for broken, _, _ in look({"broken.h": declaration})[0]}:
        failures += 1
        print(f"rule {rule} is not seen to be broken by: {declaration}")
print(f"{functions} functions, {callbacks} callbacks, {len(BROKEN)} broken declarations, {failures} failures")
sys.exit(failures != 0 or not functions)
