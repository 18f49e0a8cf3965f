#include <vector>
#include <cstdio>

int main() {
    std::vector<int> one(1);
    puts("before");
    fflush(stdout);
    return one.at(2);
}
