/* Says again what its peer says, up to its end. */
#include "guest.h"

bool exports_workbooks_engine_tcp_handler_handle(
    guest_string_t *peer, exports_workbooks_engine_tcp_handler_own_input_stream_t input,
    exports_workbooks_engine_tcp_handler_own_output_stream_t output, exports_workbooks_engine_tcp_handler_error_t *error) {
    wasi_io_streams_stream_error_t end;
    guest_list_u8_t piece;
    (void)peer;
    while (wasi_io_streams_method_input_stream_blocking_read(wasi_io_streams_borrow_input_stream(input), 4096, &piece, &end)) {
        if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(
                wasi_io_streams_borrow_output_stream(output), &piece, &end)) break;
        guest_list_u8_free(&piece);
    }
    bool whole = end.tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED;
    wasi_io_streams_stream_error_free(&end);
    wasi_io_streams_input_stream_drop_own(input);
    wasi_io_streams_output_stream_drop_own(output);
    error->tag = WORKBOOKS_ENGINE_TYPES_ERROR_CANCELLED;
    return whole;
}
