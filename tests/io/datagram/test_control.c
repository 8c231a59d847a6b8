/* The fuzzer's corpus of control messages, and changes of it.
 * Tests src/io/datagram/received.c. */
#include "support/corpus.h"

int main(int count, char **words) { return corpus_main(count, words, 10, 2000); }
