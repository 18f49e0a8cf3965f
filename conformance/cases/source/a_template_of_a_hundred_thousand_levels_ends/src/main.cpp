template <int N> struct D { static const int v = D<N - 1>::v + 1; };
template <> struct D<0> { static const int v = 0; };
int main() { return D<100000>::v; }
