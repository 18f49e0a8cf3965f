/* What wasi-libc declares and does not have. There is no shell and no shared place for temporary
 * files, and each says so as its callers expect. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int system(const char *command) {
    if (!command) return 0;
    errno = ENOTSUP;
    return -1;
}

FILE *tmpfile(void) {
    errno = ENOTSUP;
    return NULL;
}

char *tmpnam(char *name) {
    (void)name;
    errno = ENOTSUP;
    return NULL;
}
