#include "twice.h"
int main(void) { return 0; }
