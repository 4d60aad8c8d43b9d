// A local studio with an echoing handler and one prediction service a model, for
// benchmarks/serving.py:
//
//   studio_host FOLDER PYTHON [NAME=MODEL_FOLDER:MAX_BATCH:WORKERS ...]
//
// Prints one line of JSON a service, `{"name", "url"}` with the key in it, then `{"ready": true}`,
// and runs until its standard input ends.
#include <aistudio/local/studio.hpp>
#include <aistudio/sync_client.hpp>

#include <iostream>
#include <stdexcept>
#include <string>

namespace {

struct wanted_service {
    explicit wanted_service(const std::string& text) {
        const auto name_end = text.find('=');
        const auto batch = text.rfind(':', text.rfind(':') - 1);
        if (name_end == std::string::npos || batch == std::string::npos || batch < name_end)
            throw std::invalid_argument("expected NAME=MODEL_FOLDER:MAX_BATCH:WORKERS, not " +
                                        text);
        what.name = text.substr(0, name_end);
        what.model_folder = text.substr(name_end + 1, batch - name_end - 1);
        std::size_t used = 0;
        what.options.max_batch = std::stoi(text.substr(batch + 1), &used);
        what.options.workers = std::stoi(text.substr(batch + used + 2));
    }
    aistudio::new_service what;
};

void print(const std::string& name, const std::string& url, const aistudio::secret& key) {
    std::cout << R"({"name": ")" << name << R"(", "url": ")" << url << "?apiKey=" << key.reveal()
              << "\"}" << std::endl;
}

} // namespace

int main(int count, char** words) try {
    if (count < 3)
        throw std::invalid_argument("usage: studio_host FOLDER PYTHON [SERVICE ...]");
    aistudio::local::studio_options options;
    options.directory = words[1];
    options.python = words[2];
    auto studio = aistudio::local::studio::start(options).value();
    const auto echo = studio
                          .serve("echo",
                                 [](std::string_view json) {
                                     return aistudio::result<std::string>(std::string(json));
                                 })
                          .value();
    print("echo", echo.url, echo.api_key);
    if (count > 3) {
        aistudio::client_options o;
        o.base_url = studio.base_url();
        o.access_token = studio.access_token();
        aistudio::sync_client client(o);
        for (int i = 3; i < count; ++i) {
            auto what = wanted_service(words[i]).what;
            what.project = client.projects().create({.name = what.name}).value().id;
            const auto made = client.services().create(what).value();
            client.services().create_sandbox(made.id).value();
            const auto online = client.services().deploy(made.id).value();
            print(what.name, online.url, online.api_key);
        }
    }
    std::cout << R"({"ready": true})" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
    return 0;
} catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
