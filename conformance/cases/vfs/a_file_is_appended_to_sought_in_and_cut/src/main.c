#include <stdio.h>
#include <unistd.h>

static void show(void) {
  FILE *file = fopen("f", "r");
  int c;
  while ((c = fgetc(file)) != EOF) c ? putchar(c) : putchar('.');
  putchar('\n');
  fclose(file);
}

int main(void) {
  FILE *file = fopen("f", "w");
  fputs("0123456789", file);
  fclose(file);
  file = fopen("f", "a");
  fputs("ab", file);
  fseek(file, 0, SEEK_SET);
  fputs("cd", file);
  fclose(file);
  show();
  file = fopen("f", "r+");
  fseek(file, 2, SEEK_SET);
  fputs("XY", file);
  fseek(file, -2, SEEK_END);
  printf("%ld: %c\n", ftell(file), fgetc(file));
  fseek(file, 16, SEEK_SET);
  fputs("end", file);
  fclose(file);
  show();
  truncate("f", 4);
  show();
  file = fopen("f", "r+");
  ftruncate(fileno(file), 8);
  fclose(file);
  show();
  fclose(fopen("f", "w"));
  show();
  return 0;
}
