#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
}

int main(void) {
  char line[32] = "";
  FILE *file = fopen("/data/a.txt", "r");
  fgets(line, sizeof line, file);
  printf("%s\n", line);
  file = fopen("copy.txt", "w");
  fputs(line, file);
  fclose(file);
  say("the copy in the workspace", access("/workspace/copy.txt", F_OK));
  say("the copy in the mount", access("/data/copy.txt", F_OK));
  say("from the mount into the workspace", rename("/data/a.txt", "a.txt"));
  say("from the workspace into the mount", rename("copy.txt", "/data/copy.txt"));
  return 0;
}
