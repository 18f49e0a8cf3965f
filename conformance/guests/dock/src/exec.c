/* Children of `exec`. */
#include "dock.h"

static bool start(char *name, workbooks_engine_exec_own_process_t *process, failure *error) {
    workbooks_engine_exec_command_request_t request = { .name = text(name) };
    return workbooks_engine_exec_static_process_spawn(&request, process, error);
}

static bool ended(workbooks_engine_exec_borrow_process_t process, guest_option_s32_t *status, failure *error) {
    workbooks_engine_exec_own_pollable_t end;
    if (!workbooks_engine_exec_method_process_subscribe(process, &end, error)) return false;
    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(end));
    wasi_io_poll_pollable_drop_own(end);
    return workbooks_engine_exec_method_process_status(process, status, error);
}

bool spawn(char **words, failure *error) {
    workbooks_engine_exec_own_process_t process;
    if (!start(words[0], &process, error)) return false;
    workbooks_engine_exec_borrow_process_t child = workbooks_engine_exec_borrow_process(process);
    wasi_io_streams_own_output_stream_t input;
    wasi_io_streams_own_input_stream_t output;
    guest_option_s32_t status;
    if (!workbooks_engine_exec_method_process_stdin(child, &input, error)) return false;
    if (!workbooks_engine_exec_method_process_stdout(child, &output, error)) return false;
    if (!workbooks_engine_exec_method_process_status(child, &status, error)) return false;
    /* Whether one that reads nothing has ended by now is a matter of luck. */
    if (words[1]) say("%s\n", status.is_some ? "has ended" : "runs");
    for (char **word = words + 1; *word; word++) write_all(input, *word);
    wasi_io_streams_output_stream_drop_own(input);
    say_all(output);
    if (!ended(child, &status, error)) return false;
    say("status %d\n", status.val);
    workbooks_engine_exec_process_drop_own(process);
    return true;
}

bool kill(char **words, failure *error) {
    workbooks_engine_exec_own_process_t process;
    if (!start(words[0], &process, error)) return false;
    workbooks_engine_exec_borrow_process_t child = workbooks_engine_exec_borrow_process(process);
    guest_option_s32_t status;
    if (!workbooks_engine_exec_method_process_kill(child, error)) return false;
    bool told = ended(child, &status, error);
    workbooks_engine_exec_process_drop_own(process);
    if (told) say("status %d\n", status.val);
    return told;
}
