#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void say(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
}

static void put(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  fputs(text, file);
  fclose(file);
}

static void show(const char *path) {
  char line[16] = "";
  FILE *file = fopen(path, "r");
  if (file) fgets(line, sizeof line, file), fclose(file);
  printf("%s holds '%s'\n", path, line);
}

int main(void) {
  put("a", "new");
  put("b", "old");
  say("a file onto a file", rename("a", "b"));
  show("b");
  mkdir("d", 0700);
  mkdir("d/e", 0700);
  put("d/e/f", "deep");
  mkdir("empty", 0700);
  say("into itself", rename("d", "d/e/x"));
  say("a file onto a folder", rename("b", "d"));
  say("a folder onto a file", rename("d", "b"));
  say("onto a full one", rename("empty", "d"));
  say("onto an empty one", rename("d", "empty"));
  show("empty/e/f");
  say("nothing", rename("d", "x"));
  say("into nothing", rename("b", "no/b"));
  say("onto itself", rename("b", "b"));
  say("into another volume", rename("b", "/tmp/b"));
  show("b");
  return 0;
}
