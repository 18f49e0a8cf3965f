#include "mix.h"

UNARY(·Ones, I64Popcnt)
