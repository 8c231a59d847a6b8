/* The error kind for getaddrinfo's codes. */
#include <netdb.h>

#include <sley/dns.h>

static const char *dns_text(int code) { return gai_strerror(code); }

const sley_error_kind sley_kind_dns = {sizeof(sley_error_kind), "dns", dns_text};
