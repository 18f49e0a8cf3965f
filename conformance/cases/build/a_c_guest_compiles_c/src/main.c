/* Compiles a program of C, and one that is none. */
#include "workbooks.h"

bool exports_workbooks_engine_tool_describe(exports_workbooks_engine_tool_list_spec_t *ret, wb_error *err) {
    (void)err;
    ret->len = 0;
    ret->ptr = NULL;
    return true;
}

bool exports_workbooks_engine_tool_call(guest_string_t *name, guest_string_t *arguments, guest_string_t *ret, wb_error *err) {
    guest_string_t language = wb_str("c");
    workbooks_engine_build_source_t files[2] = {
        {wb_str("main.c"), {arguments->ptr, arguments->len}},
        {wb_str("said.h"), wb_bytes("#define SAID \"hello\\n\"\n", 22)},
    };
    workbooks_engine_build_list_source_t sources = {files, 2};
    workbooks_engine_build_pairs_t extra = {NULL, 0};
    workbooks_engine_build_own_artifact_t made;
    guest_string_t log;
    guest_list_u8_t wasm;
    (void)name;
    if (!workbooks_engine_build_static_artifact_compile(&language, &sources, &extra, &made, err)) return false;
    workbooks_engine_build_borrow_artifact_t of = workbooks_engine_build_borrow_artifact(made);
    if (!workbooks_engine_build_method_artifact_log(of, &log, err)) return false;
    if (!workbooks_engine_build_method_artifact_wasm(of, &wasm, err)) return false;
    bool module = wasm.len > 8 && memcmp(wasm.ptr, "\0asm\1\0\0\0", 8) == 0;
    *ret = (guest_string_t){0};
    wb_add(ret, "%s; %.*s", module ? "a module" : "something else", WB_TEXT(log));
    return true;
}
