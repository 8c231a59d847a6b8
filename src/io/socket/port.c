/* Ports given as text. */
#include "io/socket/port.h"

#include <string.h>

#include "io/socket/escape.h"

/* Not ctype.h's, whose result depends on the locale. */
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Service names consist of letters, digits and a few signs, with at least one letter (RFC 6335). */
static bool may_be_service(const char *text)
{
  bool has_letter = false;
  if (!is_digit(text[0]) && !is_letter(text[0])) return false;
  for (const char *c = text; *c != '\0'; c++) {
    if (is_letter(*c)) has_letter = true;
    else if (!is_digit(*c) && strchr("-_.+*/", *c) == NULL) return false;
  }
  return has_letter;
}

sley__port_form sley__port_parse(const char *text, unsigned *number)
{
  const char *c = text;
  *number = 0;
  for (; is_digit(*c) && *number <= SLEY__PORT_MOST; c++)
    *number = *number * 10 + (unsigned)(*c - '0');
  if (c != text && *c == '\0' && *number <= SLEY__PORT_MOST) return PORT_NUMBER;
  return may_be_service(text) ? PORT_SERVICE : PORT_INVALID;
}

const char *sley__port_split(const char *text, char *host, size_t room)
{
  const char *colon = strrchr(text, ':'), *begin = text, *end = colon;
  if (colon == NULL) return NULL;
  bool is_6 = text[0] == '[';
  if (is_6 && (end - begin < 2 || end[-1] != ']')) return NULL;
  if (is_6) {
    begin++;
    end--;
  }
  size_t size = (size_t)(end - begin);
  if (size == 0 || size >= room) return NULL;
  memcpy(host, begin, size);
  host[size] = '\0';
  return (strchr(host, ':') != NULL) == is_6 ? colon + 1 : NULL;
}

sley_error *sley__port_error(const char *site, const char *function, const char *text)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "%s: port \"%s\" is neither a number from 0 to %d nor a service's name",
                           function, sley__say(text).text, SLEY__PORT_MOST);
}
