#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void try(const char *name, const char *path) {
  printf("%s: %s\n", name, open(path, O_CREAT | O_WRONLY, 0600) < 0 ? strerror(errno) : "open");
}

int main(void) {
  char name[300] = "";
  memset(name, 'x', 255);
  mkdir("d", 0700);
  try("255 bytes", name);
  strcat(name, "x");
  try("256 bytes", name);
  try("a backslash", "..\\etc");
  try("a new line", "a\nb");
  try("an escape", "a\033[2Jb");
  try("dots", "...");
  try("a name that is long in bytes", "d/日本");
  try("dots and slashes", "d//.././d/./f");
  try("a slash at the end", "d/g/");
  return 0;
}
