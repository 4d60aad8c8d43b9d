#include "cli/command.hpp"
#include "cli/input.hpp"
#include "cli/output_folder.hpp"
#include "cli/text.hpp"

#include <charconv>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <string_view>
#include <utility>

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

id_argument<job_id> add_id(CLI::App& verb) { return {verb, "ID", "The job's id"}; }

/// A job that did not succeed is printed all the same, but fails the command.
int print_ended(context& ctx, const job& ended) {
    ctx.print_value(ended);
    return ended.stage == job_stage::succeeded ? succeeded : failed;
}

/// Copies a job's log to `out` until the job ends. Ctrl-C ends the following, not the job.
void follow(context& ctx, const job_id& id, std::ostream& out, log_chunk* kept = nullptr,
            const std::string& role = {}) {
    follow_options options;
    options.role = role;
    const auto sink = [&](const log_chunk& chunk) {
        if (kept == nullptr) {
            out << chunk.text << std::flush;
            return;
        }
        kept->text += chunk.text;
        kept->next_offset = chunk.next_offset;
        kept->end = chunk.end;
    };
    const auto end = ctx.client().jobs().follow_log(id, sink, options);
    if (!end && ctx.watch().signal() != 0)
        ctx.note("The job runs on; stop it with `aistudio job stop " + to_string(id) + "`.");
    if (kept != nullptr) {
        kept->next_offset = end.value();
        kept->end = true;
    }
    end.value();
}

job wait(context& ctx, const job_id& id) {
    wait_options options;
    if (const auto limit = ctx.timeout())
        options.timeout = *limit;
    return ctx.client().jobs().wait(id, options).value();
}

std::string factor_text(int factor) {
    return factor == 0 ? "not stated" : std::to_string(factor) + "x";
}

/// Says what a submission uses up before it is made. A service without the list of choices says
/// nothing.
void note_price(context& ctx, const std::string& device, int gpus) {
    if (gpus == 1)
        return;
    const auto choices = ctx.client().jobs().options(device);
    if (!choices)
        return;
    for (const auto& one : choices->resources)
        if (one.gpus == gpus && one.price_factor > 0)
            ctx.note(std::to_string(gpus) + " " + device + " use up compute time " +
                     factor_text(one.price_factor) + " as fast as one.");
}

/// Lines of a file as requirements: without comments and empty lines.
std::vector<std::string> requirements_in(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw usage_error("--requirements: `" + file.string() + "` cannot be read.");
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) {
        line = line.substr(0, line.find('#'));
        const auto first = line.find_first_not_of(" \t\r");
        if (first == std::string::npos)
            continue;
        out.push_back(line.substr(first, line.find_last_not_of(" \t\r") + 1 - first));
    }
    return out;
}

/// A number of seconds or bytes with its unit: `90`, `1.5h`, `512M`. `units` are those beside 1.
std::int64_t with_unit(const std::string& option, const std::string& text, double one,
                       std::initializer_list<std::pair<std::string_view, double>> units) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(parsed.ptr, text.data() + text.size());
    double scale = unit.empty() ? one : 0;
    for (const auto& [name, value] : units)
        if (name == unit)
            scale = value;
    if (parsed.ec != std::errc() || scale == 0 || !(number >= 0 && number * scale < 1e18))
        throw usage_error(option + ": `" + text + "` is not a number with a unit.");
    return static_cast<std::int64_t>(number * scale);
}

std::int64_t milliseconds_of(const std::string& option, const std::string& text) {
    return with_unit(option, text, 1000, {{"ms", 1}, {"s", 1000}, {"m", 60e3}, {"h", 3600e3}});
}

std::int64_t bytes_of(const std::string& option, const std::string& text) {
    return with_unit(option, text, 1, {{"K", 1024.0}, {"M", 1048576.0}, {"G", 1073741824.0}});
}

/// What `submit` and `resubmit` share.
struct run_arguments {
    argument<std::string> remark;
    argument<int> gpus;
    argument<int> trainers;
    argument<int> servers;
    argument<std::vector<std::string>> requirements;
    argument<std::string> requirements_file;
    argument<std::string> time_limit;
    argument<std::string> memory_limit;
    argument<std::string> output_limit;
    argument<bool> following;
    argument<bool> waiting;

    explicit run_arguments(CLI::App& verb)
        : remark(verb, "--remark", "Free text"),
          gpus(verb, "--gpus,-g", "Number of accelerators: 1, 4 or 8", new_job{}.gpus),
          trainers(verb, "--trainers", "Processes that train together", 1),
          servers(verb, "--servers", "Parameter servers beside them"),
          requirements(verb, "--requirement,-r",
                       "A Python package to install, such as \"numpy>=1.20\""),
          requirements_file(verb, "--requirements", "A file with such packages, one a line"),
          time_limit(verb, "--time-limit", "Longest run time: 90 (seconds), 30m, 2h; 0: none"),
          memory_limit(verb, "--memory-limit", "Most memory: bytes, 512M, 4G; 0: none"),
          output_limit(verb, "--output-limit",
                       "Most output, and most log: bytes, 512M, 4G; 0: none"),
          following(verb, "--follow,-f", "Show the log until the job ends"),
          waiting(verb, "--wait,-w", "Wait until the job ends") {
        gpus.check(CLI::IsMember({1, 4, 8}));
        requirements.shown_as("PACKAGE");
        requirements_file.shown_as("FILE");
        for (const auto& one : {time_limit, memory_limit, output_limit})
            one.shown_as("LIMIT");
    }

    [[nodiscard]] std::vector<std::string> all_requirements() const {
        auto out = *requirements;
        if (requirements_file.given())
            for (auto& one : requirements_in(*requirements_file))
                out.push_back(std::move(one));
        return out;
    }
    /// The limits that were given, into a new job or the changes of one.
    void take_limits(auto& what) const {
        if (time_limit.given())
            what.time_limit_ms = milliseconds_of("--time-limit", *time_limit);
        if (memory_limit.given())
            what.memory_limit_bytes = bytes_of("--memory-limit", *memory_limit);
        if (output_limit.given())
            what.output_limit_bytes = bytes_of("--output-limit", *output_limit);
    }
};

int print_submitted(context& ctx, const run_arguments& given, const job& submitted);

/// Ctrl-C during the upload leaves no job behind that waits for its code.
job submit(context& ctx, const new_job& what) {
    const auto options = ctx.transfer("Uploading the code");
    return ctx
        .cancellable<job>([&](const client& c, auto handler) {
            c.jobs().async_submit(what, options, std::move(handler));
        })
        .value();
}

/// Puts all that a submission needs on `verb`, `aistudio job submit` or `aistudio submit job`.
void take_submission(CLI::App& verb, context& ctx, const std::string& usual_environment) {
    const auto name = argument<std::string>(verb, "--name,-n", "The job's name").required();
    const auto folder = argument<std::string>(verb, "--folder,--path,-p",
                                              "Folder with the code, at most 50 MiB packed; "
                                              "default: the project's files")
                            .shown_as("FOLDER");
    const argument<std::string> command(
        verb, "--cmd,-c", "Shell command, started in the folder; default: the project's main file");
    const auto project = argument<std::int64_t>(verb, "--project", "The project it belongs to")
                             .shown_as("ID")
                             .check(positive());
    const auto datasets =
        argument<std::vector<std::int64_t>>(verb, "--dataset,--mount_dataset,-m",
                                            "Mount a dataset, at most 3; default: the project's")
            .shown_as("ID")
            .check(positive());
    const argument<std::string> environment(verb, "--env,-e", "Environment", usual_environment);
    const argument<std::string> device(verb, "--device,-d", "Kind of accelerator",
                                       new_job{}.device);
    const auto payment =
        argument<std::string>(verb, "--payment", "How it is paid for: acoin or coupon",
                              new_job{}.payment)
            .check(CLI::IsMember({"acoin", "coupon"}));
    const run_arguments more(verb);
    on_run(verb, ctx, [=, &ctx] {
        if (!project.given() && (!folder.given() || !command.given()))
            throw usage_error("Give --folder and --cmd, or the --project whose code is to run.");
        new_job what;
        what.name = *name;
        what.folder = *folder;
        what.command = *command;
        what.environment = *environment;
        what.device = *device;
        what.payment = *payment;
        what.datasets = ids_of<dataset_id>(*datasets);
        if (project.given())
            what.project = project_id(*project);
        what.remark = *more.remark;
        what.gpus = *more.gpus;
        what.trainers = *more.trainers;
        what.servers = *more.servers;
        what.requirements = more.all_requirements();
        more.take_limits(what);
        note_price(ctx, what.device, what.gpus);
        return print_submitted(ctx, more, submit(ctx, what));
    });
}

void add_submit(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "submit", "Run a command in a folder of code as a job",
                          "aistudio job submit --name train --folder code --cmd \"python "
                          "train.py\" --project 5 --follow");
    take_submission(verb, ctx, new_job{}.environment);
}

/// The official form; its usual environment is another.
void add_submit_job(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "submit", "`submit job`, as the official command has it");
    auto& verb = add_verb(noun, "job", "Run a command in a folder of code as a job",
                          "aistudio submit job -n train -p code -c \"python train.py\" -m 3");
    take_submission(verb, ctx, "paddle2.6_py3.10");
}

/// The job, or what becomes of it.
int print_submitted(context& ctx, const run_arguments& given, const job& submitted) {
    if (!*given.following && !*given.waiting)
        return ctx.print_value(submitted);
    ctx.note("Job " + to_string(submitted.id));
    if (*given.following)
        follow(ctx, submitted.id, ctx.global.json ? std::cerr : std::cout);
    return print_ended(ctx, wait(ctx, submitted.id));
}

void add_resubmit(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "resubmit", "Run a job anew, with what is given changed",
                          "aistudio job resubmit ID\n"
                          "aistudio job resubmit ID --cmd \"python train.py --rate 0.1\" --remark "
                          "\"rate 0.1\" --follow\n"
                          "aistudio job version ID --to code    (then change it, and)\n"
                          "aistudio job resubmit ID --folder code");
    const auto id = add_id(verb);
    const argument<std::string> name(verb, "--name,-n", "Another name");
    const auto folder =
        argument<std::string>(verb, "--folder,--path,-p", "Other code than the job's own")
            .shown_as("FOLDER");
    const argument<std::string> command(verb, "--cmd,-c", "Another command");
    const argument<std::string> environment(verb, "--env,-e", "Another environment");
    const run_arguments more(verb);
    on_run(verb, ctx, [=, &ctx] {
        const auto if_given = [](const auto& from, auto& to) {
            if (from.given())
                to = *from;
        };
        job_changes changes;
        if_given(name, changes.name);
        if_given(command, changes.command);
        if_given(environment, changes.environment);
        if_given(more.remark, changes.remark);
        if_given(more.gpus, changes.gpus);
        if_given(more.trainers, changes.trainers);
        if_given(more.servers, changes.servers);
        if (folder.given())
            changes.folder = *folder;
        changes.requirements = more.all_requirements();
        more.take_limits(changes);
        const auto options = ctx.transfer("Uploading the code");
        const auto submitted = ctx.cancellable<job>([&](const client& c, auto handler) {
            c.jobs().async_resubmit(*id, changes, options, std::move(handler));
        });
        return print_submitted(ctx, more, submitted.value());
    });
}

void add_version(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "version", "List a job's code as it was submitted, or write it",
                          "aistudio job version ID\naistudio job version ID --to code");
    const auto id = add_id(verb);
    const auto to =
        argument<std::string>(verb, "--to", "Write the files below this folder").shown_as("FOLDER");
    on_run(verb, ctx, [=, &ctx] {
        const auto jobs = ctx.client().jobs();
        if (to.given())
            return ctx.print_files({jobs.download_code(*id, *to, ctx.transfer("code")).value()});
        const auto found = jobs.version(*id).value();
        if (ctx.global.json)
            return ctx.write_json(found);
        if (found.number)
            ctx.note("Version " + std::to_string(*found.number) + " of the job's project");
        return ctx.print_value(found.files);
    });
}

/// What a person wants to see of `job_choices`.
struct resource_row {
    std::string device;
    int gpus = 0;
    std::string price_factor;
};
BOOST_DESCRIBE_STRUCT(resource_row, (), (device, gpus, price_factor))

void add_options(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "options", "Show what a job may ask for, with price factors",
                          "aistudio job options");
    const argument<std::string> device(verb, "--device,-d", "Only accelerators of this kind");
    on_run(verb, ctx, [=, &ctx] {
        const auto choices = ctx.client().jobs().options(*device).value();
        if (ctx.global.json)
            return ctx.write_json(choices);
        std::vector<resource_row> rows;
        for (const auto& one : choices.resources)
            rows.push_back({one.device, one.gpus, factor_text(one.price_factor)});
        ctx.print_value(choices.environments);
        ctx.write("\n");
        ctx.print_value(rows);
        ctx.note("The factor is what the cloud charges; a local studio charges nothing. It runs " +
                 std::to_string(choices.max_running) + " jobs at a time.");
        return succeeded;
    });
}

CLI::IsMember stages() { return CLI::IsMember(enum_names<job_stage>(), CLI::ignore_case); }

argument<std::string> add_stage(CLI::App& verb, const std::string& names) {
    return argument<std::string>(verb, names, "Only jobs in this stage").transform(stages());
}

/// As the official command, which takes any text: the service may know other stages.
CLI::Validator usual_case_of_stages() {
    return {[](std::string& text) {
                (void)stages()(text);
                return std::string{};
            },
            ""};
}

job_filter filter_of(const argument<std::string>& name, const argument<std::string>& stage) {
    job_filter filter;
    filter.name = *name;
    if (!stage->empty())
        filter.stage = open_enum<job_stage>::from_name(*stage);
    return filter;
}

/// A day is its beginning.
timestamp time_of(const std::string& option, std::string text) {
    if (text.size() == std::string_view("2026-11-22").size())
        text += "T00:00:00Z";
    const auto time = parse_timestamp(text);
    if (!time)
        throw usage_error(option + ": `" + text + "` is not a time such as 2026-11-22T08:30:00Z.");
    return *time;
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the jobs, newest first",
                          "aistudio job list --stage Running\n"
                          "aistudio job list --project 5 --remark \"rate 0.1\"\n"
                          "aistudio job list --from 2026-11-21 --before 2026-11-22T12:00:00Z");
    const argument<std::string> name(verb, "--name,-n", "Only jobs with this in their name");
    const auto stage = add_stage(verb, "--stage,-s");
    const auto project = argument<std::int64_t>(verb, "--project", "Only jobs of this project")
                             .shown_as("ID")
                             .check(positive());
    const argument<std::string> remark(verb, "--remark", "Only jobs with this in their remark");
    const auto from =
        argument<std::string>(verb, "--from", "Only jobs submitted then or later, UTC")
            .shown_as("TIME");
    const auto before =
        argument<std::string>(verb, "--before", "Only jobs submitted before").shown_as("TIME");
    on_run(verb, ctx, [=, &ctx] {
        auto filter = filter_of(name, stage);
        filter.remark = *remark;
        if (project.given())
            filter.project = project_id(*project);
        if (from.given())
            filter.created_from = time_of("--from", *from);
        if (before.given())
            filter.created_before = time_of("--before", *before);
        return ctx.print(ctx.client().jobs().list(filter));
    });
}

/// The one job that is meant, if it is of the name and stage asked for; no such job at all is an
/// error.
std::vector<job> find_job(context& ctx, const job_id& id, const job_filter& filter) {
    auto found = ctx.client().jobs().get(id).value();
    const bool named = filter.name.empty() || found.name == filter.name;
    const bool staged = filter.stage == job_filter{}.stage || found.stage == filter.stage;
    return named && staged ? std::vector{std::move(found)} : std::vector<job>{};
}

/// The official form of `job list`.
void add_jobs(CLI::App& root, context& ctx) {
    auto& verb = add_verb(root, "jobs", "List the jobs, as the official command does",
                          "aistudio jobs --status Running\naistudio jobs ID");
    const argument<std::string> id(verb, "ID", "Only this job");
    const argument<std::string> name(verb, "--name,-n", "Only jobs of this name");
    const auto stage = argument<std::string>(verb, "--status,--stage,-s", "Only jobs in this stage")
                           .transform(usual_case_of_stages());
    on_run(verb, ctx, [=, &ctx] {
        const auto filter = filter_of(name, stage);
        return id->empty() ? ctx.print(ctx.client().jobs().list(filter))
                           : ctx.print_value(find_job(ctx, job_id(*id), filter));
    });
}

void add_show(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "show", "Show a job", "aistudio job show ID");
    const auto id = add_id(verb);
    on_run(verb, ctx, [=, &ctx] { return ctx.print(ctx.client().jobs().get(*id)); });
}

/// The log as it is now.
log_chunk whole_log(context& ctx, const job_id& id, const std::string& role) {
    log_chunk whole;
    while (!whole.end) {
        const auto piece = ctx.client().jobs().log(id, whole.next_offset, role).value();
        whole.text += piece.text;
        whole.next_offset = piece.next_offset;
        whole.end = piece.end;
        if (piece.text.empty())
            break;
    }
    return whole;
}

void add_log(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "log", "Print a job's log",
                          "aistudio job log ID --follow\naistudio job log ID --role trainer.1");
    const auto id = add_id(verb);
    const argument<std::string> role(verb, "--role", "Only one process's: trainer.0, pserver.0");
    const argument<bool> following(verb, "--follow,-f", "Go on until the job ends");
    on_run(verb, ctx, [=, &ctx] {
        if (!*following) {
            const auto log = whole_log(ctx, *id, *role);
            return ctx.global.json ? ctx.write_json(log) : ctx.write(log.text);
        }
        log_chunk kept;
        follow(ctx, *id, std::cout, ctx.global.json ? &kept : nullptr, *role);
        return ctx.global.json ? ctx.write_json(kept) : succeeded;
    });
}

void add_wait(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "wait", "Wait until a job ends; exit status 1 unless it succeeded",
                          "aistudio job wait ID --timeout 600");
    const auto id = add_id(verb);
    on_run(verb, ctx, [=, &ctx] { return print_ended(ctx, wait(ctx, *id)); });
}

int stop(context& ctx, const job_id& id) {
    return ctx.print_done(ctx.client().jobs().stop(id), to_string(id), "stopped");
}

void add_stop(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "stop", "End a job and all its processes", "aistudio job stop ID");
    const auto id = add_id(verb);
    on_run(verb, ctx, [=, &ctx] { return stop(ctx, *id); });
}

/// The official form, which asks first.
void add_stop_job(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "stop", "`stop job`, as the official command has it");
    auto& verb = add_verb(noun, "job", "End a job and all its processes, after a question",
                          "aistudio stop job ID --force");
    const auto id = add_id(verb);
    const argument<bool> force(verb, "--force,-f", "Do not ask");
    on_run(verb, ctx, [=, &ctx] {
        if (*force || confirmed("Stop " + id.text() + "?", ctx.watch()))
            return stop(ctx, *id);
        ctx.note("The job runs on.");
        return failed;
    });
}

void add_outputs(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "outputs", "List a job's output files", "aistudio job outputs ID");
    const auto id = add_id(verb);
    on_run(verb, ctx, [=, &ctx] { return ctx.print(ctx.client().jobs().outputs(*id)); });
}

/// What `ls` of the official command shows, below a job's id.
void add_ls(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "ls", "List one folder of a job's output; folders end in /",
                          "aistudio job ls ID\naistudio job ID ls model");
    const auto id = add_id(verb);
    const argument<std::string> folder(verb, "FOLDER", "Which one; default: the output itself");
    on_run(verb, ctx, [=, &ctx] {
        auto found = folder_of_outputs(ctx.client().jobs().outputs(*id).value(), *folder);
        if (found.empty() && folder.given())
            throw api_error(make_problem(errc::file_not_found, "The output of " + id.text() +
                                                                   " has no folder `" +
                                                                   one_line(*folder) + "`."));
        return ctx.print_value(found);
    });
}

void add_cp(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "cp", "Download one output file",
                          "aistudio job cp ID model/model.pdiparams .\n"
                          "aistudio job ID cp model/model.pdiparams /tmp/weights");
    const auto id = add_id(verb);
    const auto file =
        argument<std::string>(verb, "FILE", "The file's path below the output folder").required();
    const auto to =
        argument<std::string>(verb, "LOCAL", "Existing folder, or the file's new name").required();
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_files(
            {ctx.client().jobs().download_output(*id, *file, *to, ctx.transfer(*file)).value()});
    });
}

/// All output files, under their own names below `folder`.
std::vector<fs::path> download_all(context& ctx, const job_id& id, const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& file : ctx.client().jobs().outputs(id).value()) {
        const auto target = path_below(folder, file.path);
        fs::create_directories(target.parent_path());
        files.push_back(ctx.client()
                            .jobs()
                            .download_output(id, file.path, target, ctx.transfer(file.path))
                            .value());
    }
    return files;
}

void add_job_download(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "download", "Download one output file, all, or an archive",
                          "aistudio job download ID --to results\n"
                          "aistudio job download ID model/model.pdiparams\n"
                          "aistudio job download ID --archive output");
    const auto id = add_id(verb);
    const argument<std::string> path(verb, "PATH", "One file, as `outputs` shows it; default: all");
    const auto to =
        argument<std::string>(verb, "--to", "Existing folder, or the file's new name", ".")
            .shown_as("PATH");
    const auto archive =
        argument<std::string>(verb, "--archive",
                              "ID_log.tar.gz or ID_output.tar.gz of a job that has ended")
            .check(CLI::IsMember({"log", "output"}))
            .excludes(path);
    on_run(verb, ctx, [=, &ctx] {
        const auto jobs = ctx.client().jobs();
        if (archive.given()) {
            const auto which = *archive == "log" ? job_archive::log : job_archive::output;
            return ctx.print_files(
                {jobs.download_archive(*id, which, *to, ctx.transfer(*archive)).value()});
        }
        if (path.given())
            return ctx.print_files(
                {jobs.download_output(*id, *path, *to, ctx.transfer(*path)).value()});
        return ctx.print_files(download_all(ctx, *id, *to));
    });
}

} // namespace

void add_job(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "job", "Jobs: commands that run on the service");
    add_submit(noun, ctx);
    add_resubmit(noun, ctx);
    add_options(noun, ctx);
    add_version(noun, ctx);
    add_list(noun, ctx);
    add_show(noun, ctx);
    add_log(noun, ctx);
    add_wait(noun, ctx);
    add_stop(noun, ctx);
    add_outputs(noun, ctx);
    add_ls(noun, ctx);
    add_cp(noun, ctx);
    add_job_download(noun, ctx);
}

void add_official_job_forms(CLI::App& root, context& ctx) {
    add_submit_job(root, ctx);
    add_jobs(root, ctx);
    add_stop_job(root, ctx);
}

} // namespace aistudio::cli
