/* The order in which addresses are tried. */
#include "io/socket/question.h"

#include <stdlib.h>
#include <string.h>

#include <sley/list.h>

static size_t next_of(const sley_address *addresses, size_t n, size_t at, bool same,
                      sley_address_family family)
{
  while (at < n && (sley_address_family_get(&addresses[at]) == family) != same) at++;
  return at;
}

void sley__addresses_interleave(sley_address *addresses, size_t n, sley_address_family first,
                                sley_address *room)
{
  if (n == 0) return;
  if (next_of(addresses, n, 0, true, first) == n) first = sley_address_family_get(&addresses[0]);
  size_t at[2] = {0, 0}; /* of the first family, of others */
  for (size_t i = 0; i < n; i++) {
    int turn = (int)(i & 1);
    size_t found = next_of(addresses, n, at[turn], turn == 0, first);
    if (found == n) {
      turn = !turn;
      found = next_of(addresses, n, at[turn], turn == 0, first);
    }
    room[i] = addresses[found];
    at[turn] = found + 1;
  }
  memcpy(addresses, room, n * sizeof(*addresses));
}

sley_error *sley__addresses_ordered(const sley_list *list, unsigned port, sley_address_family first,
                                    sley_value *out)
{
  size_t n = sley_list_count(list), made = 0;
  sley_address *addresses = malloc(2 * n * sizeof(*addresses));
  sley_value *values = malloc(n * sizeof(*values));
  if (addresses == NULL || values == NULL) {
    free(addresses);
    free(values);
    return sley_error_nomem();
  }
  for (size_t i = 0; i < n; i++) {
    addresses[i] = *sley_address_in(sley_list_item(list, i));
    sley__address_set_port(&addresses[i], port);
  }
  sley__addresses_interleave(addresses, n, first, addresses + n);
  sley_error *e = NULL;
  while (e == NULL && made < n) {
    e = sley_address_to_value(&addresses[made], &values[made]);
    made += e == NULL;
  }
  if (e == NULL) e = sley_list_new(values, made, out);
  else
    while (made > 0) sley_value_drop(&values[--made]);
  free(values);
  free(addresses);
  return e;
}
