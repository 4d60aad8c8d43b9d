// A program of somebody else: it sees the installed headers and nothing more.
#include <aistudio/error.hpp>
#include <aistudio/version.hpp>

#include <iostream>

int main() {
    const aistudio::problem refused =
        aistudio::make_problem(aistudio::errc::invalid_argument, "The name is empty.");
    std::cout << aistudio::version_string << ": " << refused.message() << '\n';
    return refused.message().find("The name is empty.") == std::string::npos ? 1 : 0;
}
