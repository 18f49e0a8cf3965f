#include "../manifest.org"
int main(void) { return 0; }
