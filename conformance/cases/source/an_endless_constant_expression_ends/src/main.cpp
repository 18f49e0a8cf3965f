constexpr int f(int n) { for (;;) n++; return n; }
constexpr int x = f(0);
int main() { return x; }
