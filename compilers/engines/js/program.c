/* The files of a program: a tar archive whose first file is the main module. */
#include <stdlib.h>

#include "runtime.h"

enum { BLOCK = 512, NAME = 100, SIZE = 124, KIND = 156 };

static wbx_file *files;
static size_t count;
static wbx_file first;

static bool octal(const uint8_t *digits, size_t length, size_t *value) {
    *value = 0;
    for (size_t i = 0; i < length && digits[i] >= '0' && digits[i] <= '7'; i++) {
        if (*value > (SIZE_MAX >> 4)) return false;
        *value = *value * 8 + (digits[i] - '0');
    }
    return true;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const wbx_file *)a)->path, ((const wbx_file *)b)->path);
}

static bool keep(wbx_file file) {
    if ((count & (count - 1)) == 0) {
        wbx_file *more = realloc(files, (count ? count * 2 : 1) * sizeof *files);
        if (!more) return false;
        files = more;
    }
    files[count++] = file;
    return true;
}

bool wbx_program_open(uint8_t *bytes, size_t size) {
    char *name = NULL;
    count = 0;
    for (size_t at = 0; at + BLOCK <= size && bytes[at];) {
        const uint8_t *header = bytes + at;
        size_t length;
        if (!octal(header + SIZE, 12, &length)) return false;
        const char *data = (const char *)header + BLOCK;
        if (length > size - at - BLOCK) return false;
        if (header[KIND] == 'L') {
            name = strndup(data, length);
        } else if (header[KIND] == '0' || header[KIND] == 0) {
            if (!name) name = strndup((const char *)header, NAME);
            if (!name || !keep((wbx_file){ name, data, length })) return false;
            name = NULL;
        }
        at += BLOCK + ((length + BLOCK - 1) & ~(size_t)(BLOCK - 1));
    }
    if (count == 0) return false;
    first = files[0];
    qsort(files, count, sizeof *files, by_path);
    return true;
}

const wbx_file *wbx_program_main(void) { return count ? &first : NULL; }

const wbx_file *wbx_program_at(size_t index) { return index < count ? &files[index] : NULL; }

const wbx_file *wbx_program_find(const char *path) {
    wbx_file key = { path };
    return count ? bsearch(&key, files, count, sizeof *files, by_path) : NULL;
}
