#include "cli/application.hpp"

int main(int argc, char** argv) { return aistudio::cli::run(argc, argv); }
