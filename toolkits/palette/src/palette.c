/* RGBA pixels to a palette by median cut; manifest.org describes the bytes.
 *
 * A box is a run of the pixel array. The box with the widest channel is cut at the median of
 * that channel until there are as many boxes as colours are wanted. */
#include <stdint.h>
#include <stdlib.h>

enum { MAX_PIXELS = 512 * 512, MAX_COLOURS = 255, OPAQUE = 128 };

typedef struct { uint8_t c[4]; } pixel;
typedef struct { uint32_t begin, end; uint8_t channel, width; } box;

static uint8_t input[1 + 4 * MAX_PIXELS];
static uint8_t output[8 * MAX_COLOURS];
static pixel pixels[MAX_PIXELS];

uint8_t *in_ptr(void) { return input; }
uint8_t *out_ptr(void) { return output; }

/* Finds the box's widest channel. */
static void measure(box *b) {
    uint8_t low[3] = {255, 255, 255}, high[3] = {0, 0, 0};
    for (uint32_t i = b->begin; i < b->end; i++)
        for (int c = 0; c < 3; c++) {
            uint8_t v = pixels[i].c[c];
            if (v < low[c]) low[c] = v;
            if (v > high[c]) high[c] = v;
        }
    b->width = 0;
    for (int c = 0; c < 3; c++)
        if (high[c] - low[c] > b->width) {
            b->width = (uint8_t)(high[c] - low[c]);
            b->channel = (uint8_t)c;
        }
}

/* Sorts the box's pixels by its channel, by counting: there are only 256 values. */
static void sort(const box *b) {
    static pixel sorted[MAX_PIXELS];
    uint32_t at[257] = {0};
    for (uint32_t i = b->begin; i < b->end; i++) at[pixels[i].c[b->channel] + 1]++;
    for (int v = 0; v < 256; v++) at[v + 1] += at[v];
    for (uint32_t i = b->begin; i < b->end; i++) sorted[at[pixels[i].c[b->channel]]++] = pixels[i];
    for (uint32_t i = b->begin; i < b->end; i++) pixels[i] = sorted[i - b->begin];
}

/* Where to cut: at the median, or past it at the first change of value, so that equal pixels stay
 * together; before it if there is none. The box is sorted and not uniform. */
static uint32_t cut(const box *b) {
    uint32_t at = b->begin + (b->end - b->begin) / 2;
    uint8_t median = pixels[at].c[b->channel];
    if (pixels[b->end - 1].c[b->channel] != median)
        while (pixels[at].c[b->channel] == median) at++;
    else
        while (pixels[at - 1].c[b->channel] == median) at--;
    return at;
}

static int larger_first(const void *a, const void *b) {
    const box *x = a, *y = b;
    uint32_t m = x->end - x->begin, n = y->end - y->begin;
    if (m != n) return m < n ? 1 : -1;
    return x->begin < y->begin ? -1 : 1;
}

static void put(uint8_t *out, const box *b) {
    uint64_t sum[3] = {0};
    uint32_t n = b->end - b->begin;
    for (uint32_t i = b->begin; i < b->end; i++)
        for (int c = 0; c < 3; c++) sum[c] += pixels[i].c[c];
    for (int c = 0; c < 3; c++) out[c] = (uint8_t)((sum[c] + n / 2) / n);
    out[3] = 255;
    for (int k = 0; k < 4; k++) out[4 + k] = (uint8_t)(n >> (8 * k));
}

int process(int length) {
    static box boxes[MAX_COLOURS];
    if (length < 1 || input[0] == 0) return -1;
    if ((length - 1) % 4 != 0) return -2;
    if ((length - 1) / 4 > MAX_PIXELS) return -3;

    uint32_t count = 0;
    for (int i = 1; i < length; i += 4)
        if (input[i + 3] >= OPAQUE) pixels[count++] = (pixel){{input[i], input[i + 1], input[i + 2], 255}};
    if (count == 0) return 0;

    int wanted = input[0], made = 1;
    boxes[0] = (box){.begin = 0, .end = count};
    measure(&boxes[0]);
    while (made < wanted) {
        box *widest = &boxes[0];
        for (int i = 1; i < made; i++)
            if (boxes[i].width > widest->width) widest = &boxes[i];
        if (widest->width == 0) break;
        sort(widest);
        box *other = &boxes[made++];
        *other = *widest;
        widest->end = other->begin = cut(widest);
        measure(widest);
        measure(other);
    }
    qsort(boxes, (size_t)made, sizeof boxes[0], larger_first);
    for (int i = 0; i < made; i++) put(output + 8 * i, &boxes[i]);
    return 8 * made;
}
