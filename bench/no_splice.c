/* Preloaded into a program (LD_PRELOAD), it makes splice(2) refuse, as descriptors that cannot splice do: so the same proxy
 * copies bytes through its memory. */
#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>

ssize_t splice(int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags)
{
  (void)from, (void)from_at, (void)to, (void)to_at, (void)size, (void)flags;
  errno = EINVAL;
  return -1;
}
