#include "cli/context.hpp"

#include "cli/official_files.hpp"
#include "cli/text.hpp"

#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace aistudio::cli {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT: nothing changes the environment here
    return value == nullptr ? "" : value;
}

/// A terminal that understands ANSI codes.
bool is_terminal(int descriptor) { return ::isatty(descriptor) != 0 && variable("TERM") != "dumb"; }

std::size_t terminal_columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// By the rule of POSIX for messages.
std::string language_of_environment() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (auto value = variable(name); !value.empty())
            return value;
    return {};
}

} // namespace

int context::run() {
    try {
        const int status = action();
        std::cout.flush();
        if (!std::cout)
            return report(make_problem(errc::write_failed, "Standard output cannot be written."));
        return status;
    } catch (const interrupted&) {
        return report_interrupt();
    } catch (const usage_error& e) {
        std::cerr << "aistudio: " << e.what() << '\n';
        return wrong_usage;
    } catch (const api_error& e) {
        return watch_ && watch_->signal() != 0 ? report_interrupt() : report(e.problem());
    } catch (const std::filesystem::filesystem_error& e) {
        return report(make_problem(errc::write_failed, e.what()));
    } catch (const std::exception& e) {
        return report(make_problem(errc::internal_error, e.what()));
    }
}

client_options context::client_settings() const {
    client_options out = settings;
    if (!global.base_url.empty())
        out.base_url = global.base_url;
    if (!global.profile.empty())
        out.profile = global.profile;
    if (const auto limit = timeout())
        out.deadline = *limit;
    const auto env = process_environment();
    if (!out.log && chosen_log_level(env) == "debug")
        out.log = [](log_level, std::string_view line) { std::cerr << one_line(line) + '\n'; };
    return out;
}

sync_client& context::client() {
    if (!client_) {
        client_.emplace(client_settings());
        close_when_interrupted();
    }
    return *client_;
}

void context::close_when_interrupted() {
    watch().on_raise([copy = *client_]() mutable { copy.close(); }); // may outlive client_
}

interrupts& context::watch() {
    if (!watch_)
        watch_ = std::make_unique<interrupts>();
    return *watch_;
}

language context::chosen_language() const {
    const auto name = global.lang.empty() ? language_of_environment() : global.lang;
    return name.starts_with("zh") ? language::chinese : language::english;
}

std::optional<std::chrono::milliseconds> context::timeout() const {
    if (global.timeout <= 0)
        return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::chrono::duration<double>(global.timeout));
}

transfer_options context::transfer(std::string label) {
    transfer_options out;
    out.call.deadline = timeout();
    out.progress = [&line = live(), label = std::move(label), columns = terminal_columns(),
                    start = live_line::clock::now()](transfer_progress at) {
        if (line.due())
            line.show(progress_line(label, at, live_line::clock::now() - start, columns));
    };
    return out;
}

bool context::decorates_output() const {
    return is_terminal(STDOUT_FILENO) && variable("NO_COLOR").empty();
}

live_line& context::live() {
    if (!live_)
        live_ = std::make_unique<live_line>(std::cerr, !global.quiet && is_terminal(STDERR_FILENO));
    return *live_;
}

int context::print_done(const result<void>& outcome, std::string id, std::string what) {
    outcome.value();
    const done value{std::move(id), std::move(what)};
    return global.json ? write_json(value) : write(value.id + ' ' + value.done + '\n');
}

int context::print_files(std::vector<std::filesystem::path> files) {
    if (global.json)
        return write_json(downloaded{std::move(files)});
    for (const auto& file : files)
        write(file.string() + '\n');
    return succeeded;
}

int context::write(std::string_view text) {
    live().clear();
    std::cout << text << std::flush;
    return succeeded;
}

void context::note(std::string_view line) {
    live().clear();
    if (!global.quiet)
        std::cerr << line << '\n';
}

int context::report(const problem& p) {
    live().clear();
    const auto text = message_in(chosen_language(), p);
    std::cerr << "aistudio: " << one_line(text) << '\n';
    if (global.json)
        if (const auto json = to_json(report_of(p, chosen_language())))
            std::cout << *json << std::endl;
    return failed;
}

int context::report_interrupt() {
    report(make_problem(errc::cancelled, "Interrupted."));
    return 128 + watch().signal(); // as shells count
}

} // namespace aistudio::cli
