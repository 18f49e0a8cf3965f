#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  struct stat file, folder, again;
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  write(fd, "12345", 5);
  fstat(fd, &file);
  stat("/workspace/f", &again);
  stat("/workspace", &folder);
  printf("file %d, folder %d\n", S_ISREG(file.st_mode), S_ISDIR(folder.st_mode));
  printf("%lld and %lld bytes\n", (long long)file.st_size, (long long)again.st_size);
  printf("one inode %d\n", file.st_ino == again.st_ino);
  printf("now %d\n", time(NULL) - file.st_mtime <= 5);
  struct timespec times[2] = {{1, 0}, {86400, 500000000}};
  utimensat(AT_FDCWD, "f", times, 0);
  stat("f", &again);
  printf("then %lld.%ld\n", (long long)again.st_mtim.tv_sec, again.st_mtim.tv_nsec);
  return 0;
}
