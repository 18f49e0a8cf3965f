/* Answers HTTP requests, each with an instance of its own. guest.h is generated from the
 * capabilities that the manifest names and from wasi:http/incoming-handler. */
#include "workbooks.h"

static void answer(exports_wasi_http_incoming_handler_own_response_outparam_t out, guest_string_t text) {
    wasi_http_types_own_headers_t headers = wasi_http_types_constructor_fields();
    wasi_http_types_own_outgoing_response_t response =
        wasi_http_types_constructor_outgoing_response(headers);
    wasi_http_types_own_outgoing_body_t body;
    if (!wasi_http_types_method_outgoing_response_body(
            wasi_http_types_borrow_outgoing_response(response), &body)) abort();
    wasi_http_types_result_own_outgoing_response_error_code_t ok = { .is_err = false };
    ok.val.ok = response;
    wasi_http_types_static_response_outparam_set(out, &ok);

    wasi_http_types_own_output_stream_t stream;
    if (!wasi_http_types_method_outgoing_body_write(
            wasi_http_types_borrow_outgoing_body(body), &stream)) abort();
    if (!wb_write_all(wasi_io_streams_borrow_output_stream(stream), text.ptr, text.len)) abort();
    wasi_io_streams_output_stream_drop_own(stream);
    wasi_http_types_error_code_t error;
    if (!wasi_http_types_static_outgoing_body_finish(body, NULL, &error)) abort();
}

void exports_wasi_http_incoming_handler_handle(
    exports_wasi_http_incoming_handler_own_incoming_request_t request,
    exports_wasi_http_incoming_handler_own_response_outparam_t out) {
    guest_string_t path = { 0 }, text = { 0 };
    wasi_http_types_method_incoming_request_path_with_query(
        wasi_http_types_borrow_incoming_request(request), &path);
    wb_add(&text, "Hello from %.*s\n", WB_TEXT(path));
    answer(out, text);
}
