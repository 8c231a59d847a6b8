/* The fuzzer's corpus of hosts and ports, and changes of it.
 * Tests src/io/socket/host.c, src/io/socket/port.c. */
#include "support/corpus.h"

int main(int count, char **words) { return corpus_main(count, words, 30, 20000); }
