#include <stdio.h>

int main(int argc, char **argv) {
  char line[64];
  printf("%d arguments, the last is %s\n", argc, argv[argc - 1]);
  if (fgets(line, sizeof line, stdin)) printf("read %s", line);
  fputs("an error\n", stderr);
  return 3;
}
