/* Keeps the module that holds this copy of the library mapped. A plugin can hold one (libsley.a), and dlclose could
 * unload it while signal handlers and threads of the library still run its code.
 *
 * dladdr and dlopen are weak: a static program has neither, and cannot be unloaded; before glibc 2.34 they are in
 * libdl, which every program that loads plugins links. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "promise/base/base.h"

#if defined(RTLD_NODELETE) && defined(RTLD_NOLOAD)

#ifdef __ELF__
#pragma weak dladdr
#pragma weak dlopen
#define HAS_LOADER (dladdr != NULL && dlopen != NULL)
#else
#define HAS_LOADER true
#endif

/* The program itself is never unloaded, and looking for it by name would open files. */
static bool is_of_the_program(const Dl_info *here)
{
#ifdef __linux__
  Dl_info program;
  uintptr_t headers = (uintptr_t)getauxval(AT_PHDR);
  return headers != 0 && dladdr((const void *)headers, &program) != 0 &&
         program.dli_fbase == here->dli_fbase;
#else
  (void)here;
  return false;
#endif
}

static void pin(void)
{
  static const char place; /* in this module */
  Dl_info here;
  if (!HAS_LOADER || dladdr(&place, &here) == 0 || here.dli_fname == NULL) return;
  if (is_of_the_program(&here)) return;
  /* Never closed: the open handle keeps the module mapped. */
  (void)!dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

#else
static void pin(void) {}
#endif

/* No pthread_once: a child forked while another thread was inside it would block. Pinning twice is harmless. */
void sley__pin(void)
{
  static bool pinned; /* any thread, __atomic */
  if (__atomic_load_n(&pinned, __ATOMIC_ACQUIRE)) return;
  pin();
  __atomic_store_n(&pinned, true, __ATOMIC_RELEASE);
}
