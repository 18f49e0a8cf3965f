constexpr int f(int n) { while (true) ++n; return n; }
constexpr int a = f(1);
int main() { return a; }
