#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zlib.h"

int main(void) {
    printf("zlib %s\n", zlibVersion());
    printf("crc32 %08lx\n", crc32(0, (const Bytef *)"123456789", 9));
    printf("adler32 %08lx\n", adler32(1, (const Bytef *)"Wikipedia", 9));
    enum { SIZE = 1 << 20 };
    Bytef *plain = malloc(SIZE), *again = malloc(SIZE), *packed = malloc(compressBound(SIZE));
    if (!plain || !again || !packed) abort();
    for (size_t i = 0, noise = 1; i < SIZE; i++) {
        noise = noise * 1103515245 + 12345;
        plain[i] = i % 64 < 8 ? (Bytef)(noise >> 16) : (Bytef)(i % 64);
    }
    for (int level = 0; level <= 9; level++) {
        uLongf size = compressBound(SIZE), back = SIZE;
        if (compress2(packed, &size, plain, SIZE, level) != Z_OK) return 1;
        memset(again, 0, SIZE);
        if (uncompress(again, &back, packed, size) != Z_OK) return 2;
        if (back != SIZE || memcmp(plain, again, SIZE) != 0) return 3;
        packed[size / 2] ^= 0x20;
        if (uncompress(again, &back, packed, size) == Z_OK) return 4;
    }
    puts("ten levels there and back, and a changed byte seen");
    return 0;
}
