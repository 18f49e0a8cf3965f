#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void try(const char *path) {
  int fd = open(path, O_RDONLY);
  printf("%s: %d\n", path, fd < 0 ? errno : 0);
}

int main(void) {
  mkdir("d", 0700);
  fclose(fopen("d/f", "w"));
  printf("EPERM %d, ENOENT %d\n", EPERM, ENOENT);
  try("/etc/passwd");
  try("/workspace/../etc/passwd");
  try("../../../../etc/passwd");
  try("d/../../etc/passwd");
  try("/tmp/../workspace/d/f");
  try("/proc/self/environ");
  int fd = open("d", O_DIRECTORY | O_RDONLY);
  printf("out of an open folder: %d\n", openat(fd, "../d/f", O_RDONLY) < 0 ? errno : 0);
  printf("within it: %d\n", openat(fd, "f", O_RDONLY) < 0 ? errno : 0);
  return 0;
}
