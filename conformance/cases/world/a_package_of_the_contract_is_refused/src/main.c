#include "guest.h"

uint32_t exports_guest_one(void) { return 1; }
