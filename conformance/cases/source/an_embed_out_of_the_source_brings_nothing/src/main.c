#include <stdio.h>

const char x[] = {
#embed "/etc/passwd"
};

int main(void) {
  printf("%zu bytes\n%.*s", sizeof x, (int)sizeof x, x);
  return 0;
}
