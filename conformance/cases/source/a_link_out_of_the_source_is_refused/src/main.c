#include "out.h"
int main(void) { return 0; }
