#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
}

int main(void) {
  char target[16];
  fclose(fopen("f", "w"));
  say("symlink", symlink("f", "l"));
  say("symlink out", symlink("/etc/passwd", "l"));
  say("link", link("f", "l"));
  say("readlink", readlink("f", target, sizeof target) < 0);
  puts(access("l", F_OK) ? "no link" : "a link");
  return 0;
}
