#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  int fd = open("f", O_CREAT | O_WRONLY, 0600), opened = 0, wrote = 0;
  write(fd, "x", 1);
  while (opened < 1000 && open("f", O_RDONLY) >= 0) opened++;
  printf("open: %s, %d\n", strerror(errno), opened < 1000);
  while (wrote < 1000 && write(fd, "x", 1) == 1) wrote++;
  printf("%d writes through what is open\n", wrote);
  return 0;
}
