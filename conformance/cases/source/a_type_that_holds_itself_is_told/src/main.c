struct A { int b; struct A a; };
int main(void) { return 0; }
