/* Addresses survive the way through their text: what libFuzzer looks for a counterexample to. The first byte chooses
 * whether the others are a text, a numeric host, a struct sockaddr or the path of a Unix socket. scripts/fuzz. */
#include "address_target.h"

#include <sley/address.h>
#include <stdlib.h>
#include <string.h>

/* The text of an address, and of the address that its text gives, are the same, whatever room they have. */
static void survives(const sley_address *address)
{
  char text[SLEY_ADDRESS_TEXT], again[SLEY_ADDRESS_TEXT];
  sley_address parsed, raw;
  size_t length = sley_address_text(address, text, sizeof(text));
  if (length >= sizeof(text) || strlen(text) != length) abort();
  for (const char *c = text; *c != '\0'; c++)
    if (*c < 0x20 || *c > 0x7e) abort();
  for (size_t room = 0; room <= length; room++) {
    char *exact = malloc(room + 1); /* so that writing past its end is found */
    if (exact == NULL) abort();
    if (sley_address_text(address, exact, room) != length) abort();
    if (room > 0 && (strlen(exact) != room - 1 || memcmp(exact, text, room - 1) != 0)) abort();
    free(exact);
  }
  sley_error *e = sley_address_parse(text, &parsed);
  if (e != NULL || !sley_address_is_equal(address, &parsed)) abort();
  if (memcmp(address, &parsed, sizeof(parsed)) != 0) abort();
  sley_address_text(&parsed, again, sizeof(again));
  if (strcmp(text, again) != 0) abort();
  unsigned size;
  const void *sockaddr = sley_address_sockaddr(address, &size);
  if (sley_address_from_sockaddr(sockaddr, size, &raw) != NULL) abort();
  if (!sley_address_is_equal(address, &raw)) abort();
  if (sley_address_is_public(address) && sley_address_is_loopback(address)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0) return 0;
  char *copy = malloc(size); /* of just that size, so that reading past its end is found */
  if (copy == NULL) abort();
  memcpy(copy, data + 1, size - 1);
  copy[size - 1] = '\0';
  sley_address address;
  sley_error *e = NULL;
  switch (data[0] & 3) {
    case 0: e = sley_address_parse(copy, &address); break;
    case 1: e = sley_address_from_host(copy, data[0] * 257u, &address); break;
    case 2: e = sley_address_from_sockaddr(copy, size - 1, &address); break;
    default: e = sley_address_from_path(copy, size - 1, &address); break;
  }
  if (e == NULL) survives(&address);
  else if (address.length != 0) abort();
  if (e != NULL)
    for (const char *c = sley_error_message(e); *c != '\0'; c++)
      if (*c < 0x20 || *c > 0x7e) abort();
  sley_error_drop(e);
  free(copy);
  return 0;
}
