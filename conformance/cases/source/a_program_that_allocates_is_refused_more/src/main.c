#include <stdio.h>
#include <stdlib.h>

int main(void) {
  void *last = NULL;
  for (;;) {
    void **more = malloc(1 << 20);
    if (!more) return puts("there is no more"), 1;
    *more = last;
    last = more;
  }
}
