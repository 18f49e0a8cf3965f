#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
}

static void list(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) { perror(path); return; }
  struct dirent *entry;
  while ((entry = readdir(folder)))
    printf("%s%s ", entry->d_name, entry->d_type == DT_DIR ? "/" : "");
  putchar('\n');
  closedir(folder);
}

int main(void) {
  say("mkdir", mkdir("d", 0700));
  say("mkdir again", mkdir("d", 0700));
  say("mkdir in nothing", mkdir("x/y", 0700));
  say("mkdir below", mkdir("d/e", 0700));
  fclose(fopen("d/f", "w"));
  fclose(fopen("d/e/g", "w"));
  fclose(fopen("d.txt", "w"));
  list(".");
  list("/workspace/d");
  say("rmdir what is not empty", rmdir("d/e"));
  say("rmdir a file", rmdir("d/f"));
  say("unlink a folder", unlink("d/e"));
  say("unlink", unlink("d/e/g"));
  say("rmdir", rmdir("d/e"));
  list("d");
  say("rmdir the volume", rmdir("/workspace"));
  return 0;
}
