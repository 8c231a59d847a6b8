/* The fuzzer's corpus of formatted text and dumps, and changes of it.
 * Tests src/io/channel/text.c. */
#include "support/corpus.h"

int main(int count, char **words) { return corpus_main(count, words, 10, 60); }
