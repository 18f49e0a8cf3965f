#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
}

int main(void) {
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  write(fd, "kept", 4);
  say("2 GiB", ftruncate(fd, 2LL << 30));
  say("512 MiB", ftruncate(fd, 512 << 20));
  say("256 MiB", ftruncate(fd, 256 << 20));
  say("a byte more", pwrite(fd, "x", 1, 256 << 20) < 0);
  int other = open("/memory/g", O_CREAT | O_RDWR, 0600);
  say("a byte elsewhere", write(other, "x", 1) < 0);
  say("a byte less", ftruncate(fd, (256 << 20) - 1));
  say("a byte elsewhere", write(other, "x", 1) < 0);
  say("sync", fsync(other));
  char kept[5] = "";
  pread(fd, kept, 4, 0);
  puts(kept);
  return 0;
}
