#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
}

static void try(const char *what, const char *path, int flags) {
  int fd = open(path, flags, 0600);
  say(what, fd < 0);
  if (fd >= 0) close(fd);
}

int main(void) {
  try("what is not there", "f", O_RDONLY);
  try("create", "f", O_CREAT | O_EXCL | O_WRONLY);
  try("create it again", "f", O_CREAT | O_EXCL | O_WRONLY);
  try("create or open", "f", O_CREAT | O_WRONLY);
  try("a file as a folder", "f", O_DIRECTORY | O_RDONLY);
  try("below a file", "f/g", O_CREAT | O_WRONLY);
  try("in no folder", "d/f", O_CREAT | O_WRONLY);
  say("mkdir", mkdir("d", 0700));
  try("a folder to write", "d", O_WRONLY);
  try("a folder", "d", O_DIRECTORY | O_RDONLY);
  int fd = open("f", O_RDONLY);
  say("write what is open for reading", write(fd, "x", 1) < 0);
  return 0;
}
