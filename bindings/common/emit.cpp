// Writes what a language needs of the value types: emit docs|python|java|surface|reference
// OUTPUT-FOLDER HEADERS...
#include "emit.hpp"

#include "value_types.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>

namespace fs = std::filesystem;
using namespace aistudio::bindings;

namespace {

template <class Types>
std::vector<record_model> records_of() {
    std::vector<record_model> out;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, Types>>(
        [&](auto t) { out.push_back(record_of<typename decltype(t)::type>()); });
    return out;
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush())
        throw std::runtime_error("Cannot write " + file.string() + ".");
}

void run(const std::string& language, const std::vector<fs::path>& headers,
         const fs::path& folder) {
    const source from{records_of<value_types>(), records_of<option_types>(),
                      records_of<internal_types>(), all_operation_models(), doc_reader(headers)};
    const std::map<std::string, std::vector<emitted_file> (*)(const source&)> emitters = {
        {"docs", emit_docs},
        {"python", emit_python_stub},
        {"java", emit_java},
        {"surface", emit_surface},
        {"reference", emit_reference}};
    for (const auto& file : emitters.at(language)(from))
        write(folder / file.name, file.text);
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 4)
            throw std::runtime_error(
                "usage: emit docs|python|java|surface|reference OUTPUT-FOLDER HEADERS...");
        run(argv[1], {argv + 3, argv + argc}, argv[2]);
        return 0;
    } catch (const std::exception& e) {
        std::cerr << "emit: " << e.what() << '\n';
        return 1;
    }
}
