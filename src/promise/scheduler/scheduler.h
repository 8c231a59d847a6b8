/* Runtimes and domains: made, entered, turned, ended. */
#ifndef SLEY_SCHEDULER_SCHEDULER_H
#define SLEY_SCHEDULER_SCHEDULER_H

#include "promise/combine/combine.h"
#include "promise/scheduler/floor.h"

/* NULL, or what is wrong with them. */
sley_error *sley__runtime_options_check(const sley_runtime_options *o, const char *function);
void sley__runtime_end(sley_runtime *runtime, const char *function);
/* What ends or leaves a domain may not run on top of its own callbacks. */
void sley__refuse_inside(const sley_domain *d, const char *function);
bool sley__uses_malloc(const sley_domain *d);  /* not an allocator of the program's */
void sley__report_write(const sley_domain *d); /* live promises, a line a site, to stderr */
void sley__forks_expect(void);                 /* from now on a child of a fork has no domain */
/* Ends the current domain and writes what is left to stderr; how many promises that were. */
size_t sley__domain_end(sley_domain *d);

/* Keeps a page of promises, malloc's, that the end of the default domain left. */
void sley__page_keep(struct sley__page *page);

#endif
