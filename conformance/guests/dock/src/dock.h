/* What the tools of this guest share. Each is called with the words of its arguments, and answers
 * with what it says; a host call that is refused ends it with that refusal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

typedef workbooks_engine_types_error_t failure;

/* Adds to the answer. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
/* Adds a stream's bytes to the answer, up to its end, and drops the stream. */
void say_all(wasi_io_streams_own_input_stream_t stream);
/* Writes a text to a stream. */
void write_all(wasi_io_streams_own_output_stream_t stream, const char *text);

static inline guest_string_t text(const char *words) {
    return (guest_string_t){ (uint8_t *)words, __builtin_strlen(words) };
}

static inline guest_list_u8_t bytes(const char *words) {
    return (guest_list_u8_t){ (uint8_t *)words, __builtin_strlen(words) };
}

/* METHOD URL [CREDENTIAL [BODY]] */
bool get(char **words, failure *error);
/* URL */
bool read_page(char **words, failure *error);
/* HOST:PORT TEXT: one request and its reply */
bool ask(char **words, failure *error);
/* HOST:PORT TEXT...: over a connection's streams */
bool talk(char **words, failure *error);
/* HOST:PORT TEXT: one datagram and its answer */
bool tell(char **words, failure *error);
/* HOST:PORT PATH: the first line that a web server answers over TLS */
bool ask_securely(char **words, failure *error);
/* WORD: for the model, which may call a tool */
bool complete(char **words, failure *error);
/* COMMAND TEXT... */
bool spawn(char **words, failure *error);
/* COMMAND */
bool kill(char **words, failure *error);
/* SECRET MESSAGE */
bool sign(char **words, failure *error);
