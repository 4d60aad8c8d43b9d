#include "cli/command.hpp"
#include "cli/studio_process.hpp"

#include <aistudio/local/studio.hpp>

#include <chrono>
#include <iostream>
#include <unistd.h>

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

/// How a program finds a studio that it started.
struct announcement {
    std::string base_url;
    secret token;
    std::string user;
};
BOOST_DESCRIBE_STRUCT(announcement, (), (base_url, token, user))

/// How long `local down` waits where no --timeout is given.
constexpr std::chrono::seconds stop_patience{30};

argument<std::string> add_directory(CLI::App& verb) {
    return argument<std::string>(verb, "--dir,-d",
                                 "The studio's folder; default: " +
                                     default_studio_directory().string())
        .shown_as("FOLDER");
}

fs::path directory_of(const argument<std::string>& given) {
    const fs::path chosen = given.given() ? fs::path(*given) : default_studio_directory();
    if (chosen.empty())
        throw usage_error("--dir must not be empty.");
    return fs::absolute(chosen);
}

struct up_arguments {
    argument<std::string> directory;
    argument<int> port;
    argument<std::string> token;
    argument<std::string> user;
    argument<std::string> python;
    argument<std::vector<std::string>> environments;
    argument<bool> no_isolation;
    argument<int> jobs;
    argument<std::vector<std::string>> pip_options;
    argument<bool> detach;

    explicit up_arguments(CLI::App& verb)
        : directory(add_directory(verb)), port(verb, "--port", "TCP port; default: any free one"),
          token(verb, "--token", "Access token; default: the one kept in the folder"),
          user(verb, "--user", "The one user's name", "local"),
          python(verb, "--python", "Interpreter for jobs and models (AISTUDIO_PYTHON)"),
          environments(verb, "--environment", "Interpreter of an environment name"),
          no_isolation(verb, "--no-isolation", "Run jobs as plain processes, not under bubblewrap"),
          jobs(verb, "--jobs", "Jobs that run at a time; the rest wait in order",
               local::studio_options{}.max_running_jobs),
          pip_options(verb, "--pip-option",
                      "A word for pip when it installs packages of jobs; any number of times"),
          detach(verb, "--detach", "Go to the background and return once it answers") {
        port.check(CLI::Range(0, 65535));
        user.shown_as("NAME");
        jobs.check(positive());
        pip_options.shown_as("WORD");
        python.shown_as("PATH");
        environments.shown_as("NAME=PATH");
    }

    [[nodiscard]] local::studio_options options() const {
        local::studio_options out;
        out.directory = directory_of(directory);
        out.port = static_cast<std::uint16_t>(*port);
        out.token = secret(*token);
        out.user = *user;
        out.python = *python;
        out.environments = parse_environments(*environments);
        out.isolate_jobs = !*no_isolation;
        out.max_running_jobs = *jobs;
        out.pip_options = *pip_options;
        return out;
    }
};

void log_line(std::string_view line) {
    std::cerr << to_string(std::chrono::time_point_cast<std::chrono::milliseconds>(
                     std::chrono::system_clock::now()))
              << ' ' << line << std::endl;
}

/// For programs one JSON line with the token; for people how to use it, without.
std::string announce(const context& ctx, const announcement& a, const fs::path& directory,
                     bool own_token) {
    if (ctx.global.json)
        return to_json(a, secrets::reveal).value() + '\n';
    const std::string token =
        own_token ? "THE_TOKEN_YOU_GAVE" : "\"$(cat '" + (directory / "token").string() + "')\"";
    return "The local studio of " + a.user + " answers at " + a.base_url +
           "\n\n"
           "  export AISTUDIO_BASE_URL=" +
           a.base_url +
           "\n"
           "  export AISTUDIO_ACCESS_TOKEN=" +
           token +
           "\n"
           "  aistudio dataset list\n\n";
}

/// Runs a studio until Ctrl-C. `ready` gets the announcement; false from it ends the studio at
/// once.
int serve(context& ctx, const up_arguments& given, const std::function<bool(std::string)>& ready) {
    auto& watch = ctx.watch();
    auto options = given.options();
    if (!ctx.global.quiet)
        options.log = log_line;
    auto studio = local::studio::start(options).value();
    write_running_file(options.directory, {::getpid(), studio.base_url()});
    const announcement a{studio.base_url(), studio.access_token(), studio.user()};
    if (ready(announce(ctx, a, options.directory, !given.token->empty())))
        watch.wait();
    remove_running_file(options.directory);
    studio.stop();
    return succeeded;
}

int up(context& ctx, const up_arguments& given) {
    const auto options = given.options();
    if (!*given.detach)
        return serve(ctx, given, [&](const std::string& text) {
            ctx.write(text);
            ctx.note("Ctrl-C stops it.");
            return true;
        });
    fs::create_directories(options.directory);
    const auto log = options.directory / "studio.log";
    const auto text =
        run_in_background(log, [&](const auto& ready) { return serve(ctx, given, ready); });
    ctx.write(text);
    ctx.note("Its log is " + log.string() + "; `aistudio local down --dir '" +
             options.directory.string() + "'` stops it.");
    return succeeded;
}

void add_up(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "up", "Start a studio; it runs until Ctrl-C",
                          "aistudio local up\n"
                          "aistudio local up --dir /tmp/studio --port 8080 --detach\n"
                          "aistudio local up --json    (one line with base_url, token and user)");
    const up_arguments given(verb);
    on_run(verb, ctx, [=, &ctx] { return up(ctx, given); });
}

void add_status(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "status", "Tell whether a studio runs; exit status 1 when not",
                          "aistudio local status");
    const auto directory = add_directory(verb);
    on_run(verb, ctx, [=, &ctx] {
        const auto found = find_studio(directory_of(directory));
        ctx.print_value(found);
        return found.state == "running" ? succeeded : failed;
    });
}

void add_down(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "down", "Stop a studio, its jobs and its services", "aistudio local down");
    const auto directory = add_directory(verb);
    on_run(verb, ctx, [=, &ctx] {
        auto found = find_studio(directory_of(directory));
        const bool running = found.state == "running";
        if (running && !stop_studio(found, ctx.timeout().value_or(stop_patience)))
            throw api_error(make_problem(errc::deadline_exceeded,
                                         "Process " + std::to_string(*found.pid) + " still runs."));
        if (found.state == "stale")
            remove_running_file(found.directory);
        if (!running)
            ctx.note("No studio runs on " + found.directory.string() + ".");
        found = find_studio(found.directory);
        return ctx.print_value(found);
    });
}

} // namespace

void add_local(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "local", "The local studio: AI Studio on this machine");
    add_up(noun, ctx);
    add_status(noun, ctx);
    add_down(noun, ctx);
    add_faults(noun, ctx);
}

} // namespace aistudio::cli
