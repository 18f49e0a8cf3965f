/* Typed tools: the host asks what there is (describe) and calls one by name (call), with JSON in
 * and JSON out. guest.h is generated from the capabilities that the manifest names. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

bool exports_workbooks_engine_tool_describe(exports_workbooks_engine_tool_list_spec_t *tools,
                                            exports_workbooks_engine_tool_error_t *error) {
    (void)error;
    tools->len = 1;
    tools->ptr = malloc(sizeof *tools->ptr);
    if (!tools->ptr) abort();
    guest_string_dup(&tools->ptr->name, "echo");
    guest_string_dup(&tools->ptr->description, "Says again what it was told.");
    guest_string_dup(&tools->ptr->parameters, "{}");
    return true;
}

bool exports_workbooks_engine_tool_call(guest_string_t *name, guest_string_t *arguments,
                                        guest_string_t *result,
                                        exports_workbooks_engine_tool_error_t *error) {
    if (name->len != 4 || memcmp(name->ptr, "echo", 4) != 0) {
        error->tag = WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND;
        return false;
    }
    char *text;
    if (asprintf(&text, "{\"said\":%.*s}", (int)arguments->len, (char *)arguments->ptr) < 0) abort();
    guest_string_dup(result, text);
    free(text);
    return true;
}
