// The main job, from a table of house prices to an online prediction service, all on this machine:
// dataset, project, training job with PaddlePaddle, prediction service, ten thousand calls.
//
//   main_job [folder of the examples' data and scripts] [calls]

#include <aistudio/aistudio.hpp>
#include <aistudio/local/studio.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

// What goes to the service: the 13 features of one house, by the names of the data's columns.
struct house {
    double CRIM, ZN, INDUS, CHAS, NOX, RM, AGE, DIS, RAD, TAX, PTRATIO, B, LSTAT;
};
BOOST_DESCRIBE_STRUCT(house, (),
                      (CRIM, ZN, INDUS, CHAS, NOX, RM, AGE, DIS, RAD, TAX, PTRATIO, B, LSTAT))

// What comes back, one element a result of the model: {"predict": [[price]]}.
struct price {
    std::vector<std::vector<double>> predict;
};
BOOST_DESCRIBE_STRUCT(price, (), (predict))

struct sale {
    house features;
    double dollars; // thousands
};

const bool on_terminal = isatty(STDERR_FILENO) != 0;

void progress(std::string_view what) {
    if (on_terminal)
        std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(what.size()), what.data());
}

void clear_progress() { progress(""); }

// The steps and what they took, for the table at the end.
class report {
public:
    void step(std::string name, std::string outcome) {
        const auto now = steady::now();
        rows_.push_back({std::move(name), std::move(outcome), now - last_});
        last_ = now;
        clear_progress();
        std::printf("%-10s %s\n", rows_.back().name.c_str(), rows_.back().outcome.c_str());
        std::fflush(stdout);
    }
    void print() const {
        std::printf("\n%-10s %10s  %s\n", "step", "seconds", "result");
        for (const auto& row : rows_)
            std::printf("%-10s %10.2f  %s\n", row.name.c_str(),
                        std::chrono::duration<double>(row.took).count(), row.outcome.c_str());
    }

private:
    struct row {
        std::string name;
        std::string outcome;
        steady::duration took;
    };
    std::vector<row> rows_;
    steady::time_point last_ = steady::now();
};

// A folder that is gone when the program ends.
class scratch_folder {
public:
    scratch_folder() {
        std::string name = (fs::temp_directory_path() / "aistudio-demo-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("cannot make " + name);
        path_ = name;
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

std::vector<sale> read_sales(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line); // the header
    std::vector<sale> sales;
    while (std::getline(in, line)) {
        sale s{};
        std::vector<double> values;
        std::stringstream cells(line);
        for (std::string cell; std::getline(cells, cell, ',');)
            values.push_back(std::stod(cell));
        if (values.size() != 14)
            throw std::runtime_error(file.string() + " is not the table expected");
        s.features = {values[0], values[1], values[2], values[3],  values[4],  values[5], values[6],
                      values[7], values[8], values[9], values[10], values[11], values[12]};
        s.dollars = values[13];
        sales.push_back(s);
    }
    return sales;
}

double mean_price(const std::vector<sale>& sales) {
    double sum = 0;
    for (const sale& s : sales)
        sum += s.dollars;
    return sum / static_cast<double>(sales.size());
}

// The last line of the job's log so far, to show that it is alive.
void show_log(const aistudio::log_chunk& chunk) {
    if (!on_terminal)
        return;
    std::string_view text = chunk.text;
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    progress(std::string("training   ").append(text.substr(text.rfind('\n') + 1)));
}

aistudio::job train(const aistudio::sync_client& client, const fs::path& code,
                    aistudio::project_id project) {
    auto submitted = client.jobs().submit({.name = "house prices",
                                           .folder = code,
                                           .command = "python train.py",
                                           .project = project,
                                           .remark = "demo"});
    const aistudio::job_id id = submitted.value().id;
    std::string log;
    client.jobs()
        .follow_log(id,
                    [&log](const aistudio::log_chunk& chunk) {
                        log += chunk.text;
                        show_log(chunk);
                    })
        .value();
    aistudio::job done = client.jobs().wait(id).value();
    clear_progress();
    if (done.stage != aistudio::job_stage::succeeded)
        throw std::runtime_error("the job ended as " + std::string(done.stage.name()) + ": " +
                                 done.message + "\n" + log);
    return done;
}

struct load_result {
    std::vector<double> milliseconds; // of each call that was answered
    double error_sum = 0;             // of absolute errors, thousand dollars
    int failed = 0;
    std::string first_failure;
    double seconds = 0;
};

// Calls the service again and again until `calls` have been made; 32 of these run at a time.
boost::asio::awaitable<void> caller(aistudio::predictor service, const std::vector<sale>& sales,
                                    int calls, int& next, load_result& out) {
    while (next < calls) {
        const sale& s = sales[static_cast<std::size_t>(next++) % sales.size()];
        const auto begin = steady::now();
        const auto answer = co_await service.async_predict<std::vector<price>>(s.features);
        if (!answer) {
            if (out.failed++ == 0)
                out.first_failure = answer.error().message();
            continue;
        }
        out.milliseconds.push_back(
            std::chrono::duration<double, std::milli>(steady::now() - begin).count());
        out.error_sum += std::abs(answer->at(0).predict.at(0).at(0) - s.dollars);
        if (out.milliseconds.size() % 500 == 0)
            progress("calling    " + std::to_string(out.milliseconds.size()) + " of " +
                     std::to_string(calls));
    }
}

load_result call_service(const aistudio::endpoint& where, const std::vector<sale>& sales,
                         int calls) {
    boost::asio::io_context io(1);
    const aistudio::client client(io.get_executor());
    const aistudio::predictor service = client.predictor(where).value();
    load_result out;
    int next = 0;
    for (int i = 0; i < 32; ++i) {
        boost::asio::co_spawn(io, caller(service, sales, calls, next, out),
                              [](std::exception_ptr failure) {
                                  if (failure)
                                      std::rethrow_exception(failure);
                              });
    }
    const auto begin = steady::now();
    io.run();
    out.seconds = std::chrono::duration<double>(steady::now() - begin).count();
    std::sort(out.milliseconds.begin(), out.milliseconds.end());
    return out;
}

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty())
        return 0;
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

std::string text(const char* format, auto... values) {
    char buffer[256];
    std::snprintf(buffer, sizeof buffer, format, values...);
    return buffer;
}

int run(const fs::path& examples, int calls) {
    report steps;
    const scratch_folder folder;

    auto studio = aistudio::local::studio::start({.directory = folder.path() / "studio"}).value();
    const aistudio::sync_client client(
        {.base_url = studio.base_url(), .access_token = studio.access_token()});
    steps.step("studio", studio.base_url());

    const auto dataset = client.datasets().create({.name = "uci_housing"}).value();
    const auto file =
        client.datasets().upload(dataset.id, examples / "data" / "uci_housing.csv").value();
    steps.step("dataset",
               text("%s, %lld bytes", file.name.c_str(), static_cast<long long>(file.size)));

    const auto project = client.projects().create({.name = "house prices"}).value();
    client.projects().attach_dataset(project.id, dataset.id).value();
    steps.step("project", "house prices, with the dataset attached");

    const aistudio::job job = train(client, examples / "housing", project.id);
    const fs::path archive =
        client.jobs()
            .download_archive(job.id, aistudio::job_archive::output, folder.path())
            .value();
    const fs::path holdout =
        client.jobs().download_output(job.id, "holdout.csv", folder.path()).value();
    const std::vector<sale> sales = read_sales(holdout);
    steps.step("training",
               to_string(job.id) + " succeeded, " + archive.filename().string() +
                   text(", %lld bytes", static_cast<long long>(fs::file_size(archive))));

    const auto draft = client.services()
                           .create({.name = "house prices",
                                    .project = project.id,
                                    .job = job.id,
                                    .job_path = "model",
                                    .converter = examples / "housing" / "converter.py"})
                           .value();
    client.services().create_sandbox(draft.id).value();
    const std::string tried =
        client.services().test(draft.id, aistudio::to_json(sales.front().features).value()).value();
    steps.step("sandbox", "answers " + tried);
    const auto service = client.services().deploy(draft.id).value();
    steps.step("service", service.url);

    const load_result load = call_service({service.url, service.api_key}, sales, calls);
    const std::size_t answered = load.milliseconds.size();
    steps.step("calls",
               text("%.0f calls/s, p50 %.2f ms, p99 %.2f ms, %d errors in %d calls, 32 in flight",
                    static_cast<double>(answered) / load.seconds,
                    percentile(load.milliseconds, 0.5), percentile(load.milliseconds, 0.99),
                    load.failed, calls));
    studio.stop();
    steps.print();

    if (load.failed > 0)
        std::fprintf(stderr, "first failure: %s\n", load.first_failure.c_str());
    const double mean = mean_price(sales);
    double mean_error = 0;
    for (const sale& s : sales)
        mean_error += std::abs(s.dollars - mean) / static_cast<double>(sales.size());
    const double error = answered == 0 ? INFINITY : load.error_sum / static_cast<double>(answered);
    std::printf("mean absolute error: %.2f (always the mean: %.2f)\n", error, mean_error);
    return load.failed == 0 && error < mean_error ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char** argv) try {
    const fs::path examples = argc > 1 ? argv[1] : "examples";
    const int calls = argc > 2 ? std::atoi(argv[2]) : 10000;
    return run(examples, calls);
} catch (const std::exception& failure) {
    clear_progress();
    std::fprintf(stderr, "main_job: %s\n", failure.what());
    return EXIT_FAILURE;
}
