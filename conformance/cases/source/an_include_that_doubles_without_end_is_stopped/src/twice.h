#if __INCLUDE_LEVEL__ < 100
#include "twice.h"
#include "twice.h"
#endif
