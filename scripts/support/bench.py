"""scripts/bench's second half: compares two programs, or makes the tables of docs/benchmarks.md."""
import sys

from measure import pair, suite

if __name__ == "__main__":
    words = sys.argv[1:]
    if words and words[0].startswith("-"):
        pair.main(words, suite.PARTS)
    else:
        suite.main(words)
