#include "json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_add(text *t, const char *bytes, size_t length) {
    if (length > t->room - t->length) {
        t->room = (t->length + length) * 2;
        t->bytes = realloc(t->bytes, t->room);
        if (!t->bytes) abort();
    }
    if (length) memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
}

void text_puts(text *t, const char *words) { text_add(t, words, strlen(words)); }

void json_put(text *out, const char *bytes, size_t length) {
    text_puts(out, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        char escape[8];
        if (c == '"' || c == '\\') snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20) snprintf(escape, sizeof escape, "\\u%04x", c);
        else { text_add(out, bytes + i, 1); continue; }
        text_puts(out, escape);
    }
    text_puts(out, "\"");
}

typedef struct { const char *at, *end; } reader;

static void blanks(reader *r) {
    while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at) r->at++;
}

static bool next(reader *r, char c) {
    blanks(r);
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static bool hex4(reader *r, uint32_t *value) {
    *value = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        if (r->at == r->end) return false;
        char c = *r->at;
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0) return false;
        *value = *value * 16 + (uint32_t)digit;
    }
    return true;
}

static void put_utf8(text *out, uint32_t c) {
    char b[4];
    int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = n - 1; i > 0; i--, c >>= 6) b[i] = (char)(0x80 | (c & 0x3f));
    b[0] = (char)(lead[n] | c);
    text_add(out, b, (size_t)n);
}

/* `\uXXXX`, two of them for a character beyond the first plane. */
static bool unicode(reader *r, text *out) {
    uint32_t c, low;
    if (!hex4(r, &c)) return false;
    if (c >= 0xd800 && c < 0xdc00) {
        if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u') return false;
        r->at += 2;
        if (!hex4(r, &low) || low < 0xdc00 || low > 0xdfff) return false;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c < 0xe000) return false;
    put_utf8(out, c);
    return true;
}

static bool string(reader *r, text *out) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (!next(r, '"')) return false;
    while (r->at < r->end) {
        char c = *r->at++;
        if (c == '"') return true;
        if ((unsigned char)c < 0x20) return false;
        if (c != '\\') { text_add(out, &c, 1); continue; }
        if (r->at == r->end) return false;
        c = *r->at++;
        const char *known = c ? strchr(names, c) : NULL;
        if (known) text_add(out, &values[known - names], 1);
        else if (c != 'u' || !unicode(r, out)) return false;
    }
    return false;
}

bool json_get(const char *json, size_t length, const char *name, text *out, bool *found) {
    reader r = {json, json + length};
    text key = {0}, other = {0};
    bool good = next(&r, '{'), ended = good && next(&r, '}');
    *found = false;
    while (good && !ended) {
        key.length = other.length = 0;
        good = string(&r, &key) && next(&r, ':');
        bool wanted = good && key.length == strlen(name) && memcmp(key.bytes, name, key.length) == 0;
        if (wanted) { out->length = 0; *found = true; }
        good = good && string(&r, wanted ? out : &other);
        ended = good && !next(&r, ',');
        if (ended) good = next(&r, '}');
    }
    blanks(&r);
    free(key.bytes);
    free(other.bytes);
    return good && r.at == r.end;
}
