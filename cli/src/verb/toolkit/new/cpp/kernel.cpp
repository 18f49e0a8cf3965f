// Bytes in, bytes out: the host writes the input to in_ptr(), calls process() with its length,
// and reads as many bytes as that returns from out_ptr(). A negative number is an error.
#include <algorithm>
#include <array>
#include <cstdint>

static std::array<std::uint8_t, 65536> input, output;

extern "C" std::uint8_t *in_ptr() { return input.data(); }
extern "C" std::uint8_t *out_ptr() { return output.data(); }

extern "C" std::int32_t process(std::int32_t length) {
    std::transform(input.begin(), input.begin() + length, output.begin(),
                   [](std::uint8_t c) { return 'a' <= c && c <= 'z' ? c - 32 : c; });
    return length;
}
