"""The parts of scripts/bench: interval (statistics), machine, subjects (what is measured), slices (the order
of measuring), rows (what is kept), tables (what is printed), pair (two subjects), suite_* (all figures of
docs/benchmarks.md), build (programs), proof (whether all this can be trusted)."""
