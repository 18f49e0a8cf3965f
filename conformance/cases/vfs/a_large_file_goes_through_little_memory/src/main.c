#include <stdint.h>
#include <stdio.h>

#define PIECES 4096

static uint32_t next(uint32_t state) { return state * 1664525 + 1013904223; }

int main(void) {
  static uint32_t piece[1024];
  uint32_t state = 1, sum = 0, read_sum = 0;
  FILE *file = fopen("large", "w");
  for (int n = 0; n < PIECES; n++) {
    for (int i = 0; i < 1024; i++) sum += piece[i] = state = next(state);
    if (fwrite(piece, sizeof piece, 1, file) != 1) { perror("write"); return 1; }
  }
  fclose(file);
  file = fopen("large", "r");
  int pieces = 0;
  while (fread(piece, sizeof piece, 1, file) == 1) {
    for (int i = 0; i < 1024; i++) read_sum += piece[i];
    pieces++;
  }
  printf("%d pieces, %s\n", pieces, sum == read_sum ? "as they were written" : "changed");
  fseek(file, 9 << 20, SEEK_SET);
  fread(piece, sizeof piece, 1, file);
  state = 1;
  for (int n = 0; n <= (9 << 20) / 4; n++) state = next(state);
  printf("in the middle %s\n", piece[0] == state ? "too" : "not");
  return 0;
}
