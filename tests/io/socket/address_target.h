#ifndef TESTS_IO_ADDRESS_TARGET_H
#define TESTS_IO_ADDRESS_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
