extern "C" void __cxa_throw(void *, void *, void (*)(void *));
int main() { __cxa_throw(0, 0, 0); }
