/* Runs a native program that the operator allowed. */
#include "workbooks.h"

static bool say(const guest_string_t *words, guest_string_t *result, wb_error *error) {
    guest_string_t argv[] = {{words->ptr, words->len}};
    wb_request request = wb_command("echo", argv, 1, NULL);
    wb_output output;
    if (!workbooks_engine_posix_run(&request, &output, error)) return false;
    wb_add(result, "status %d: %.*s", output.status, WB_TEXT(output.stdout_));
    workbooks_engine_types_output_free(&output);
    return true;
}

WB_TOOLS({"say", "Says it by a program of the machine.", "{}", say})
