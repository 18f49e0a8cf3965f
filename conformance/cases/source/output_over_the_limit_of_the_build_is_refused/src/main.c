char a[1 << 22] = {1}; int main(void) { return a[0]; }
