// A program of somebody else that embeds the local studio.
#include <aistudio/local/studio.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

int main() {
    std::string folder =
        (std::filesystem::temp_directory_path() / "aistudio-consume-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr)
        return 1;
    aistudio::local::studio_options options;
    options.directory = folder;
    int status = 0;
    {
        auto studio = aistudio::local::studio::start(options);
        if (studio.has_error()) {
            std::cerr << studio.error().message() << '\n';
            status = 1;
        } else {
            std::cout << "studio at " << studio->base_url() << '\n';
        }
    }
    std::filesystem::remove_all(folder);
    return status;
}
