/* Compiles a program of C, and one that is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

typedef exports_workbooks_engine_tool_error_t failure;

bool exports_workbooks_engine_tool_describe(exports_workbooks_engine_tool_list_spec_t *ret, failure *err) {
    (void)err;
    ret->len = 0;
    ret->ptr = NULL;
    return true;
}

bool exports_workbooks_engine_tool_call(guest_string_t *name, guest_string_t *arguments, guest_string_t *ret, failure *err) {
    guest_string_t language = {(uint8_t *)"c", 1};
    workbooks_engine_build_source_t files[2] = {
        {{(uint8_t *)"main.c", 6}, {arguments->ptr, arguments->len}},
        {{(uint8_t *)"said.h", 6}, {(uint8_t *)"#define SAID \"hello\\n\"\n", 22}},
    };
    workbooks_engine_build_list_source_t sources = {files, 2};
    workbooks_engine_build_pairs_t extra = {NULL, 0};
    workbooks_engine_build_artifact_t made;
    (void)name;
    if (!workbooks_engine_build_compile(&language, &sources, &extra, &made, err)) return false;
    char text[256];
    bool module = made.wasm.len > 8 && memcmp(made.wasm.ptr, "\0asm\1\0\0\0", 8) == 0;
    snprintf(text, sizeof text, "%s; %.*s", module ? "a module" : "something else",
             (int)made.log.len, (const char *)made.log.ptr);
    guest_string_dup(ret, text);
    return true;
}
