#include <stdlib.h>

#include "guest.h"

struct exports_my_kit_bank_account_t { uint32_t balance; };

static uint32_t open;

exports_my_kit_bank_own_account_t exports_my_kit_bank_constructor_account(uint32_t start) {
    exports_my_kit_bank_account_t *rep = malloc(sizeof *rep);
    rep->balance = start;
    open++;
    return exports_my_kit_bank_account_new(rep);
}

void exports_my_kit_bank_account_destructor(exports_my_kit_bank_account_t *rep) {
    open--;
    free(rep);
}

void exports_my_kit_bank_method_account_add(exports_my_kit_bank_borrow_account_t self, uint32_t more) {
    self->balance += more;
}

uint32_t exports_my_kit_bank_method_account_balance(exports_my_kit_bank_borrow_account_t self) {
    return self->balance;
}

uint32_t exports_my_kit_bank_static_account_open(void) { return open; }

uint32_t exports_my_kit_bank_through(uint32_t start, uint32_t more) {
    exports_my_kit_bank_own_account_t account = exports_my_kit_bank_constructor_account(start);
    exports_my_kit_bank_account_t *rep = exports_my_kit_bank_account_rep(account);
    rep->balance += more;
    uint32_t left = rep->balance;
    exports_my_kit_bank_account_drop_own(account);
    return left;
}
