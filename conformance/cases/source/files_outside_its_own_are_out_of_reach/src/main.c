#include <stdio.h>

int main(void) {
  const char *paths[] = {"/etc/passwd", "../../etc/passwd", "/", "src/main.c"};
  for (int at = 0; at < 4; at++) puts(fopen(paths[at], "r") ? "open" : "closed");
}
