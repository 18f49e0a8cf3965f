#include <stdio.h>

static void show(const char *path) {
  char line[64] = "";
  FILE *file = fopen(path, "r");
  if (!file) { perror(path); return; }
  fgets(line, sizeof line, file);
  printf("%s: %s\n", path, line);
  fclose(file);
}

int main(void) {
  FILE *file = fopen("/workspace/a.txt", "w");
  fputs("written by its name", file);
  fclose(file);
  show("a.txt");
  show("./a.txt");
  file = fopen("b.txt", "w");
  fputs("written where programs write", file);
  fclose(file);
  show("/workspace/b.txt");
  show("/memory/b.txt");
  show("/tmp/b.txt");
  return 0;
}
