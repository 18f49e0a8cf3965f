/* Exchanges of `tcp`, `udp` and `tls`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dock.h"

#define PATIENCE 5000

/* Cuts HOST:PORT into its parts. */
static guest_string_t cut(char *place, uint16_t *port) {
    char *colon = strrchr(place, ':');
    if (!colon) abort();
    *port = (uint16_t)atoi(colon + 1);
    *colon = '\0';
    return text(place);
}

bool ask(char **words, failure *error) {
    uint16_t port;
    guest_string_t host = cut(words[0], &port);
    guest_list_u8_t data = bytes(words[1]), reply;
    if (!workbooks_engine_tcp_request(&host, port, &data, PATIENCE, &reply, error)) return false;
    say("%.*s", (int)reply.len, (char *)reply.ptr);
    guest_list_u8_free(&reply);
    return true;
}

bool talk(char **words, failure *error) {
    uint16_t port;
    guest_string_t host = cut(words[0], &port);
    workbooks_engine_tcp_own_connection_t connection;
    if (!workbooks_engine_tcp_static_connection_connect(&host, port, PATIENCE, &connection, error))
        return false;
    workbooks_engine_tcp_borrow_connection_t of = workbooks_engine_tcp_borrow_connection(connection);
    wasi_io_streams_own_output_stream_t output;
    wasi_io_streams_own_input_stream_t input;
    if (!workbooks_engine_tcp_method_connection_output(of, &output, error)) return false;
    if (!workbooks_engine_tcp_method_connection_input(of, &input, error)) return false;
    for (char **word = words + 1; *word; word++) write_all(output, *word);
    wasi_io_streams_output_stream_drop_own(output);
    if (!workbooks_engine_tcp_method_connection_shutdown(of, error)) return false;
    say_all(input);
    workbooks_engine_tcp_connection_drop_own(connection);
    return true;
}

bool tell(char **words, failure *error) {
    uint16_t port;
    guest_string_t host = cut(words[0], &port);
    guest_list_u8_t data = bytes(words[1]);
    guest_option_list_u8_t reply;
    if (!workbooks_engine_udp_request(&host, port, &data, PATIENCE, &reply, error)) return false;
    if (!reply.is_some) return true;
    say("%.*s", (int)reply.val.len, (char *)reply.val.ptr);
    guest_list_u8_free(&reply.val);
    return true;
}

bool ask_securely(char **words, failure *error) {
    uint16_t port;
    guest_string_t host = cut(words[0], &port);
    char asked[256];
    snprintf(asked, sizeof asked, "GET %s HTTP/1.0\r\n\r\n", words[1]);
    guest_list_u8_t data = bytes(asked), reply;
    if (!workbooks_engine_tls_request(&host, port, &data, PATIENCE, &reply, error)) return false;
    char *end = memchr(reply.ptr, '\r', reply.len);
    say("%.*s", end ? (int)(end - (char *)reply.ptr) : (int)reply.len, (char *)reply.ptr);
    guest_list_u8_free(&reply);
    return true;
}
