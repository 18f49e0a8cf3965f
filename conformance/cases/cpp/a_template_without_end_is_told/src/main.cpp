template <class T> struct A { typename A<A<T>>::type a; };
A<int> a;
int main() {}
