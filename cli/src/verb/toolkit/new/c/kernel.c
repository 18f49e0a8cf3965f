/* Bytes in, bytes out: the host writes the input to in_ptr(), calls process() with its length,
 * and reads as many bytes as that returns from out_ptr(). A negative number is an error. */
#include <stdint.h>

static uint8_t input[65536], output[65536];

uint8_t *in_ptr(void) { return input; }
uint8_t *out_ptr(void) { return output; }

int32_t process(int32_t length) {
    for (int32_t i = 0; i < length; i++)
        output[i] = 'a' <= input[i] && input[i] <= 'z' ? input[i] - 32 : input[i];
    return length;
}
