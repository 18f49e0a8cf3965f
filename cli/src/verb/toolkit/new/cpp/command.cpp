// Arguments and standard input in, standard output and an exit status out.
#include <iostream>
#include <span>
#include <string_view>

int main(int argc, char **argv) {
    if (argc < 2) {
        std::cerr << "usage: " << argv[0] << " NAME...\n";
        return 2;
    }
    for (std::string_view name : std::span(argv + 1, argc - 1))
        std::cout << "Hello, " << name << "!\n";
}
