#include <iostream>
#include <thread>

int main() {
    std::cout << "before" << std::endl;
    std::thread thread([] { std::cout << "within" << std::endl; });
    thread.join();
}
