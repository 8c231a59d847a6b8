/* Text from outside in messages: whoever reads a log sees every byte, and a terminal obeys none of them. */
#include "io/socket/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t append(char *text, size_t room, size_t used, const char *piece, size_t size)
{
  if (used < room) {
    size_t fits = size < room - 1 - used ? size : room - 1 - used;
    memcpy(text + used, piece, fits);
    text[used + fits] = '\0';
  }
  return used + size;
}

size_t sley__escape(const void *bytes, size_t size, char *text, size_t room)
{
  const unsigned char *at = bytes;
  size_t used = 0;
  if (room > 0) text[0] = '\0';
  for (size_t i = 0; i < size; i++) {
    char piece[5] = {(char)at[i]};
    bool is_plain = at[i] >= 0x20 && at[i] < 0x7f && at[i] != '\\';
    if (!is_plain) snprintf(piece, sizeof(piece), "\\x%02x", at[i]);
    used = append(text, room, used, piece, is_plain ? 1 : 4);
  }
  return used;
}

sley__said sley__say(const char *text)
{
  sley__said said;
  enum { LONGEST = sizeof(said.text) - sizeof("...") };
  size_t size = strnlen(text, sizeof(said.text)), used;
  while ((used = sley__escape(text, size, said.text, sizeof(said.text))) > LONGEST) size--;
  if (text[size] != '\0') memcpy(said.text + used, "...", sizeof("..."));
  return said;
}
