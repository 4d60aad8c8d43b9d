// A table of houses through a prediction service, many calls at a time, in constant memory.
//
//   predict_many [uci_housing.csv]

#include <aistudio/aistudio.hpp>
#include <aistudio/local/studio.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

struct house {
    double rooms, tax;
};
BOOST_DESCRIBE_STRUCT(house, (), (rooms, tax))

// Reads one house a call, so that the file never has to fit into memory.
class houses {
public:
    explicit houses(const std::string& file) : in_(file) {
        std::string header;
        if (!std::getline(in_, header))
            throw std::runtime_error(file + " cannot be read");
    }
    std::optional<house> operator()() {
        std::string line;
        if (!std::getline(in_, line))
            return std::nullopt;
        house h{};
        std::stringstream cells(line);
        std::string cell;
        for (int column = 0; std::getline(cells, cell, ','); ++column) {
            if (column == 5)
                h.rooms = std::stod(cell);
            if (column == 9)
                h.tax = std::stod(cell);
        }
        return h;
    }

private:
    std::ifstream in_;
};

int main(int argc, char** argv) try {
    const std::string file = argc > 1 ? argv[1] : "examples/data/uci_housing.csv";
    std::string folder = (std::filesystem::temp_directory_path() / "aistudio-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr)
        throw std::runtime_error("cannot make " + folder);

    auto studio = aistudio::local::studio::start({.directory = folder}).value();
    const auto where = studio.serve("prices", [](std::string_view json) {
        const auto h = aistudio::from_json<house>(json).value();
        return aistudio::to_json(9.1 * h.rooms - 0.01 * h.tax - 33.2);
    });
    const aistudio::sync_client client;
    const auto service = client.predictor(where.value()).value();

    aistudio::bulk_options options;
    options.calls_per_second = 5000; // never more
    options.hedge.emplace();         // a second copy of the slowest calls, 2 % of all at most
    if (isatty(STDERR_FILENO) != 0)
        options.progress = [](const aistudio::bulk_progress& p) {
            std::fprintf(stderr, "\r%llu done, %.0f/s", static_cast<unsigned long long>(p.done),
                         p.per_second);
        };

    double sum = 0;
    const auto summary = aistudio::predict_many<double>(
        service, houses(file),
        [&sum](std::uint64_t index, const aistudio::result<double>& price) {
            if (price)
                sum += *price;
            else
                std::fprintf(stderr, "record %llu: %s\n", static_cast<unsigned long long>(index),
                             price.error().message().c_str());
        },
        options);

    const auto& done = summary.value();
    std::printf("%llu houses, %llu failed, %.2f on average\n",
                static_cast<unsigned long long>(done.ok),
                static_cast<unsigned long long>(done.failed), sum / static_cast<double>(done.ok));
    studio.stop();
    std::filesystem::remove_all(folder);
    return done.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "predict_many: %s\n", failure.what());
    return EXIT_FAILURE;
}
