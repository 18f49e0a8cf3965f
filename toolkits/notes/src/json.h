/* As much JSON as flat arguments and results need. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Bytes that grow; freed by their user. */
typedef struct { char *bytes; size_t length, room; } text;

void text_add(text *t, const char *bytes, size_t length);
void text_puts(text *t, const char *words);

/* Appends `bytes`, which are UTF-8, as a JSON string. */
void json_put(text *out, const char *bytes, size_t length);

/* Reads an object whose values are strings. False if `json` is no such object. What stands
 * under `name` is appended to `out`, and `found` says whether it was there. */
bool json_get(const char *json, size_t length, const char *name, text *out, bool *found);
