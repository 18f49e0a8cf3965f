#include <setjmp.h>
#include <stdio.h>

static jmp_buf back;

static void fall(int depth) {
  if (depth == 0) longjmp(back, 42);
  fall(depth - 1);
}

int main(void) {
  int jumped = setjmp(back);
  if (jumped == 0) fall(10);
  printf("%d\n", jumped);
  return 0;
}
