#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  char line[64] = "";
  FILE *file = fopen("/tmp/f", "w+");
  fputs("still ", file);
  fflush(file);
  unlink("/tmp/f");
  fputs("here", file);
  rewind(file);
  fgets(line, sizeof line, file);
  struct stat stat;
  fstat(fileno(file), &stat);
  printf("%s, %lld bytes, %ld names\n", line, (long long)stat.st_size, (long)stat.st_nlink);
  DIR *folder = opendir("/tmp");
  struct dirent *entry;
  while ((entry = readdir(folder))) puts(entry->d_name);
  puts(fopen("/tmp/f", "r") ? "found" : "not found");
  return 0;
}
