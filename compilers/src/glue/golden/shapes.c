/* Generated from the world: what it imports and exports, as tables for the glue. The runtime
 * calls `wbx_glue_module` (an imported interface as an ES module) and `wbx_glue_invoke` (an
 * export of the program), and implements `wbx_enter`, `wbx_call`, `wbx_sealed` and `wbx_die`:
 * see glue.h. */
#include "glue.h"

static const wbx_type T[110];
static const wbx_resource R[3];

static const wbx_field F0[] = { { "v", &T[0], 0 } };
static const wbx_field F1[] = { { "v", &T[2], 0 } };
static const wbx_field F2[] = { { "v", &T[4], 0 } };
static const wbx_field F3[] = { { "v", &T[6], 0 } };
static const wbx_field F4[] = { { "v", &T[8], 0 } };
static const wbx_field F5[] = { { "v", &T[10], 0 } };
static const wbx_field F6[] = { { "v", &T[12], 0 } };
static const wbx_field F7[] = { { "v", &T[14], 0 } };
static const wbx_field F8[] = { { "v", &T[16], 0 } };
static const wbx_field F9[] = { { "v", &T[18], 0 } };
static const wbx_field F10[] = { { "v", &T[20], 0 } };
static const wbx_field F11[] = { { "v", &T[22], 0 } };
static const wbx_field F12[] = { { "v", &T[24], 0 } };
static const wbx_field F13[] = { { "v", &T[26], 0 } };
static const wbx_field F14[] = { { "v", &T[28], 0 } };
static const wbx_field F15[] = { { "v", &T[30], 0 } };
static const wbx_field F16[] = { { "v", &T[32], 0 } };
static const wbx_field F17[] = { { "v", &T[34], 0 } };
static const wbx_field F18[] = { { "", &T[2], 0 }, { "", &T[24], 4 }, { "", &T[20], 16 } };
static const wbx_field F19[] = { { "v", &T[36], 0 } };
static const wbx_field F20[] = { { "a", &T[2], 0 }, { "b", &T[16], 8 }, { "c", &T[24], 16 } };
static const wbx_field F21[] = { { "leaf" }, { "number", &T[18] }, { "text", &T[24] }, { "wide", &T[14] }, { "rec", &T[38] }, { "many", &T[39] } };
static const wbx_field F22[] = { { "v", &T[40], 0 } };
static const wbx_field F23[] = { { "red" }, { "light-green" }, { "blue" } };
static const wbx_field F24[] = { { "v", &T[42], 0 } };
static const wbx_field F25[] = { { "read" }, { "write" }, { "execAll" } };
static const wbx_field F26[] = { { "v", &T[44], 0 } };
static const wbx_field F27[] = { { "f0" }, { "f1" }, { "f2" }, { "f3" }, { "f4" }, { "f5" }, { "f6" }, { "f7" }, { "f8" }, { "f9" }, { "f10" }, { "f11" }, { "f12" }, { "f13" }, { "f14" }, { "f15" }, { "f16" }, { "f17" }, { "f18" }, { "f19" }, { "f20" }, { "f21" }, { "f22" }, { "f23" }, { "f24" }, { "f25" }, { "f26" }, { "f27" }, { "f28" }, { "f29" }, { "f30" }, { "f31" } };
static const wbx_field F28[] = { { "v", &T[46], 0 } };
static const wbx_field F29[] = { { "none" }, { "some", &T[24] } };
static const wbx_field F30[] = { { "v", &T[48], 0 } };
static const wbx_field F31[] = { { "none" }, { "some", &T[10] } };
static const wbx_field F32[] = { { "none" }, { "some", &T[50] } };
static const wbx_field F33[] = { { "v", &T[51], 0 } };
static const wbx_field F34[] = { { "none" }, { "some", &T[51] } };
static const wbx_field F35[] = { { "v", &T[53], 0 } };
static const wbx_field F36[] = { { "ok", &T[2] }, { "err", &T[24] } };
static const wbx_field F37[] = { { "none" }, { "some", &T[14] } };
static const wbx_field F38[] = { { "ok", &T[55] }, { "err", &T[56] } };
static const wbx_field F39[] = { { "v", &T[57], 0 } };
static const wbx_field F40[] = { { "", &T[57], 0 } };
static const wbx_field F41[] = { { "denied" }, { "limit", &T[14] }, { "invalid", &T[24] } };
static const wbx_field F42[] = { { "ok", &T[24] }, { "err", &T[60] } };
static const wbx_field F43[] = { { "v", &T[61], 0 } };
static const wbx_field F44[] = { { "ok", &T[0], 0 } };
static const wbx_field F45[] = { { "ok" }, { "err" } };
static const wbx_field F46[] = { { "none" }, { "some", &T[40] } };
static const wbx_field F47[] = { { "ok", &T[66] }, { "err", &T[42] } };
static const wbx_field F48[] = { { "", &T[22], 0 }, { "", &T[0], 4 }, { "", &T[28], 8 } };
static const wbx_field F49[] = { { "trees", &T[65], 0 }, { "maybe", &T[51], 8 }, { "outcome", &T[67], 24 }, { "pair", &T[68], 72 }, { "perms", &T[44], 88 }, { "wide", &T[46], 92 } };
static const wbx_field F50[] = { { "v", &T[69], 0 } };
static const wbx_field F51[] = { { "a", &T[24], 0 }, { "b", &T[24], 8 }, { "c", &T[24], 16 }, { "d", &T[24], 24 }, { "e", &T[24], 32 }, { "f", &T[24], 40 }, { "g", &T[24], 48 }, { "h", &T[24], 56 }, { "i", &T[24], 64 }, { "j", &T[56], 72 } };
static const wbx_field F52[] = { { "a", &T[24], 0 }, { "b", &T[24], 8 }, { "c", &T[24], 16 }, { "d", &T[24], 24 }, { "e", &T[24], 32 }, { "f", &T[24], 40 }, { "g", &T[24], 48 }, { "h", &T[14], 56 }, { "i", &T[18], 64 } };
static const wbx_field F53[] = { { "none" }, { "some", &T[18] } };
static const wbx_field F54[] = { { "", &T[42], 0 }, { "", &T[73], 4 }, { "", &T[40], 16 } };
static const wbx_field F55[] = { { "v", &T[75], 0 } };
static const wbx_field F56[] = { { "name", &T[24], 0 } };
static const wbx_field F57[] = { { "self", &T[79], 0 } };
static const wbx_field F58[] = { { "left", &T[78], 0 }, { "right", &T[79], 4 } };
static const wbx_field F59[] = { { "ok", &T[78] }, { "err", &T[24] } };
static const wbx_field F60[] = { { "self", &T[84], 0 } };
static const wbx_field F61[] = { { "all", &T[86], 0 } };
static const wbx_field F62[] = { { "names", &T[28], 0 } };
static const wbx_field F63[] = { { "all", &T[89], 0 } };
static const wbx_field F64[] = { { "", &T[10], 0 }, { "", &T[10], 4 } };
static const wbx_field F65[] = { { "text", &T[24], 0 } };
static const wbx_field F66[] = { { "what", &T[24], 0 } };
static const wbx_field F67[] = { { "ok", &T[24] }, { "err", &T[24] } };
static const wbx_field F68[] = { { "v", &T[65], 0 } };
static const wbx_field F69[] = { { "start", &T[14], 0 } };
static const wbx_field F70[] = { { "self", &T[99], 0 }, { "by", &T[14], 8 } };
static const wbx_field F71[] = { { "all", &T[101], 0 } };
static const wbx_field F72[] = { { "self", &T[99], 0 } };
static const wbx_field F73[] = { { "all", &T[104], 0 } };
static const wbx_field F74[] = { { "thing", &T[78], 0 } };
static const wbx_field F75[] = { { "thing", &T[79], 0 } };
static const wbx_field F76[] = { { "none" }, { "some", &T[98] } };
static const wbx_field F77[] = { { "counter", &T[108], 0 } };

static const wbx_type T[110] = {
    /* 0 */ { WBX_BOOL, .align = 1, .size = 1, .flat = 1 },
    /* 1 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F0 },
    /* 2 */ { WBX_U8, .align = 1, .size = 1, .flat = 1 },
    /* 3 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F1 },
    /* 4 */ { WBX_S8, .align = 1, .size = 1, .flat = 1 },
    /* 5 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F2 },
    /* 6 */ { WBX_U16, .align = 2, .size = 2, .flat = 1 },
    /* 7 */ { WBX_TUPLE, .align = 2, .size = 2, .flat = 1, .count = 1, .fields = F3 },
    /* 8 */ { WBX_S16, .align = 2, .size = 2, .flat = 1 },
    /* 9 */ { WBX_TUPLE, .align = 2, .size = 2, .flat = 1, .count = 1, .fields = F4 },
    /* 10 */ { WBX_U32, .align = 4, .size = 4, .flat = 1 },
    /* 11 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F5 },
    /* 12 */ { WBX_S32, .align = 4, .size = 4, .flat = 1 },
    /* 13 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F6 },
    /* 14 */ { WBX_U64, .align = 8, .size = 8, .flat = 1 },
    /* 15 */ { WBX_TUPLE, .align = 8, .size = 8, .flat = 1, .count = 1, .fields = F7 },
    /* 16 */ { WBX_S64, .align = 8, .size = 8, .flat = 1 },
    /* 17 */ { WBX_TUPLE, .align = 8, .size = 8, .flat = 1, .count = 1, .fields = F8 },
    /* 18 */ { WBX_F32, .align = 4, .size = 4, .flat = 1 },
    /* 19 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F9 },
    /* 20 */ { WBX_F64, .align = 8, .size = 8, .flat = 1 },
    /* 21 */ { WBX_TUPLE, .align = 8, .size = 8, .flat = 1, .count = 1, .fields = F10 },
    /* 22 */ { WBX_CHAR, .align = 4, .size = 4, .flat = 1 },
    /* 23 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F11 },
    /* 24 */ { WBX_STRING, .align = 4, .size = 8, .flat = 2 },
    /* 25 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F12 },
    /* 26 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[2] },
    /* 27 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F13 },
    /* 28 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[24] },
    /* 29 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F14 },
    /* 30 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[14] },
    /* 31 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F15 },
    /* 32 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[18] },
    /* 33 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F16 },
    /* 34 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[0] },
    /* 35 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F17 },
    /* 36 */ { WBX_TUPLE, .align = 8, .size = 24, .flat = 4, .count = 3, .fields = F18 },
    /* 37 */ { WBX_TUPLE, .align = 8, .size = 24, .flat = 4, .count = 1, .fields = F19 },
    /* 38 */ { WBX_RECORD, .align = 8, .size = 24, .flat = 4, .count = 3, .fields = F20 },
    /* 39 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[38] },
    /* 40 */ { WBX_VARIANT, .align = 8, .size = 32, .flat = 5, .tag = 1, .payload = 8, .count = 6, .fields = F21 },
    /* 41 */ { WBX_TUPLE, .align = 8, .size = 32, .flat = 5, .count = 1, .fields = F22 },
    /* 42 */ { WBX_ENUM, .align = 1, .size = 1, .flat = 1, .tag = 1, .payload = 1, .count = 3, .fields = F23 },
    /* 43 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F24 },
    /* 44 */ { WBX_FLAGS, .align = 1, .size = 1, .flat = 1, .tag = 1, .count = 3, .fields = F25 },
    /* 45 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F26 },
    /* 46 */ { WBX_FLAGS, .align = 4, .size = 4, .flat = 1, .tag = 4, .count = 32, .fields = F27 },
    /* 47 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F28 },
    /* 48 */ { WBX_OPTION, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F29 },
    /* 49 */ { WBX_TUPLE, .align = 4, .size = 12, .flat = 3, .count = 1, .fields = F30 },
    /* 50 */ { WBX_OPTION, .align = 4, .size = 8, .flat = 2, .tag = 1, .payload = 4, .count = 2, .fields = F31 },
    /* 51 */ { WBX_OPTION, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .tagged = true, .count = 2, .fields = F32 },
    /* 52 */ { WBX_TUPLE, .align = 4, .size = 12, .flat = 3, .count = 1, .fields = F33 },
    /* 53 */ { WBX_OPTION, .align = 4, .size = 16, .flat = 4, .tag = 1, .payload = 4, .count = 2, .fields = F34 },
    /* 54 */ { WBX_TUPLE, .align = 4, .size = 16, .flat = 4, .count = 1, .fields = F35 },
    /* 55 */ { WBX_RESULT, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F36 },
    /* 56 */ { WBX_OPTION, .align = 8, .size = 16, .flat = 2, .tag = 1, .payload = 8, .count = 2, .fields = F37 },
    /* 57 */ { WBX_RESULT, .align = 8, .size = 24, .flat = 4, .tag = 1, .payload = 8, .count = 2, .fields = F38 },
    /* 58 */ { WBX_TUPLE, .align = 8, .size = 24, .flat = 4, .count = 1, .fields = F39 },
    /* 59 */ { WBX_TUPLE, .align = 8, .size = 24, .flat = 4, .count = 1, .fields = F40 },
    /* 60 */ { WBX_VARIANT, .align = 8, .size = 16, .flat = 3, .tag = 1, .payload = 8, .count = 3, .fields = F41 },
    /* 61 */ { WBX_RESULT, .align = 8, .size = 24, .flat = 4, .tag = 1, .payload = 8, .count = 2, .fields = F42 },
    /* 62 */ { WBX_TUPLE, .align = 8, .size = 24, .flat = 4, .count = 1, .fields = F43 },
    /* 63 */ { WBX_TUPLE, .align = 1, .size = 1, .flat = 1, .count = 1, .fields = F44 },
    /* 64 */ { WBX_RESULT, .align = 1, .size = 1, .flat = 1, .tag = 1, .payload = 1, .count = 2, .fields = F45 },
    /* 65 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[40] },
    /* 66 */ { WBX_OPTION, .align = 8, .size = 40, .flat = 6, .tag = 1, .payload = 8, .count = 2, .fields = F46 },
    /* 67 */ { WBX_RESULT, .align = 8, .size = 48, .flat = 7, .tag = 1, .payload = 8, .count = 2, .fields = F47 },
    /* 68 */ { WBX_TUPLE, .align = 4, .size = 16, .flat = 4, .count = 3, .fields = F48 },
    /* 69 */ { WBX_RECORD, .align = 8, .size = 96, .flat = 18, .count = 6, .fields = F49 },
    /* 70 */ { WBX_TUPLE, .align = 8, .size = 96, .flat = 18, .count = 1, .fields = F50 },
    /* 71 */ { WBX_TUPLE, .align = 8, .size = 88, .flat = 20, .count = 10, .fields = F51 },
    /* 72 */ { WBX_TUPLE, .align = 8, .size = 72, .flat = 16, .count = 9, .fields = F52 },
    /* 73 */ { WBX_OPTION, .align = 4, .size = 8, .flat = 2, .tag = 1, .payload = 4, .count = 2, .fields = F53 },
    /* 74 */ { WBX_TUPLE, .align = 8, .size = 48, .flat = 8, .count = 3, .fields = F54 },
    /* 75 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[74] },
    /* 76 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F55 },
    /* 77 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F56 },
    /* 78 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[0] },
    /* 79 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[0] },
    /* 80 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F57 },
    /* 81 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[1] },
    /* 82 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 2, .fields = F58 },
    /* 83 */ { WBX_RESULT, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F59 },
    /* 84 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[1] },
    /* 85 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F60 },
    /* 86 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[79] },
    /* 87 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F61 },
    /* 88 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F62 },
    /* 89 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[78] },
    /* 90 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F63 },
    /* 91 */ { WBX_TUPLE, .align = 1, .size = 0, .flat = 0, .count = 0 },
    /* 92 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 2, .fields = F64 },
    /* 93 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F65 },
    /* 94 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F66 },
    /* 95 */ { WBX_RESULT, .align = 4, .size = 12, .flat = 3, .tag = 1, .payload = 4, .count = 2, .fields = F67 },
    /* 96 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F68 },
    /* 97 */ { WBX_TUPLE, .align = 8, .size = 8, .flat = 1, .count = 1, .fields = F69 },
    /* 98 */ { WBX_OWN, .align = 4, .size = 4, .flat = 1, .resource = &R[2] },
    /* 99 */ { WBX_BORROW, .align = 4, .size = 4, .flat = 1, .resource = &R[2] },
    /* 100 */ { WBX_TUPLE, .align = 8, .size = 16, .flat = 2, .count = 2, .fields = F70 },
    /* 101 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[98] },
    /* 102 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F71 },
    /* 103 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F72 },
    /* 104 */ { WBX_LIST, .align = 4, .size = 8, .flat = 2, .element = &T[99] },
    /* 105 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F73 },
    /* 106 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F74 },
    /* 107 */ { WBX_TUPLE, .align = 4, .size = 4, .flat = 1, .count = 1, .fields = F75 },
    /* 108 */ { WBX_OPTION, .align = 4, .size = 8, .flat = 2, .tag = 1, .payload = 4, .count = 2, .fields = F76 },
    /* 109 */ { WBX_TUPLE, .align = 4, .size = 8, .flat = 2, .count = 1, .fields = F77 },
};

__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("bools"))) extern int32_t wbx_i0(int32_t);
static void c0(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i0((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("u8s"))) extern int32_t wbx_i1(int32_t);
static void c1(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i1((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("s8s"))) extern int32_t wbx_i2(int32_t);
static void c2(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i2((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("u16s"))) extern int32_t wbx_i3(int32_t);
static void c3(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i3((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("s16s"))) extern int32_t wbx_i4(int32_t);
static void c4(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i4((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("u32s"))) extern int32_t wbx_i5(int32_t);
static void c5(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i5((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("s32s"))) extern int32_t wbx_i6(int32_t);
static void c6(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i6((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("u64s"))) extern int64_t wbx_i7(int64_t);
static void c7(const uint64_t *in, uint64_t *out) { *out = (uint64_t)wbx_i7((int64_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("s64s"))) extern int64_t wbx_i8(int64_t);
static void c8(const uint64_t *in, uint64_t *out) { *out = (uint64_t)wbx_i8((int64_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("f32s"))) extern float wbx_i9(float);
static void c9(const uint64_t *in, uint64_t *out) { *out = wbx_from_f32(wbx_i9(wbx_to_f32(in[0]))); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("f64s"))) extern double wbx_i10(double);
static void c10(const uint64_t *in, uint64_t *out) { *out = wbx_from_f64(wbx_i10(wbx_to_f64(in[0]))); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("chars"))) extern int32_t wbx_i11(int32_t);
static void c11(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i11((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("strings"))) extern void wbx_i12(int32_t, int32_t, int32_t);
static void c12(const uint64_t *in, uint64_t *out) { wbx_i12((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("bytes"))) extern void wbx_i13(int32_t, int32_t, int32_t);
static void c13(const uint64_t *in, uint64_t *out) { wbx_i13((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("words"))) extern void wbx_i14(int32_t, int32_t, int32_t);
static void c14(const uint64_t *in, uint64_t *out) { wbx_i14((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("wides"))) extern void wbx_i15(int32_t, int32_t, int32_t);
static void c15(const uint64_t *in, uint64_t *out) { wbx_i15((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("floats"))) extern void wbx_i16(int32_t, int32_t, int32_t);
static void c16(const uint64_t *in, uint64_t *out) { wbx_i16((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("flag-lists"))) extern void wbx_i17(int32_t, int32_t, int32_t);
static void c17(const uint64_t *in, uint64_t *out) { wbx_i17((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("tuples"))) extern void wbx_i18(int32_t, int32_t, int32_t, double, int32_t);
static void c18(const uint64_t *in, uint64_t *out) { wbx_i18((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], wbx_to_f64(in[3]), (int32_t)in[4]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("trees"))) extern void wbx_i19(int32_t, int64_t, int64_t, int32_t, int32_t, int32_t);
static void c19(const uint64_t *in, uint64_t *out) { wbx_i19((int32_t)in[0], (int64_t)in[1], (int64_t)in[2], (int32_t)in[3], (int32_t)in[4], (int32_t)in[5]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("colors"))) extern int32_t wbx_i20(int32_t);
static void c20(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i20((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("permissions"))) extern int32_t wbx_i21(int32_t);
static void c21(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i21((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("wide-permissions"))) extern int32_t wbx_i22(int32_t);
static void c22(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i22((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("options"))) extern void wbx_i23(int32_t, int32_t, int32_t, int32_t);
static void c23(const uint64_t *in, uint64_t *out) { wbx_i23((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("nested"))) extern void wbx_i24(int32_t, int32_t, int32_t, int32_t);
static void c24(const uint64_t *in, uint64_t *out) { wbx_i24((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("thrice"))) extern void wbx_i25(int32_t, int32_t, int32_t, int32_t, int32_t);
static void c25(const uint64_t *in, uint64_t *out) { wbx_i25((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("results"))) extern void wbx_i26(int32_t, int32_t, int64_t, int32_t, int32_t);
static void c26(const uint64_t *in, uint64_t *out) { wbx_i26((int32_t)in[0], (int32_t)in[1], (int64_t)in[2], (int32_t)in[3], (int32_t)in[4]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("outcomes"))) extern void wbx_i27(int32_t, int32_t, int64_t, int32_t, int32_t);
static void c27(const uint64_t *in, uint64_t *out) { wbx_i27((int32_t)in[0], (int32_t)in[1], (int64_t)in[2], (int32_t)in[3], (int32_t)in[4]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("bare-outcomes"))) extern int32_t wbx_i28(int32_t);
static void c28(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i28((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("deeps"))) extern void wbx_i29(int32_t, int32_t);
static void c29(const uint64_t *in, uint64_t *out) { wbx_i29((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("spilled"))) extern void wbx_i30(int32_t, int32_t);
static void c30(const uint64_t *in, uint64_t *out) { wbx_i30((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("exact"))) extern void wbx_i31(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int64_t, float, int32_t);
static void c31(const uint64_t *in, uint64_t *out) { wbx_i31((int32_t)in[0], (int32_t)in[1], (int32_t)in[2], (int32_t)in[3], (int32_t)in[4], (int32_t)in[5], (int32_t)in[6], (int32_t)in[7], (int32_t)in[8], (int32_t)in[9], (int32_t)in[10], (int32_t)in[11], (int32_t)in[12], (int32_t)in[13], (int64_t)in[14], wbx_to_f32(in[15]), (int32_t)in[16]); }
__attribute__((import_module("shapes:guest/host@1.2.0"), import_name("mixed"))) extern void wbx_i32(int32_t, int32_t, int32_t);
static void c32(const uint64_t *in, uint64_t *out) { wbx_i32((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[constructor]thing"))) extern int32_t wbx_i33(int32_t, int32_t);
static void c33(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i33((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[method]thing.name"))) extern void wbx_i34(int32_t, int32_t);
static void c34(const uint64_t *in, uint64_t *out) { wbx_i34((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[method]thing.part"))) extern int32_t wbx_i35(int32_t);
static void c35(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i35((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[static]thing.join"))) extern int32_t wbx_i36(int32_t, int32_t);
static void c36(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i36((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[static]thing.open"))) extern void wbx_i37(int32_t, int32_t, int32_t);
static void c37(const uint64_t *in, uint64_t *out) { wbx_i37((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[method]part.size"))) extern int32_t wbx_i38(int32_t);
static void c38(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i38((int32_t)in[0]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("names"))) extern void wbx_i39(int32_t, int32_t, int32_t);
static void c39(const uint64_t *in, uint64_t *out) { wbx_i39((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("make"))) extern void wbx_i40(int32_t, int32_t, int32_t);
static void c40(const uint64_t *in, uint64_t *out) { wbx_i40((int32_t)in[0], (int32_t)in[1], (int32_t)in[2]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("take"))) extern int32_t wbx_i41(int32_t, int32_t);
static void c41(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i41((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("alive"))) extern void wbx_i42(int32_t);
static void c42(const uint64_t *in, uint64_t *out) { wbx_i42((int32_t)in[0]); }
__attribute__((import_module("$root"), import_name("twice"))) extern int32_t wbx_i43(int32_t);
static void c43(const uint64_t *in, uint64_t *out) { *out = (uint32_t)wbx_i43((int32_t)in[0]); }
__attribute__((import_module("$root"), import_name("print"))) extern void wbx_i44(int32_t, int32_t);
static void c44(const uint64_t *in, uint64_t *out) { wbx_i44((int32_t)in[0], (int32_t)in[1]); }
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[resource-drop]thing"))) extern void wbx_d0(int32_t);
__attribute__((import_module("shapes:guest/things@1.2.0"), import_name("[resource-drop]part"))) extern void wbx_d1(int32_t);
__attribute__((import_module("[export]shapes:guest/counters@1.2.0"), import_name("[resource-drop]counter"))) extern void wbx_d2(int32_t);
__attribute__((import_module("[export]shapes:guest/counters@1.2.0"), import_name("[resource-new]counter"))) extern int32_t wbx_n2(int32_t);
__attribute__((import_module("[export]shapes:guest/counters@1.2.0"), import_name("[resource-rep]counter"))) extern int32_t wbx_r2(int32_t);

static const wbx_resource R[3] = {
    /* 0 */ { "Thing", 0, wbx_d0, NULL, NULL },
    /* 1 */ { "Part", 1, wbx_d1, NULL, NULL },
    /* 2 */ { "Counter", 2, wbx_d2, wbx_n2, wbx_r2 },
};

static const wbx_function I[45] = {
    /* 0 */ { "bools", "host.bools", NULL, NULL, WBX_FREE, NULL, &T[1], &T[0], c0 },
    /* 1 */ { "u8s", "host.u8s", NULL, NULL, WBX_FREE, NULL, &T[3], &T[2], c1 },
    /* 2 */ { "s8s", "host.s8s", NULL, NULL, WBX_FREE, NULL, &T[5], &T[4], c2 },
    /* 3 */ { "u16s", "host.u16s", NULL, NULL, WBX_FREE, NULL, &T[7], &T[6], c3 },
    /* 4 */ { "s16s", "host.s16s", NULL, NULL, WBX_FREE, NULL, &T[9], &T[8], c4 },
    /* 5 */ { "u32s", "host.u32s", NULL, NULL, WBX_FREE, NULL, &T[11], &T[10], c5 },
    /* 6 */ { "s32s", "host.s32s", NULL, NULL, WBX_FREE, NULL, &T[13], &T[12], c6 },
    /* 7 */ { "u64s", "host.u64s", NULL, NULL, WBX_FREE, NULL, &T[15], &T[14], c7 },
    /* 8 */ { "s64s", "host.s64s", NULL, NULL, WBX_FREE, NULL, &T[17], &T[16], c8 },
    /* 9 */ { "f32s", "host.f32s", NULL, NULL, WBX_FREE, NULL, &T[19], &T[18], c9 },
    /* 10 */ { "f64s", "host.f64s", NULL, NULL, WBX_FREE, NULL, &T[21], &T[20], c10 },
    /* 11 */ { "chars", "host.chars", NULL, NULL, WBX_FREE, NULL, &T[23], &T[22], c11 },
    /* 12 */ { "strings", "host.strings", NULL, NULL, WBX_FREE, NULL, &T[25], &T[24], c12 },
    /* 13 */ { "bytes", "host.bytes", NULL, NULL, WBX_FREE, NULL, &T[27], &T[26], c13 },
    /* 14 */ { "words", "host.words", NULL, NULL, WBX_FREE, NULL, &T[29], &T[28], c14 },
    /* 15 */ { "wides", "host.wides", NULL, NULL, WBX_FREE, NULL, &T[31], &T[30], c15 },
    /* 16 */ { "floats", "host.floats", NULL, NULL, WBX_FREE, NULL, &T[33], &T[32], c16 },
    /* 17 */ { "flagLists", "host.flagLists", NULL, NULL, WBX_FREE, NULL, &T[35], &T[34], c17 },
    /* 18 */ { "tuples", "host.tuples", NULL, NULL, WBX_FREE, NULL, &T[37], &T[36], c18 },
    /* 19 */ { "trees", "host.trees", NULL, NULL, WBX_FREE, NULL, &T[41], &T[40], c19 },
    /* 20 */ { "colors", "host.colors", NULL, NULL, WBX_FREE, NULL, &T[43], &T[42], c20 },
    /* 21 */ { "permissions", "host.permissions", NULL, NULL, WBX_FREE, NULL, &T[45], &T[44], c21 },
    /* 22 */ { "widePermissions", "host.widePermissions", NULL, NULL, WBX_FREE, NULL, &T[47], &T[46], c22 },
    /* 23 */ { "options", "host.options", NULL, NULL, WBX_FREE, NULL, &T[49], &T[48], c23 },
    /* 24 */ { "nested", "host.nested", NULL, NULL, WBX_FREE, NULL, &T[52], &T[51], c24 },
    /* 25 */ { "thrice", "host.thrice", NULL, NULL, WBX_FREE, NULL, &T[54], &T[53], c25 },
    /* 26 */ { "results", "host.results", NULL, NULL, WBX_FREE, NULL, &T[58], &T[59], c26 },
    /* 27 */ { "outcomes", "host.outcomes", NULL, NULL, WBX_FREE, NULL, &T[62], &T[61], c27 },
    /* 28 */ { "bareOutcomes", "host.bareOutcomes", NULL, NULL, WBX_FREE, NULL, &T[63], &T[64], c28 },
    /* 29 */ { "deeps", "host.deeps", NULL, NULL, WBX_FREE, NULL, &T[70], &T[69], c29 },
    /* 30 */ { "spilled", "host.spilled", NULL, NULL, WBX_FREE, NULL, &T[71], &T[24], c30 },
    /* 31 */ { "exact", "host.exact", NULL, NULL, WBX_FREE, NULL, &T[72], &T[24], c31 },
    /* 32 */ { "mixed", "host.mixed", NULL, NULL, WBX_FREE, NULL, &T[76], &T[75], c32 },
    /* 33 */ { "constructor", "things.Thing", NULL, NULL, WBX_CONSTRUCTOR, &R[0], &T[77], &T[78], c33 },
    /* 34 */ { "name", "things.Thing.name", NULL, NULL, WBX_METHOD, &R[0], &T[80], &T[24], c34 },
    /* 35 */ { "part", "things.Thing.part", NULL, NULL, WBX_METHOD, &R[0], &T[80], &T[81], c35 },
    /* 36 */ { "join", "things.Thing.join", NULL, NULL, WBX_STATIC, &R[0], &T[82], &T[78], c36 },
    /* 37 */ { "open", "things.Thing.open", NULL, NULL, WBX_STATIC, &R[0], &T[77], &T[83], c37 },
    /* 38 */ { "size", "things.Part.size", NULL, NULL, WBX_METHOD, &R[1], &T[85], &T[10], c38 },
    /* 39 */ { "names", "things.names", NULL, NULL, WBX_FREE, NULL, &T[87], &T[28], c39 },
    /* 40 */ { "make", "things.make", NULL, NULL, WBX_FREE, NULL, &T[88], &T[89], c40 },
    /* 41 */ { "take", "things.take", NULL, NULL, WBX_FREE, NULL, &T[90], &T[10], c41 },
    /* 42 */ { "alive", "things.alive", NULL, NULL, WBX_FREE, NULL, &T[91], &T[92], c42 },
    /* 43 */ { "twice", "twice", NULL, NULL, WBX_FREE, NULL, &T[11], &T[10], c43 },
    /* 44 */ { "print", "print", NULL, NULL, WBX_FREE, NULL, &T[93], NULL, c44 },
};

static const wbx_interface N[4] = {
    /* 0 */ { "shapes:guest/host", "1.2.0", false, 0, 33, 0, 0 },
    /* 1 */ { "shapes:guest/things", "1.2.0", false, 33, 10, 0, 2 },
    /* 2 */ { "twice", NULL, true, 43, 1, 0, 0 },
    /* 3 */ { "print", NULL, true, 44, 1, 0, 0 },
};

const wbx_world_table wbx_world = { N, 4, I, R, 3 };

static const wbx_function E[17] = {
    /* 0 */ { "check", "check", NULL, NULL, WBX_FREE, NULL, &T[94], &T[95], NULL },
    /* 1 */ { "deeps", "echo.deeps", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[70], &T[69], NULL },
    /* 2 */ { "trees", "echo.trees", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[96], &T[65], NULL },
    /* 3 */ { "outcomes", "echo.outcomes", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[62], &T[61], NULL },
    /* 4 */ { "floats", "echo.floats", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[19], &T[18], NULL },
    /* 5 */ { "wides", "echo.wides", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[17], &T[16], NULL },
    /* 6 */ { "permits", "echo.permits", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[47], &T[46], NULL },
    /* 7 */ { "nothing", "echo.nothing", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[91], NULL, NULL },
    /* 8 */ { "spilled", "echo.spilled", "shapes:guest/echo@1.2.0", "echo", WBX_FREE, NULL, &T[71], &T[24], NULL },
    /* 9 */ { "constructor", "counters.Counter", "shapes:guest/counters@1.2.0", "counters", WBX_CONSTRUCTOR, &R[2], &T[97], &T[98], NULL },
    /* 10 */ { "increment", "counters.Counter.increment", "shapes:guest/counters@1.2.0", "counters", WBX_METHOD, &R[2], &T[100], &T[14], NULL },
    /* 11 */ { "merge", "counters.Counter.merge", "shapes:guest/counters@1.2.0", "counters", WBX_STATIC, &R[2], &T[102], &T[98], NULL },
    /* 12 */ { "twin", "counters.Counter.twin", "shapes:guest/counters@1.2.0", "counters", WBX_METHOD, &R[2], &T[103], &T[98], NULL },
    /* 13 */ { "sum", "counters.sum", "shapes:guest/counters@1.2.0", "counters", WBX_FREE, NULL, &T[105], &T[14], NULL },
    /* 14 */ { "keep", "counters.keep", "shapes:guest/counters@1.2.0", "counters", WBX_FREE, NULL, &T[106], &T[24], NULL },
    /* 15 */ { "look", "counters.look", "shapes:guest/counters@1.2.0", "counters", WBX_FREE, NULL, &T[107], &T[24], NULL },
    /* 16 */ { "back", "counters.back", "shapes:guest/counters@1.2.0", "counters", WBX_FREE, NULL, &T[109], &T[108], NULL },
};

__attribute__((export_name("check"))) int32_t wbx_e0(int32_t a0, int32_t a1) { return (int32_t)wbx_export(&E[0], (const uint64_t[]){ (uint32_t)a0, (uint32_t)a1 }); }
__attribute__((export_name("cabi_post_check"))) void wbx_p0(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/echo@1.2.0#deeps"))) int32_t wbx_e1(int32_t a0) { return (int32_t)wbx_export(&E[1], (const uint64_t[]){ (uint32_t)a0 }); }
__attribute__((export_name("cabi_post_shapes:guest/echo@1.2.0#deeps"))) void wbx_p1(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/echo@1.2.0#trees"))) int32_t wbx_e2(int32_t a0, int32_t a1) { return (int32_t)wbx_export(&E[2], (const uint64_t[]){ (uint32_t)a0, (uint32_t)a1 }); }
__attribute__((export_name("cabi_post_shapes:guest/echo@1.2.0#trees"))) void wbx_p2(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/echo@1.2.0#outcomes"))) int32_t wbx_e3(int32_t a0, int32_t a1, int64_t a2, int32_t a3) { return (int32_t)wbx_export(&E[3], (const uint64_t[]){ (uint32_t)a0, (uint32_t)a1, (uint64_t)a2, (uint32_t)a3 }); }
__attribute__((export_name("cabi_post_shapes:guest/echo@1.2.0#outcomes"))) void wbx_p3(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/echo@1.2.0#floats"))) float wbx_e4(float a0) { return wbx_to_f32(wbx_export(&E[4], (const uint64_t[]){ wbx_from_f32(a0) })); }
__attribute__((export_name("shapes:guest/echo@1.2.0#wides"))) int64_t wbx_e5(int64_t a0) { return (int64_t)wbx_export(&E[5], (const uint64_t[]){ (uint64_t)a0 }); }
__attribute__((export_name("shapes:guest/echo@1.2.0#permits"))) int32_t wbx_e6(int32_t a0) { return (int32_t)wbx_export(&E[6], (const uint64_t[]){ (uint32_t)a0 }); }
__attribute__((export_name("shapes:guest/echo@1.2.0#nothing"))) void wbx_e7(void) { wbx_export(&E[7], (const uint64_t[]){ 0 }); }
__attribute__((export_name("shapes:guest/echo@1.2.0#spilled"))) int32_t wbx_e8(int32_t a0) { return (int32_t)wbx_export(&E[8], (const uint64_t[]){ (uint32_t)a0 }); }
__attribute__((export_name("cabi_post_shapes:guest/echo@1.2.0#spilled"))) void wbx_p8(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/counters@1.2.0#[constructor]counter"))) int32_t wbx_e9(int64_t a0) { return (int32_t)wbx_export(&E[9], (const uint64_t[]){ (uint64_t)a0 }); }
__attribute__((export_name("shapes:guest/counters@1.2.0#[method]counter.increment"))) int64_t wbx_e10(int32_t a0, int64_t a1) { return (int64_t)wbx_export(&E[10], (const uint64_t[]){ (uint32_t)a0, (uint64_t)a1 }); }
__attribute__((export_name("shapes:guest/counters@1.2.0#[static]counter.merge"))) int32_t wbx_e11(int32_t a0, int32_t a1) { return (int32_t)wbx_export(&E[11], (const uint64_t[]){ (uint32_t)a0, (uint32_t)a1 }); }
__attribute__((export_name("shapes:guest/counters@1.2.0#[method]counter.twin"))) int32_t wbx_e12(int32_t a0) { return (int32_t)wbx_export(&E[12], (const uint64_t[]){ (uint32_t)a0 }); }
__attribute__((export_name("shapes:guest/counters@1.2.0#sum"))) int64_t wbx_e13(int32_t a0, int32_t a1) { return (int64_t)wbx_export(&E[13], (const uint64_t[]){ (uint32_t)a0, (uint32_t)a1 }); }
__attribute__((export_name("shapes:guest/counters@1.2.0#keep"))) int32_t wbx_e14(int32_t a0) { return (int32_t)wbx_export(&E[14], (const uint64_t[]){ (uint32_t)a0 }); }
__attribute__((export_name("cabi_post_shapes:guest/counters@1.2.0#keep"))) void wbx_p14(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/counters@1.2.0#look"))) int32_t wbx_e15(int32_t a0) { return (int32_t)wbx_export(&E[15], (const uint64_t[]){ (uint32_t)a0 }); }
__attribute__((export_name("cabi_post_shapes:guest/counters@1.2.0#look"))) void wbx_p15(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/counters@1.2.0#back"))) int32_t wbx_e16(int32_t a0, int32_t a1) { return (int32_t)wbx_export(&E[16], (const uint64_t[]){ (uint32_t)a0, (uint32_t)a1 }); }
__attribute__((export_name("cabi_post_shapes:guest/counters@1.2.0#back"))) void wbx_p16(int32_t at) { (void)at; wbx_post_return(); }
__attribute__((export_name("shapes:guest/counters@1.2.0#[dtor]counter"))) void wbx_x2(int32_t rep) { wbx_dispose(rep); }
