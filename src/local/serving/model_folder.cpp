#include "local/serving/model_folder.hpp"

#include "local/jobs/workspace.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

namespace aistudio::local::serving::model_folder {
namespace fs = std::filesystem;
namespace {

/// A folder of a model is small; one with more is a mistake (a home folder), and searching it would
/// take long.
constexpr int max_entries = 20000;

problem invalid(std::string why) { return make_problem(errc::invalid_argument, std::move(why)); }

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

fs::path with_extension(fs::path path, const char* extension) {
    return path.replace_extension(extension);
}

/// The parameters of a graph file: `<name>.pdiparams`, or `__params__` or `params` beside
/// `__model__`.
bool has_params(const fs::path& graph) {
    if (graph.filename() == "__model__")
        return is_file(graph.parent_path() / "__params__") ||
               is_file(graph.parent_path() / "params");
    return is_file(with_extension(graph, ".pdiparams"));
}

/// The beginning of a file; of a graph this is enough, its parameters are listed first.
std::string beginning(const fs::path& file) {
    std::string out(std::size_t{1} << 20U, '\0');
    std::ifstream in(file, std::ios::binary);
    in.read(out.data(), static_cast<std::streamsize>(out.size()));
    out.resize(static_cast<std::size_t>(in.gcount()));
    std::erase(out, ' ');
    return out;
}

/// Paddle 3 writes graphs as JSON, and jobs write other JSON files.
bool is_json_graph(const fs::path& file) { return beginning(file).starts_with("{\"base_code\":"); }

/// Whether a JSON graph has a parameter; one that only computes is saved without a parameter file.
bool uses_params(const fs::path& json_graph) {
    return beginning(json_graph).find("{\"#\":\"p\",") != std::string::npos;
}

bool is_graph(const fs::path& file) {
    const auto extension = file.extension();
    return file.filename() == "__model__" || extension == ".pdmodel" || extension == ".onnx" ||
           (extension == ".json" && is_json_graph(file));
}

/// Graph files that `Iterator` finds, relative to `folder`, sorted.
template <class Iterator>
std::vector<std::string> graphs(const fs::path& folder) {
    std::vector<std::string> out;
    std::error_code failed;
    int seen = 0;
    for (Iterator it(folder, fs::directory_options::skip_permission_denied, failed), end;
         !failed && it != end && seen < max_entries; it.increment(failed), ++seen)
        if (is_file(it->path()) && is_graph(it->path()))
            out.push_back(it->path().lexically_relative(folder).generic_string());
    std::sort(out.begin(), out.end());
    return out;
}

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 10;
    std::string out;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
        out += (i == 0 ? "" : ", ") + names[i];
    return names.size() > most ? out + ", ..." : out;
}

result<void> check_folder(const fs::path& folder) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed))
        return invalid("The model folder does not exist; check the path.");
    return {};
}

result<void> check_params(const fs::path& graph, const std::string& name) {
    if (has_params(graph) || (graph.extension() == ".json" && !uses_params(graph)) ||
        graph.filename() == "__model__") // old models keep a file for each parameter
        return {};
    return invalid(
        "The model has no parameters: " + with_extension(name, ".pdiparams").generic_string() +
        " is missing beside " + name + ".");
}

result<void> check_main_program(const fs::path& folder, const std::string& name) {
    if (!jobs::stays_below(name))
        return invalid("The main program must be a path inside the model folder, without `..`.");
    const auto graph = folder / name;
    if (!is_file(graph))
        return invalid("The model folder has no file " + name + "; name its main program.");
    const auto extension = graph.extension();
    if (extension == ".py" || extension == ".onnx")
        return {};
    if (graph.filename() != "__model__" && extension != ".pdmodel" && extension != ".json")
        return invalid(name +
                       " is not a main program: expected *.json, *.pdmodel, __model__, *.onnx or "
                       "*.py.");
    if (extension == ".json" && !is_json_graph(graph))
        return invalid(name + " is JSON, but not a graph that Paddle wrote.");
    return check_params(graph, name);
}

} // namespace

result<std::string> find_main_program(const fs::path& folder) {
    if (auto checked = check_folder(folder); !checked)
        return checked.error();
    auto found = graphs<fs::directory_iterator>(folder);
    if (found.empty())
        found = graphs<fs::recursive_directory_iterator>(folder);
    if (found.size() == 1)
        return found.front();
    if (found.empty())
        return invalid(
            "The folder holds no model: expected a *.json or *.pdmodel file with a *.pdiparams "
            "file beside it, or __model__, as paddle.jit.save and save_inference_model write "
            "them, or a *.onnx file.");
    return invalid("The folder holds several models (" + listed(found) +
                   "); name one of them as the main program.");
}

result<model_spec> check(model_spec model) {
    if (auto checked = check_folder(model.folder); !checked)
        return checked.error();
    if (model.main_program.empty()) {
        auto found = find_main_program(model.folder);
        if (!found)
            return found.error();
        model.main_program = std::move(*found);
    }
    if (auto checked = check_main_program(model.folder, model.main_program); !checked)
        return checked.error();
    return model;
}

} // namespace aistudio::local::serving::model_folder
