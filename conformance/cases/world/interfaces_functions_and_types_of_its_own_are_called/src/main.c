#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

bool exports_my_kit_calc_area(exports_my_kit_calc_shape_t *of, double *ret, guest_string_t *err) {
    switch (of->tag) {
    case MY_SHAPES_SHAPES_SHAPE_DOT:
        *ret = 0;
        return true;
    case MY_SHAPES_SHAPES_SHAPE_BOX:
        *ret = of->val.box.width * of->val.box.height;
        return true;
    default:
        guest_string_dup(err, "a circle is beyond it");
        return false;
    }
}

uint32_t exports_my_kit_calc_count(exports_my_kit_calc_list_tuple2_shape_marks_t *all) {
    uint32_t seen = 0;
    for (size_t i = 0; i < all->len; i++)
        seen += !(all->ptr[i].f1 & MY_SHAPES_SHAPES_MARKS_HIDDEN);
    exports_my_kit_calc_list_tuple2_shape_marks_free(all);
    return seen;
}

void exports_guest_greet(guest_string_t *name, guest_string_t *ret) {
    char *text = malloc(name->len + 8);
    ret->len = sprintf(text, "hello, %.*s", (int)name->len, (char *)name->ptr);
    ret->ptr = (uint8_t *)text;
    guest_string_free(name);
}

bool words_longest(guest_list_string_t *of, guest_string_t *ret) {
    size_t best = 0;
    for (size_t i = 1; i < of->len; i++)
        if (of->ptr[i].len > of->ptr[best].len) best = i;
    if (of->len == 0) return false;
    ret->len = of->ptr[best].len;
    ret->ptr = malloc(ret->len);
    memcpy(ret->ptr, of->ptr[best].ptr, ret->len);
    guest_list_string_free(of);
    return true;
}
