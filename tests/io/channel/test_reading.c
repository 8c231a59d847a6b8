/* The fuzzer's corpus of what channels read, and changes of it.
 * Tests src/io/channel/lines.c, src/io/channel/number.c, src/io/channel/take_bytes.c. */
#include "support/corpus.h"

int main(int count, char **words) { return corpus_main(count, words, 18, 3000); }
