/* Generated from the world: what it imports and exports, as tables for the glue. The runtime
 * calls `wbx_glue_module` (an imported interface as an ES module) and `wbx_glue_invoke` (an
 * export of the program), and implements `wbx_enter`, `wbx_call`, `wbx_sealed` and `wbx_die`:
 * see glue.h. */
#include "glue.h"

static const wbx_type T[99];
static const wbx_resource R[8];

static const wbx_field F0[] = { { "trace" }, { "debug" }, { "info" }, { "warn" }, { "error" } };
static const wbx_field F1[] = { { "level", &T[0], 0 }, { "target", &T[1], 4 }, { "message", &T[1], 12 } };
static const wbx_field F2[] = { { "self", &T[6], 0 } };
static const wbx_field F3[] = { { "self", &T[8], 0 } };
static const wbx_field F4[] = { { "in", &T[11], 0 } };
static const wbx_field F5[] = { { "self", &T[15], 0 }, { "len", &T[16], 8 } };
static const wbx_field F6[] = { { "last-operation-failed", &T[18] }, { "closed" } };
static const wbx_field F7[] = { { "ok", &T[5] }, { "err", &T[19] } };
static const wbx_field F8[] = { { "ok", &T[16] }, { "err", &T[19] } };
static const wbx_field F9[] = { { "self", &T[15], 0 } };
static const wbx_field F10[] = { { "self", &T[24], 0 } };
static const wbx_field F11[] = { { "self", &T[24], 0 }, { "contents", &T[5], 4 } };
static const wbx_field F12[] = { { "ok" }, { "err", &T[19] } };
static const wbx_field F13[] = { { "self", &T[24], 0 }, { "len", &T[16], 8 } };
static const wbx_field F14[] = { { "self", &T[24], 0 }, { "src", &T[15], 4 }, { "len", &T[16], 8 } };
static const wbx_field F15[] = { { "when", &T[16], 0 } };
static const wbx_field F16[] = { { "seconds", &T[16], 0 }, { "nanoseconds", &T[13], 8 } };
static const wbx_field F17[] = { { "len", &T[16], 0 } };
static const wbx_field F18[] = { { "", &T[16], 0 }, { "", &T[16], 8 } };
static const wbx_field F19[] = { { "", &T[1], 0 }, { "", &T[1], 8 } };
static const wbx_field F20[] = { { "none" }, { "some", &T[1] } };
static const wbx_field F21[] = { { "ok" }, { "err" } };
static const wbx_field F22[] = { { "status", &T[38], 0 } };
static const wbx_field F23[] = { { "statusCode", &T[4], 0 } };
static const wbx_field F24[] = { { "none" }, { "some", &T[43] } };
static const wbx_field F25[] = { { "none" }, { "some", &T[45] } };
static const wbx_field F26[] = { { "name", &T[1], 0 }, { "argv", &T[36], 8 }, { "stdin", &T[5], 16 }, { "env", &T[35], 24 }, { "extra", &T[35], 32 } };
static const wbx_field F27[] = { { "request", &T[47], 0 } };
static const wbx_field F28[] = { { "code", &T[1], 0 }, { "message", &T[1], 8 }, { "retryable", &T[10], 16 } };
static const wbx_field F29[] = { { "revoked" }, { "rate-limited", &T[16] }, { "too-large", &T[16] }, { "quota", &T[16] }, { "timeout" }, { "cancelled" }, { "not-found" }, { "conflict" }, { "unsupported", &T[1] }, { "invalid", &T[1] }, { "denied", &T[1] }, { "unavailable", &T[1] }, { "other", &T[50] } };
static const wbx_field F30[] = { { "ok", &T[49] }, { "err", &T[51] } };
static const wbx_field F31[] = { { "self", &T[53], 0 } };
static const wbx_field F32[] = { { "ok", &T[42] }, { "err", &T[51] } };
static const wbx_field F33[] = { { "ok", &T[41] }, { "err", &T[51] } };
static const wbx_field F34[] = { { "ok", &T[23] }, { "err", &T[51] } };
static const wbx_field F35[] = { { "none" }, { "some", &T[58] } };
static const wbx_field F36[] = { { "ok", &T[59] }, { "err", &T[51] } };
static const wbx_field F37[] = { { "ok" }, { "err", &T[51] } };
static const wbx_field F38[] = { { "key", &T[1], 0 } };
static const wbx_field F39[] = { { "none" }, { "some", &T[5] } };
static const wbx_field F40[] = { { "ok", &T[63] }, { "err", &T[51] } };
static const wbx_field F41[] = { { "key", &T[1], 0 }, { "value", &T[5], 8 } };
static const wbx_field F42[] = { { "ok", &T[10] }, { "err", &T[51] } };
static const wbx_field F43[] = { { "prefix", &T[1], 0 }, { "cursor", &T[37], 8 }, { "limit", &T[13], 20 } };
static const wbx_field F44[] = { { "", &T[36], 0 }, { "", &T[37], 8 } };
static const wbx_field F45[] = { { "ok", &T[68] }, { "err", &T[51] } };
static const wbx_field F46[] = { { "key", &T[1], 0 }, { "expect", &T[63], 8 }, { "value", &T[5], 20 } };
static const wbx_field F47[] = { { "identifier", &T[1], 0 } };
static const wbx_field F48[] = { { "no-such-store" }, { "access-denied" }, { "other", &T[1] } };
static const wbx_field F49[] = { { "ok", &T[72] }, { "err", &T[73] } };
static const wbx_field F50[] = { { "self", &T[75], 0 }, { "key", &T[1], 4 } };
static const wbx_field F51[] = { { "ok", &T[63] }, { "err", &T[73] } };
static const wbx_field F52[] = { { "self", &T[75], 0 }, { "key", &T[1], 4 }, { "value", &T[5], 12 } };
static const wbx_field F53[] = { { "ok" }, { "err", &T[73] } };
static const wbx_field F54[] = { { "ok", &T[10] }, { "err", &T[73] } };
static const wbx_field F55[] = { { "none" }, { "some", &T[16] } };
static const wbx_field F56[] = { { "self", &T[75], 0 }, { "cursor", &T[81], 8 } };
static const wbx_field F57[] = { { "keys", &T[36], 0 }, { "cursor", &T[81], 8 } };
static const wbx_field F58[] = { { "ok", &T[83] }, { "err", &T[73] } };
static const wbx_field F59[] = { { "bucket", &T[75], 0 }, { "key", &T[1], 4 }, { "delta", &T[16], 16 } };
static const wbx_field F60[] = { { "ok", &T[16] }, { "err", &T[73] } };
static const wbx_field F61[] = { { "bucket", &T[75], 0 }, { "keys", &T[36], 4 } };
static const wbx_field F62[] = { { "", &T[1], 0 }, { "", &T[5], 8 } };
static const wbx_field F63[] = { { "none" }, { "some", &T[88] } };
static const wbx_field F64[] = { { "ok", &T[90] }, { "err", &T[73] } };
static const wbx_field F65[] = { { "bucket", &T[75], 0 }, { "keyValues", &T[92], 4 } };
static const wbx_field F66[] = { { "name", &T[1], 0 }, { "description", &T[1], 8 }, { "parameters", &T[1], 16 } };
static const wbx_field F67[] = { { "ok", &T[95] }, { "err", &T[51] } };
static const wbx_field F68[] = { { "name", &T[1], 0 }, { "arguments", &T[1], 8 } };
static const wbx_field F69[] = { { "ok", &T[1] }, { "err", &T[51] } };

static const wbx_type T[99] = {
    /* 0 */ { WBX_ENUM, .align = 1, .size = 1, .flat = 1, .tag = 1, .payload = 1, .count = 5, .fields = F0 },
    /* 1 */ { WBX_STRING, .align = 4, .size = 8, .flat = 2 },
    /* 2 */ { WBX_TUPLE, .align = 4, .size = 20, .flat = 5, .count = 3, .fields = F1 },
    /* 3 */ { WBX_TUPLE, .align = 1, .size = 0, .flat = 0, .count = 0 },
    /* 4 */ { WBX_U8, .align = 1, .size = 1, .flat = 1 },
    /* 5 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[4] },
    /* 6 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[0] },
    /* 7 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F2 },
    /* 8 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[1] },
    /* 9 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F3 },
    /* 10 */ { WBX_BOOL, .align = 1, .size = 1, .flat = 1 },
    /* 11 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[8] },
    /* 12 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F4 },
    /* 13 */ { WBX_U32, .align = 4, .size = 4, .flat = 1 },
    /* 14 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[13] },
    /* 15 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[2] },
    /* 16 */ { WBX_U64, .align = 8, .size = 8, .flat = 1 },
    /* 17 */ { WBX_TUPLE, .align = 8, .size = 16, .flat = 2, .count = 2, .fields = F5 },
    /* 18 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[0] },
    /* 19 */ { WBX_VARIANT, .align = 4, .size = 8, .flat = 2, .tag = 1, .payload = 4, .count = 2, .fields = F6 },
    /* 20 */ { WBX_RESULT, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F7 },
    /* 21 */ { WBX_RESULT, .align = 8, .size = 16, .flat = 3, .tag = 1, .payload = 8, .count = 2, .fields = F8 },
    /* 22 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F9 },
    /* 23 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[1] },
    /* 24 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[3] },
    /* 25 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F10 },
    /* 26 */ { WBX_TUPLE, .align = 4, .size = 12, .flat = 3, .count = 2, .fields = F11 },
    /* 27 */ { WBX_RESULT, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F12 },
    /* 28 */ { WBX_TUPLE, .align = 8, .size = 16, .flat = 2, .count = 2, .fields = F13 },
    /* 29 */ { WBX_TUPLE, .align = 8, .size = 16, .flat = 3, .count = 3, .fields = F14 },
    /* 30 */ { WBX_TUPLE, .align = 8, .size = 8, .flat = 1, .count = 1, .fields = F15 },
    /* 31 */ { WBX_RECORD, .align = 8, .size = 16, .flat = 2, .count = 2, .fields = F16 },
    /* 32 */ { WBX_TUPLE, .align = 8, .size = 8, .flat = 1, .count = 1, .fields = F17 },
    /* 33 */ { WBX_TUPLE, .align = 8, .size = 16, .flat = 2, .count = 2, .fields = F18 },
    /* 34 */ { WBX_TUPLE, .align = 4, .size = 16, .flat = 4, .count = 2, .fields = F19 },
    /* 35 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[34] },
    /* 36 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[1] },
    /* 37 */ { WBX_OPTION, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F20 },
    /* 38 */ { WBX_RESULT, .align = 1, .size = 1, .flat = 1, .tag = 1, .payload = 1, .count = 2, .fields = F21 },
    /* 39 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F22 },
    /* 40 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F23 },
    /* 41 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[2] },
    /* 42 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[3] },
    /* 43 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[4] },
    /* 44 */ { WBX_OPTION, .align = 4, .size = 8, .flat = 2, .tag = 1, .payload = 4, .count = 2, .fields = F24 },
    /* 45 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[5] },
    /* 46 */ { WBX_OPTION, .align = 4, .size = 8, .flat = 2, .tag = 1, .payload = 4, .count = 2, .fields = F25 },
    /* 47 */ { WBX_RECORD, .align = 4, .size = 40, .flat = 10, .count = 5, .fields = F26 },
    /* 48 */ { WBX_TUPLE, .align = 4, .size = 40, .flat = 10, .count = 1, .fields = F27 },
    /* 49 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[6] },
    /* 50 */ { WBX_RECORD, .align = 4, .size = 20, .flat = 5, .count = 3, .fields = F28 },
    /* 51 */ { WBX_VARIANT, .align = 8, .size = 32, .flat = 6, .tag = 1, .payload = 8, .count = 13, .fields = F29 },
    /* 52 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F30 },
    /* 53 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[6] },
    /* 54 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F31 },
    /* 55 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F32 },
    /* 56 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F33 },
    /* 57 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F34 },
    /* 58 */ { WBX_S32, .align = 4, .size = 4, .flat = 1 },
    /* 59 */ { WBX_OPTION, .align = 4, .size = 8, .flat = 2, .tag = 1, .payload = 4, .count = 2, .fields = F35 },
    /* 60 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F36 },
    /* 61 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F37 },
    /* 62 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F38 },
    /* 63 */ { WBX_OPTION, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F39 },
    /* 64 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F40 },
    /* 65 */ { WBX_TUPLE, .align = 4, .size = 16, .flat = 4, .count = 2, .fields = F41 },
    /* 66 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F42 },
    /* 67 */ { WBX_TUPLE, .align = 4, .size = 24, .flat = 6, .count = 3, .fields = F43 },
    /* 68 */ { WBX_TUPLE, .align = 4, .size = 20, .flat = 5, .count = 2, .fields = F44 },
    /* 69 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F45 },
    /* 70 */ { WBX_TUPLE, .align = 4, .size = 28, .flat = 7, .count = 3, .fields = F46 },
    /* 71 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F47 },
    /* 72 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[7] },
    /* 73 */ { WBX_VARIANT, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 3, .fields = F48 },
    /* 74 */ { WBX_RESULT, .align = 4, .size = 16, .flat = 4, .tag = 1, .payload = 4, .count = 2, .fields = F49 },
    /* 75 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[7] },
    /* 76 */ { WBX_TUPLE, .align = 4, .size = 12, .flat = 3, .count = 2, .fields = F50 },
    /* 77 */ { WBX_RESULT, .align = 4, .size = 16, .flat = 4, .tag = 1, .payload = 4, .count = 2, .fields = F51 },
    /* 78 */ { WBX_TUPLE, .align = 4, .size = 20, .flat = 5, .count = 3, .fields = F52 },
    /* 79 */ { WBX_RESULT, .align = 4, .size = 16, .flat = 4, .tag = 1, .payload = 4, .count = 2, .fields = F53 },
    /* 80 */ { WBX_RESULT, .align = 4, .size = 16, .flat = 4, .tag = 1, .payload = 4, .count = 2, .fields = F54 },
    /* 81 */ { WBX_OPTION, .align = 8, .size = 16, .flat = 2, .tag = 1, .payload = 8, .count = 2, .fields = F55 },
    /* 82 */ { WBX_TUPLE, .align = 8, .size = 24, .flat = 3, .count = 2, .fields = F56 },
    /* 83 */ { WBX_RECORD, .align = 8, .size = 24, .flat = 4, .count = 2, .fields = F57 },
    /* 84 */ { WBX_RESULT, .align = 8, .size = 32, .flat = 5, .tag = 1, .payload = 8, .count = 2, .fields = F58 },
    /* 85 */ { WBX_TUPLE, .align = 8, .size = 24, .flat = 4, .count = 3, .fields = F59 },
    /* 86 */ { WBX_RESULT, .align = 8, .size = 24, .flat = 4, .tag = 1, .payload = 8, .count = 2, .fields = F60 },
    /* 87 */ { WBX_TUPLE, .align = 4, .size = 12, .flat = 3, .count = 2, .fields = F61 },
    /* 88 */ { WBX_TUPLE, .align = 4, .size = 16, .flat = 4, .count = 2, .fields = F62 },
    /* 89 */ { WBX_OPTION, .align = 4, .size = 20, .flat = 5, .tag = 1, .payload = 4, .count = 2, .fields = F63 },
    /* 90 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[89] },
    /* 91 */ { WBX_RESULT, .align = 4, .size = 16, .flat = 4, .tag = 1, .payload = 4, .count = 2, .fields = F64 },
    /* 92 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[88] },
    /* 93 */ { WBX_TUPLE, .align = 4, .size = 12, .flat = 3, .count = 2, .fields = F65 },
    /* 94 */ { WBX_RECORD, .align = 4, .size = 24, .flat = 6, .count = 3, .fields = F66 },
    /* 95 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[94] },
    /* 96 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F67 },
    /* 97 */ { WBX_TUPLE, .align = 4, .size = 16, .flat = 4, .count = 2, .fields = F68 },
    /* 98 */ { WBX_RESULT, .align = 8, .size = 40, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F69 },
};

__attribute__((import_module("workbooks:engine/log@0.1.0-dev"), import_name("write"))) extern void wbx_i0(int32_t, int32_t, int32_t, int32_t, int32_t);
static void c0(const uint64_t *in, uint64_t *out) { wbx_i0((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4]); }
__attribute__((import_module("workbooks:engine/program@0.1.0-dev"), import_name("read"))) extern void wbx_i1(int32_t);
static void c1(const uint64_t *in, uint64_t *out) { wbx_i1((int32_t)in[0]); }
__attribute__((import_module("wasi:io/error@0.2.12"), import_name("[method]error.to-debug-string"))) extern void wbx_i2(int32_t, int32_t);
static void c2(const uint64_t *in, uint64_t *out) { wbx_i2((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("wasi:io/poll@0.2.12"), import_name("[method]pollable.ready"))) extern int32_t wbx_i3(int32_t);
static void c3(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i3((int32_t)in[0]); }
__attribute__((import_module("wasi:io/poll@0.2.12"), import_name("[method]pollable.block"))) extern void wbx_i4(int32_t);
static void c4(const uint64_t *in, uint64_t *out) { wbx_i4((int32_t)in[0]); }
__attribute__((import_module("wasi:io/poll@0.2.12"), import_name("poll"))) extern void wbx_i5(int32_t, int32_t, int32_t);
static void c5(const uint64_t *in, uint64_t *out) { wbx_i5((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]input-stream.read"))) extern void wbx_i6(int32_t, int64_t, int32_t);
static void c6(const uint64_t *in, uint64_t *out) { wbx_i6((int32_t)in[0], (int64_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]input-stream.blocking-read"))) extern void wbx_i7(int32_t, int64_t, int32_t);
static void c7(const uint64_t *in, uint64_t *out) { wbx_i7((int32_t)in[0], (int64_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]input-stream.skip"))) extern void wbx_i8(int32_t, int64_t, int32_t);
static void c8(const uint64_t *in, uint64_t *out) { wbx_i8((int32_t)in[0], (int64_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]input-stream.blocking-skip"))) extern void wbx_i9(int32_t, int64_t, int32_t);
static void c9(const uint64_t *in, uint64_t *out) { wbx_i9((int32_t)in[0], (int64_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]input-stream.subscribe"))) extern int32_t wbx_i10(int32_t);
static void c10(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i10((int32_t)in[0]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.check-write"))) extern void wbx_i11(int32_t, int32_t);
static void c11(const uint64_t *in, uint64_t *out) { wbx_i11((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.write"))) extern void wbx_i12(int32_t, int32_t, int32_t, int32_t);
static void c12(const uint64_t *in, uint64_t *out) { wbx_i12((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.blocking-write-and-flush"))) extern void wbx_i13(int32_t, int32_t, int32_t, int32_t);
static void c13(const uint64_t *in, uint64_t *out) { wbx_i13((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.flush"))) extern void wbx_i14(int32_t, int32_t);
static void c14(const uint64_t *in, uint64_t *out) { wbx_i14((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.blocking-flush"))) extern void wbx_i15(int32_t, int32_t);
static void c15(const uint64_t *in, uint64_t *out) { wbx_i15((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.subscribe"))) extern int32_t wbx_i16(int32_t);
static void c16(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i16((int32_t)in[0]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.write-zeroes"))) extern void wbx_i17(int32_t, int64_t, int32_t);
static void c17(const uint64_t *in, uint64_t *out) { wbx_i17((int32_t)in[0], (int64_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.blocking-write-zeroes-and-flush"))) extern void wbx_i18(int32_t, int64_t, int32_t);
static void c18(const uint64_t *in, uint64_t *out) { wbx_i18((int32_t)in[0], (int64_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.splice"))) extern void wbx_i19(int32_t, int32_t, int64_t, int32_t);
static void c19(const uint64_t *in, uint64_t *out) { wbx_i19((int32_t)in[0], (int32_t)in[1], (int64_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[method]output-stream.blocking-splice"))) extern void wbx_i20(int32_t, int32_t, int64_t, int32_t);
static void c20(const uint64_t *in, uint64_t *out) { wbx_i20((int32_t)in[0], (int32_t)in[1], (int64_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:clocks/monotonic-clock@0.2.12"), import_name("now"))) extern int64_t wbx_i21(void);
static void c21(const uint64_t *in, uint64_t *out) { *out = (uint64_t)wbx_i21(); }
__attribute__((import_module("wasi:clocks/monotonic-clock@0.2.12"), import_name("resolution"))) extern int64_t wbx_i22(void);
static void c22(const uint64_t *in, uint64_t *out) { *out = (uint64_t)wbx_i22(); }
__attribute__((import_module("wasi:clocks/monotonic-clock@0.2.12"), import_name("subscribe-instant"))) extern int32_t wbx_i23(int64_t);
static void c23(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i23((int64_t)in[0]); }
__attribute__((import_module("wasi:clocks/monotonic-clock@0.2.12"), import_name("subscribe-duration"))) extern int32_t wbx_i24(int64_t);
static void c24(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i24((int64_t)in[0]); }
__attribute__((import_module("wasi:clocks/wall-clock@0.2.12"), import_name("now"))) extern void wbx_i25(int32_t);
static void c25(const uint64_t *in, uint64_t *out) { wbx_i25((int32_t)in[0]); }
__attribute__((import_module("wasi:clocks/wall-clock@0.2.12"), import_name("resolution"))) extern void wbx_i26(int32_t);
static void c26(const uint64_t *in, uint64_t *out) { wbx_i26((int32_t)in[0]); }
__attribute__((import_module("wasi:random/random@0.2.12"), import_name("get-random-bytes"))) extern void wbx_i27(int64_t, int32_t);
static void c27(const uint64_t *in, uint64_t *out) { wbx_i27((int64_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("wasi:random/random@0.2.12"), import_name("get-random-u64"))) extern int64_t wbx_i28(void);
static void c28(const uint64_t *in, uint64_t *out) { *out = (uint64_t)wbx_i28(); }
__attribute__((import_module("wasi:random/insecure@0.2.12"), import_name("get-insecure-random-bytes"))) extern void wbx_i29(int64_t, int32_t);
static void c29(const uint64_t *in, uint64_t *out) { wbx_i29((int64_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("wasi:random/insecure@0.2.12"), import_name("get-insecure-random-u64"))) extern int64_t wbx_i30(void);
static void c30(const uint64_t *in, uint64_t *out) { *out = (uint64_t)wbx_i30(); }
__attribute__((import_module("wasi:random/insecure-seed@0.2.12"), import_name("insecure-seed"))) extern void wbx_i31(int32_t);
static void c31(const uint64_t *in, uint64_t *out) { wbx_i31((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/environment@0.2.12"), import_name("get-environment"))) extern void wbx_i32(int32_t);
static void c32(const uint64_t *in, uint64_t *out) { wbx_i32((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/environment@0.2.12"), import_name("get-arguments"))) extern void wbx_i33(int32_t);
static void c33(const uint64_t *in, uint64_t *out) { wbx_i33((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/environment@0.2.12"), import_name("initial-cwd"))) extern void wbx_i34(int32_t);
static void c34(const uint64_t *in, uint64_t *out) { wbx_i34((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/exit@0.2.12"), import_name("exit"))) extern void wbx_i35(int32_t);
static void c35(const uint64_t *in, uint64_t *out) { wbx_i35((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/exit@0.2.12"), import_name("exit-with-code"))) extern void wbx_i36(int32_t);
static void c36(const uint64_t *in, uint64_t *out) { wbx_i36((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/stdin@0.2.12"), import_name("get-stdin"))) extern int32_t wbx_i37(void);
static void c37(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i37(); }
__attribute__((import_module("wasi:cli/stdout@0.2.12"), import_name("get-stdout"))) extern int32_t wbx_i38(void);
static void c38(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i38(); }
__attribute__((import_module("wasi:cli/stderr@0.2.12"), import_name("get-stderr"))) extern int32_t wbx_i39(void);
static void c39(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i39(); }
__attribute__((import_module("wasi:cli/terminal-stdin@0.2.12"), import_name("get-terminal-stdin"))) extern void wbx_i40(int32_t);
static void c40(const uint64_t *in, uint64_t *out) { wbx_i40((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/terminal-stdout@0.2.12"), import_name("get-terminal-stdout"))) extern void wbx_i41(int32_t);
static void c41(const uint64_t *in, uint64_t *out) { wbx_i41((int32_t)in[0]); }
__attribute__((import_module("wasi:cli/terminal-stderr@0.2.12"), import_name("get-terminal-stderr"))) extern void wbx_i42(int32_t);
static void c42(const uint64_t *in, uint64_t *out) { wbx_i42((int32_t)in[0]); }
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[static]process.spawn"))) extern void wbx_i43(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t);
static void c43(const uint64_t *in, uint64_t *out) { wbx_i43((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4], (int32_t)in[5], (int32_t)in[6], (int32_t)in[7], (int32_t)in[8], (int32_t)in[9], (int32_t)in[10]); }
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[method]process.stdin"))) extern void wbx_i44(int32_t, int32_t);
static void c44(const uint64_t *in, uint64_t *out) { wbx_i44((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[method]process.stdout"))) extern void wbx_i45(int32_t, int32_t);
static void c45(const uint64_t *in, uint64_t *out) { wbx_i45((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[method]process.stderr"))) extern void wbx_i46(int32_t, int32_t);
static void c46(const uint64_t *in, uint64_t *out) { wbx_i46((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[method]process.subscribe"))) extern void wbx_i47(int32_t, int32_t);
static void c47(const uint64_t *in, uint64_t *out) { wbx_i47((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[method]process.status"))) extern void wbx_i48(int32_t, int32_t);
static void c48(const uint64_t *in, uint64_t *out) { wbx_i48((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[method]process.kill"))) extern void wbx_i49(int32_t, int32_t);
static void c49(const uint64_t *in, uint64_t *out) { wbx_i49((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("workbooks:engine/kv@0.1.0-dev"), import_name("get"))) extern void wbx_i50(int32_t, int32_t, int32_t);
static void c50(const uint64_t *in, uint64_t *out) { wbx_i50((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("workbooks:engine/kv@0.1.0-dev"), import_name("set"))) extern void wbx_i51(int32_t, int32_t, int32_t, int32_t, int32_t);
static void c51(const uint64_t *in, uint64_t *out) { wbx_i51((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4]); }
__attribute__((import_module("workbooks:engine/kv@0.1.0-dev"), import_name("delete"))) extern void wbx_i52(int32_t, int32_t, int32_t);
static void c52(const uint64_t *in, uint64_t *out) { wbx_i52((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("workbooks:engine/kv@0.1.0-dev"), import_name("keys"))) extern void wbx_i53(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t);
static void c53(const uint64_t *in, uint64_t *out) { wbx_i53((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4], (int32_t)in[5], (int32_t)in[6]); }
__attribute__((import_module("workbooks:engine/kv@0.1.0-dev"), import_name("compare-and-set"))) extern void wbx_i54(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t);
static void c54(const uint64_t *in, uint64_t *out) { wbx_i54((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4], (int32_t)in[5], (int32_t)in[6], (int32_t)in[7]); }
__attribute__((import_module("wasi:keyvalue/store@0.2.0-draft"), import_name("open"))) extern void wbx_i55(int32_t, int32_t, int32_t);
static void c55(const uint64_t *in, uint64_t *out) { wbx_i55((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("wasi:keyvalue/store@0.2.0-draft"), import_name("[method]bucket.get"))) extern void wbx_i56(int32_t, int32_t, int32_t, int32_t);
static void c56(const uint64_t *in, uint64_t *out) { wbx_i56((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:keyvalue/store@0.2.0-draft"), import_name("[method]bucket.set"))) extern void wbx_i57(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t);
static void c57(const uint64_t *in, uint64_t *out) { wbx_i57((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4], (int32_t)in[5]); }
__attribute__((import_module("wasi:keyvalue/store@0.2.0-draft"), import_name("[method]bucket.delete"))) extern void wbx_i58(int32_t, int32_t, int32_t, int32_t);
static void c58(const uint64_t *in, uint64_t *out) { wbx_i58((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:keyvalue/store@0.2.0-draft"), import_name("[method]bucket.exists"))) extern void wbx_i59(int32_t, int32_t, int32_t, int32_t);
static void c59(const uint64_t *in, uint64_t *out) { wbx_i59((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:keyvalue/store@0.2.0-draft"), import_name("[method]bucket.list-keys"))) extern void wbx_i60(int32_t, int32_t, int64_t, int32_t);
static void c60(const uint64_t *in, uint64_t *out) { wbx_i60((int32_t)in[0], (int32_t)in[1], (int64_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:keyvalue/atomics@0.2.0-draft"), import_name("increment"))) extern void wbx_i61(int32_t, int32_t, int32_t, int64_t, int32_t);
static void c61(const uint64_t *in, uint64_t *out) { wbx_i61((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int64_t)in[3], (int32_t)in[4]); }
__attribute__((import_module("wasi:keyvalue/batch@0.2.0-draft"), import_name("get-many"))) extern void wbx_i62(int32_t, int32_t, int32_t, int32_t);
static void c62(const uint64_t *in, uint64_t *out) { wbx_i62((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:keyvalue/batch@0.2.0-draft"), import_name("set-many"))) extern void wbx_i63(int32_t, int32_t, int32_t, int32_t);
static void c63(const uint64_t *in, uint64_t *out) { wbx_i63((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:keyvalue/batch@0.2.0-draft"), import_name("delete-many"))) extern void wbx_i64(int32_t, int32_t, int32_t, int32_t);
static void c64(const uint64_t *in, uint64_t *out) { wbx_i64((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("wasi:io/error@0.2.12"), import_name("[resource-drop]error"))) extern void wbx_d0(int32_t);
__attribute__((import_module("wasi:io/poll@0.2.12"), import_name("[resource-drop]pollable"))) extern void wbx_d1(int32_t);
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[resource-drop]input-stream"))) extern void wbx_d2(int32_t);
__attribute__((import_module("wasi:io/streams@0.2.12"), import_name("[resource-drop]output-stream"))) extern void wbx_d3(int32_t);
__attribute__((import_module("wasi:cli/terminal-input@0.2.12"), import_name("[resource-drop]terminal-input"))) extern void wbx_d4(int32_t);
__attribute__((import_module("wasi:cli/terminal-output@0.2.12"), import_name("[resource-drop]terminal-output"))) extern void wbx_d5(int32_t);
__attribute__((import_module("workbooks:engine/exec@0.1.0-dev"), import_name("[resource-drop]process"))) extern void wbx_d6(int32_t);
__attribute__((import_module("wasi:keyvalue/store@0.2.0-draft"), import_name("[resource-drop]bucket"))) extern void wbx_d7(int32_t);

static const wbx_resource R[8] = {
    /* 0 */ { "Error", 0, wbx_d0, NULL, NULL },
    /* 1 */ { "Pollable", 1, wbx_d1, NULL, NULL },
    /* 2 */ { "InputStream", 2, wbx_d2, NULL, NULL },
    /* 3 */ { "OutputStream", 3, wbx_d3, NULL, NULL },
    /* 4 */ { "TerminalInput", 4, wbx_d4, NULL, NULL },
    /* 5 */ { "TerminalOutput", 5, wbx_d5, NULL, NULL },
    /* 6 */ { "Process", 6, wbx_d6, NULL, NULL },
    /* 7 */ { "Bucket", 7, wbx_d7, NULL, NULL },
};

static const wbx_function I[65] = {
    /* 0 */ { "write", "log.write", NULL, NULL, WBX_FREE, NULL, &T[2], NULL, c0 },
    /* 1 */ { "read", "program.read", NULL, NULL, WBX_FREE, NULL, &T[3], &T[5], c1 },
    /* 2 */ { "toDebugString", "error.Error.toDebugString", NULL, NULL, WBX_METHOD, &R[0], &T[7], &T[1], c2 },
    /* 3 */ { "ready", "poll.Pollable.ready", NULL, NULL, WBX_METHOD, &R[1], &T[9], &T[10], c3 },
    /* 4 */ { "block", "poll.Pollable.block", NULL, NULL, WBX_METHOD, &R[1], &T[9], NULL, c4 },
    /* 5 */ { "poll", "poll.poll", NULL, NULL, WBX_FREE, NULL, &T[12], &T[14], c5 },
    /* 6 */ { "read", "streams.InputStream.read", NULL, NULL, WBX_METHOD, &R[2], &T[17], &T[20], c6 },
    /* 7 */ { "blockingRead", "streams.InputStream.blockingRead", NULL, NULL, WBX_METHOD, &R[2], &T[17], &T[20], c7 },
    /* 8 */ { "skip", "streams.InputStream.skip", NULL, NULL, WBX_METHOD, &R[2], &T[17], &T[21], c8 },
    /* 9 */ { "blockingSkip", "streams.InputStream.blockingSkip", NULL, NULL, WBX_METHOD, &R[2], &T[17], &T[21], c9 },
    /* 10 */ { "subscribe", "streams.InputStream.subscribe", NULL, NULL, WBX_METHOD, &R[2], &T[22], &T[23], c10 },
    /* 11 */ { "checkWrite", "streams.OutputStream.checkWrite", NULL, NULL, WBX_METHOD, &R[3], &T[25], &T[21], c11 },
    /* 12 */ { "write", "streams.OutputStream.write", NULL, NULL, WBX_METHOD, &R[3], &T[26], &T[27], c12 },
    /* 13 */ { "blockingWriteAndFlush", "streams.OutputStream.blockingWriteAndFlush", NULL, NULL, WBX_METHOD, &R[3], &T[26], &T[27], c13 },
    /* 14 */ { "flush", "streams.OutputStream.flush", NULL, NULL, WBX_METHOD, &R[3], &T[25], &T[27], c14 },
    /* 15 */ { "blockingFlush", "streams.OutputStream.blockingFlush", NULL, NULL, WBX_METHOD, &R[3], &T[25], &T[27], c15 },
    /* 16 */ { "subscribe", "streams.OutputStream.subscribe", NULL, NULL, WBX_METHOD, &R[3], &T[25], &T[23], c16 },
    /* 17 */ { "writeZeroes", "streams.OutputStream.writeZeroes", NULL, NULL, WBX_METHOD, &R[3], &T[28], &T[27], c17 },
    /* 18 */ { "blockingWriteZeroesAndFlush", "streams.OutputStream.blockingWriteZeroesAndFlush", NULL, NULL, WBX_METHOD, &R[3], &T[28], &T[27], c18 },
    /* 19 */ { "splice", "streams.OutputStream.splice", NULL, NULL, WBX_METHOD, &R[3], &T[29], &T[21], c19 },
    /* 20 */ { "blockingSplice", "streams.OutputStream.blockingSplice", NULL, NULL, WBX_METHOD, &R[3], &T[29], &T[21], c20 },
    /* 21 */ { "now", "monotonic-clock.now", NULL, NULL, WBX_FREE, NULL, &T[3], &T[16], c21 },
    /* 22 */ { "resolution", "monotonic-clock.resolution", NULL, NULL, WBX_FREE, NULL, &T[3], &T[16], c22 },
    /* 23 */ { "subscribeInstant", "monotonic-clock.subscribeInstant", NULL, NULL, WBX_FREE, NULL, &T[30], &T[23], c23 },
    /* 24 */ { "subscribeDuration", "monotonic-clock.subscribeDuration", NULL, NULL, WBX_FREE, NULL, &T[30], &T[23], c24 },
    /* 25 */ { "now", "wall-clock.now", NULL, NULL, WBX_FREE, NULL, &T[3], &T[31], c25 },
    /* 26 */ { "resolution", "wall-clock.resolution", NULL, NULL, WBX_FREE, NULL, &T[3], &T[31], c26 },
    /* 27 */ { "getRandomBytes", "random.getRandomBytes", NULL, NULL, WBX_FREE, NULL, &T[32], &T[5], c27 },
    /* 28 */ { "getRandomU64", "random.getRandomU64", NULL, NULL, WBX_FREE, NULL, &T[3], &T[16], c28 },
    /* 29 */ { "getInsecureRandomBytes", "insecure.getInsecureRandomBytes", NULL, NULL, WBX_FREE, NULL, &T[32], &T[5], c29 },
    /* 30 */ { "getInsecureRandomU64", "insecure.getInsecureRandomU64", NULL, NULL, WBX_FREE, NULL, &T[3], &T[16], c30 },
    /* 31 */ { "insecureSeed", "insecure-seed.insecureSeed", NULL, NULL, WBX_FREE, NULL, &T[3], &T[33], c31 },
    /* 32 */ { "getEnvironment", "environment.getEnvironment", NULL, NULL, WBX_FREE, NULL, &T[3], &T[35], c32 },
    /* 33 */ { "getArguments", "environment.getArguments", NULL, NULL, WBX_FREE, NULL, &T[3], &T[36], c33 },
    /* 34 */ { "initialCwd", "environment.initialCwd", NULL, NULL, WBX_FREE, NULL, &T[3], &T[37], c34 },
    /* 35 */ { "exit", "exit.exit", NULL, NULL, WBX_FREE, NULL, &T[39], NULL, c35 },
    /* 36 */ { "exitWithCode", "exit.exitWithCode", NULL, NULL, WBX_FREE, NULL, &T[40], NULL, c36 },
    /* 37 */ { "getStdin", "stdin.getStdin", NULL, NULL, WBX_FREE, NULL, &T[3], &T[41], c37 },
    /* 38 */ { "getStdout", "stdout.getStdout", NULL, NULL, WBX_FREE, NULL, &T[3], &T[42], c38 },
    /* 39 */ { "getStderr", "stderr.getStderr", NULL, NULL, WBX_FREE, NULL, &T[3], &T[42], c39 },
    /* 40 */ { "getTerminalStdin", "terminal-stdin.getTerminalStdin", NULL, NULL, WBX_FREE, NULL, &T[3], &T[44], c40 },
    /* 41 */ { "getTerminalStdout", "terminal-stdout.getTerminalStdout", NULL, NULL, WBX_FREE, NULL, &T[3], &T[46], c41 },
    /* 42 */ { "getTerminalStderr", "terminal-stderr.getTerminalStderr", NULL, NULL, WBX_FREE, NULL, &T[3], &T[46], c42 },
    /* 43 */ { "spawn", "exec.Process.spawn", NULL, NULL, WBX_STATIC, &R[6], &T[48], &T[52], c43 },
    /* 44 */ { "stdin", "exec.Process.stdin", NULL, NULL, WBX_METHOD, &R[6], &T[54], &T[55], c44 },
    /* 45 */ { "stdout", "exec.Process.stdout", NULL, NULL, WBX_METHOD, &R[6], &T[54], &T[56], c45 },
    /* 46 */ { "stderr", "exec.Process.stderr", NULL, NULL, WBX_METHOD, &R[6], &T[54], &T[56], c46 },
    /* 47 */ { "subscribe", "exec.Process.subscribe", NULL, NULL, WBX_METHOD, &R[6], &T[54], &T[57], c47 },
    /* 48 */ { "status", "exec.Process.status", NULL, NULL, WBX_METHOD, &R[6], &T[54], &T[60], c48 },
    /* 49 */ { "kill", "exec.Process.kill", NULL, NULL, WBX_METHOD, &R[6], &T[54], &T[61], c49 },
    /* 50 */ { "get", "kv.get", NULL, NULL, WBX_FREE, NULL, &T[62], &T[64], c50 },
    /* 51 */ { "set", "kv.set", NULL, NULL, WBX_FREE, NULL, &T[65], &T[61], c51 },
    /* 52 */ { "delete", "kv.delete", NULL, NULL, WBX_FREE, NULL, &T[62], &T[66], c52 },
    /* 53 */ { "keys", "kv.keys", NULL, NULL, WBX_FREE, NULL, &T[67], &T[69], c53 },
    /* 54 */ { "compareAndSet", "kv.compareAndSet", NULL, NULL, WBX_FREE, NULL, &T[70], &T[66], c54 },
    /* 55 */ { "open", "store.open", NULL, NULL, WBX_FREE, NULL, &T[71], &T[74], c55 },
    /* 56 */ { "get", "store.Bucket.get", NULL, NULL, WBX_METHOD, &R[7], &T[76], &T[77], c56 },
    /* 57 */ { "set", "store.Bucket.set", NULL, NULL, WBX_METHOD, &R[7], &T[78], &T[79], c57 },
    /* 58 */ { "delete", "store.Bucket.delete", NULL, NULL, WBX_METHOD, &R[7], &T[76], &T[79], c58 },
    /* 59 */ { "exists", "store.Bucket.exists", NULL, NULL, WBX_METHOD, &R[7], &T[76], &T[80], c59 },
    /* 60 */ { "listKeys", "store.Bucket.listKeys", NULL, NULL, WBX_METHOD, &R[7], &T[82], &T[84], c60 },
    /* 61 */ { "increment", "atomics.increment", NULL, NULL, WBX_FREE, NULL, &T[85], &T[86], c61 },
    /* 62 */ { "getMany", "batch.getMany", NULL, NULL, WBX_FREE, NULL, &T[87], &T[91], c62 },
    /* 63 */ { "setMany", "batch.setMany", NULL, NULL, WBX_FREE, NULL, &T[93], &T[79], c63 },
    /* 64 */ { "deleteMany", "batch.deleteMany", NULL, NULL, WBX_FREE, NULL, &T[87], &T[79], c64 },
};

static const wbx_interface N[26] = {
    /* 0 */ { "workbooks:engine/log", "0.1.0-dev", false, 0, 1, 0, 0 },
    /* 1 */ { "workbooks:engine/program", "0.1.0-dev", false, 1, 1, 0, 0 },
    /* 2 */ { "wasi:io/error", "0.2.12", false, 2, 1, 0, 1 },
    /* 3 */ { "wasi:io/poll", "0.2.12", false, 3, 3, 1, 1 },
    /* 4 */ { "wasi:io/streams", "0.2.12", false, 6, 15, 2, 2 },
    /* 5 */ { "wasi:clocks/monotonic-clock", "0.2.12", false, 21, 4, 0, 0 },
    /* 6 */ { "wasi:clocks/wall-clock", "0.2.12", false, 25, 2, 0, 0 },
    /* 7 */ { "wasi:random/random", "0.2.12", false, 27, 2, 0, 0 },
    /* 8 */ { "wasi:random/insecure", "0.2.12", false, 29, 2, 0, 0 },
    /* 9 */ { "wasi:random/insecure-seed", "0.2.12", false, 31, 1, 0, 0 },
    /* 10 */ { "wasi:cli/environment", "0.2.12", false, 32, 3, 0, 0 },
    /* 11 */ { "wasi:cli/exit", "0.2.12", false, 35, 2, 0, 0 },
    /* 12 */ { "wasi:cli/stdin", "0.2.12", false, 37, 1, 0, 0 },
    /* 13 */ { "wasi:cli/stdout", "0.2.12", false, 38, 1, 0, 0 },
    /* 14 */ { "wasi:cli/stderr", "0.2.12", false, 39, 1, 0, 0 },
    /* 15 */ { "wasi:cli/terminal-input", "0.2.12", false, 40, 0, 4, 1 },
    /* 16 */ { "wasi:cli/terminal-output", "0.2.12", false, 40, 0, 5, 1 },
    /* 17 */ { "wasi:cli/terminal-stdin", "0.2.12", false, 40, 1, 0, 0 },
    /* 18 */ { "wasi:cli/terminal-stdout", "0.2.12", false, 41, 1, 0, 0 },
    /* 19 */ { "wasi:cli/terminal-stderr", "0.2.12", false, 42, 1, 0, 0 },
    /* 20 */ { "workbooks:engine/types", "0.1.0-dev", false, 43, 0, 0, 0 },
    /* 21 */ { "workbooks:engine/exec", "0.1.0-dev", false, 43, 7, 6, 1 },
    /* 22 */ { "workbooks:engine/kv", "0.1.0-dev", false, 50, 5, 0, 0 },
    /* 23 */ { "wasi:keyvalue/store", "0.2.0-draft", false, 55, 6, 7, 1 },
    /* 24 */ { "wasi:keyvalue/atomics", "0.2.0-draft", false, 61, 1, 0, 0 },
    /* 25 */ { "wasi:keyvalue/batch", "0.2.0-draft", false, 62, 3, 0, 0 },
};

const wbx_world_table wbx_world = { N, 26, I, R, 8 };

static const wbx_function E[2] = {
    /* 0 */ { "describe", "tool.describe", "workbooks:engine/tool@0.1.0-dev", "tool", WBX_FREE, NULL, &T[3], &T[96], NULL },
    /* 1 */ { "call", "tool.call", "workbooks:engine/tool@0.1.0-dev", "tool", WBX_FREE, NULL, &T[97], &T[98], NULL },
};

__attribute__((export_name("workbooks:engine/tool@0.1.0-dev#describe"))) int32_t wbx_e0(void) { return (int32_t)wbx_export(&E[0], (const uint64_t[]){ 0 }); }
__attribute__((export_name("cabi_post_workbooks:engine/tool@0.1.0-dev#describe"))) void wbx_p0(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("workbooks:engine/tool@0.1.0-dev#call"))) int32_t wbx_e1(int32_t a0, int32_t a1, int32_t a2, int32_t a3) { return (int32_t)wbx_export(&E[1], (const uint64_t[]){ (uint32_t)a0, (uint32_t)a1, (uint32_t)a2, (uint32_t)a3 }); }
__attribute__((export_name("cabi_post_workbooks:engine/tool@0.1.0-dev#call"))) void wbx_p1(int32_t at) { (void)at; wbx_post_return(); }
