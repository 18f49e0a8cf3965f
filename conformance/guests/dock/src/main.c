/* The tools of the guest, by name. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dock.h"

#define MOST_WORDS 8

static char answer[1 << 16];
static size_t said;

static const struct {
    const char *name;
    bool (*call)(char **words, failure *error);
} tools[] = {
    { "get", get },     { "read", read_page }, { "ask", ask },   { "talk", talk },
    { "tell", tell },   { "ask-securely", ask_securely },
    { "complete", complete }, { "spawn", spawn },    { "kill", kill }, { "sign", sign },
};

void say(const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    int more = vsnprintf(answer + said, sizeof answer - said, format, rest);
    va_end(rest);
    if (more < 0 || (size_t)more >= sizeof answer - said) abort();
    said += (size_t)more;
}

void say_all(wasi_io_streams_own_input_stream_t stream) {
    wasi_io_streams_borrow_input_stream_t from = wasi_io_streams_borrow_input_stream(stream);
    wasi_io_streams_stream_error_t end;
    guest_list_u8_t piece;
    size_t total = 0;
    while (wasi_io_streams_method_input_stream_blocking_read(from, 4096, &piece, &end)) {
        /* Of what is long, only the length is said. */
        if (total + piece.len <= 256) say("%.*s", (int)piece.len, (char *)piece.ptr);
        total += piece.len;
        guest_list_u8_free(&piece);
    }
    if (end.tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED) {
        say("\n%zu bytes\n", total);
    } else {
        say("\nbroken off\n");
    }
    wasi_io_streams_stream_error_free(&end);
    wasi_io_streams_input_stream_drop_own(stream);
}

void write_all(wasi_io_streams_own_output_stream_t stream, const char *words) {
    wasi_io_streams_stream_error_t failed;
    guest_list_u8_t piece = bytes(words);
    if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(
            wasi_io_streams_borrow_output_stream(stream), &piece, &failed)) {
        say("not written\n");
        wasi_io_streams_stream_error_free(&failed);
    }
}

bool exports_workbooks_engine_tool_describe(exports_workbooks_engine_tool_list_spec_t *list, failure *error) {
    (void)error;
    list->len = 0;
    list->ptr = NULL;
    return true;
}

bool exports_workbooks_engine_tool_call(guest_string_t *name, guest_string_t *arguments,
                                        guest_string_t *result, failure *error) {
    char *words[MOST_WORDS + 1] = { 0 };
    char *line = strndup((char *)arguments->ptr, arguments->len);
    size_t count = 0;
    for (char *word = strtok(line, " "); word && count < MOST_WORDS; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    said = 0;
    answer[0] = '\0';
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        if (strlen(tools[i].name) != name->len || memcmp(tools[i].name, name->ptr, name->len) != 0) continue;
        bool done = tools[i].call(words, error);
        free(line);
        if (done) guest_string_dup(result, answer);
        return done;
    }
    free(line);
    error->tag = WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND;
    return false;
}
