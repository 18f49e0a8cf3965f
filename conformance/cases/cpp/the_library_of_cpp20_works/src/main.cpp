#include <algorithm>
#include <format>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <typeinfo>
#include <vector>

template <typename T>
concept Number = requires(T a, T b) { a + b; };

template <Number T>
static T sum(const std::vector<T> &all) {
    T total{};
    for (const T &one : all) total = total + one;
    return total;
}

struct Shape {
    virtual ~Shape() = default;
};
struct Circle : Shape {};

int main() {
    std::map<std::string, int> ages{{"Ada", 36}, {"Grace", 85}};
    for (const auto &[name, age] : ages) std::cout << std::format("{:>6} {:3}\n", name, age);
    std::vector<int> numbers{5, 3, 4, 1, 2};
    std::ranges::sort(numbers);
    for (int n : numbers | std::views::filter([](int n) { return n % 2; })) std::cout << n << ' ';
    std::cout << "sum " << sum(numbers) << '\n';
    std::unique_ptr<Shape> shape = std::make_unique<Circle>();
    std::cout << (dynamic_cast<Circle *>(shape.get()) && typeid(*shape) == typeid(Circle)) << '\n';
    std::optional<std::string> none;
    std::cout << none.value_or("nothing") << '\n';
}
