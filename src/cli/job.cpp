#include "cli/command.hpp"
#include "cli/input.hpp"
#include "cli/output_folder.hpp"
#include "cli/text.hpp"

#include <iostream>

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
void follow(context& ctx, const job_id& id, std::ostream& out, log_chunk* kept = nullptr) {
    const auto sink = [&](const log_chunk& chunk) {
        if (kept == nullptr) {
            out << chunk.text << std::flush;
            return;
        }
        kept->text += chunk.text;
        kept->next_offset = chunk.next_offset;
        kept->end = chunk.end;
    };
    const auto end = ctx.client().jobs().follow_log(id, sink);
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
                                              "Folder with the code; at most 50 MiB packed")
                            .required()
                            .shown_as("FOLDER");
    const auto command =
        argument<std::string>(verb, "--cmd,-c", "Shell command, started in the folder").required();
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
    const auto gpus =
        argument<int>(verb, "--gpus,-g", "Number of accelerators: 1, 4 or 8", new_job{}.gpus)
            .check(CLI::IsMember({1, 4, 8}));
    const auto payment =
        argument<std::string>(verb, "--payment", "How it is paid for: acoin or coupon",
                              new_job{}.payment)
            .check(CLI::IsMember({"acoin", "coupon"}));
    const argument<std::string> remark(verb, "--remark", "Free text");
    const argument<bool> following(verb, "--follow,-f", "Show the log until the job ends");
    const argument<bool> waiting(verb, "--wait,-w", "Wait until the job ends");
    on_run(verb, ctx, [=, &ctx] {
        new_job what;
        what.name = *name;
        what.folder = *folder;
        what.command = *command;
        what.environment = *environment;
        what.device = *device;
        what.gpus = *gpus;
        what.payment = *payment;
        what.remark = *remark;
        what.datasets = ids_of<dataset_id>(*datasets);
        if (project.given())
            what.project = project_id(*project);
        const job submitted = submit(ctx, what);
        if (!*following && !*waiting)
            return ctx.print_value(submitted);
        ctx.note("Job " + to_string(submitted.id));
        if (*following)
            follow(ctx, submitted.id, ctx.global.json ? std::cerr : std::cout);
        return print_ended(ctx, wait(ctx, submitted.id));
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

argument<std::string> add_stage(CLI::App& verb, const std::string& names) {
    return argument<std::string>(verb, names, "Only jobs in this stage")
        .transform(CLI::IsMember({"Pending", "Running", "Succeeded", "Failed", "Stopped"},
                                 CLI::ignore_case));
}

job_filter filter_of(const argument<std::string>& name, const argument<std::string>& stage) {
    job_filter filter{*name, {}};
    if (!stage->empty())
        filter.stage = open_enum<job_stage>::from_name(*stage);
    return filter;
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the jobs", "aistudio job list --stage Running");
    const argument<std::string> name(verb, "--name,-n", "Only jobs of this name");
    const auto stage = add_stage(verb, "--stage,-s");
    on_run(verb, ctx,
           [=, &ctx] { return ctx.print(ctx.client().jobs().list(filter_of(name, stage))); });
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
    const auto stage = add_stage(verb, "--status,--stage,-s");
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
log_chunk whole_log(context& ctx, const job_id& id) {
    log_chunk whole;
    while (!whole.end) {
        const auto piece = ctx.client().jobs().log(id, whole.next_offset).value();
        whole.text += piece.text;
        whole.next_offset = piece.next_offset;
        whole.end = piece.end;
        if (piece.text.empty())
            break;
    }
    return whole;
}

void add_log(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "log", "Print a job's log", "aistudio job log ID --follow");
    const auto id = add_id(verb);
    const argument<bool> following(verb, "--follow,-f", "Go on until the job ends");
    on_run(verb, ctx, [=, &ctx] {
        if (!*following) {
            const auto log = whole_log(ctx, *id);
            return ctx.global.json ? ctx.write_json(log) : ctx.write(log.text);
        }
        log_chunk kept;
        follow(ctx, *id, std::cout, ctx.global.json ? &kept : nullptr);
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

void add_download(CLI::App& noun, context& ctx) {
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
    add_list(noun, ctx);
    add_show(noun, ctx);
    add_log(noun, ctx);
    add_wait(noun, ctx);
    add_stop(noun, ctx);
    add_outputs(noun, ctx);
    add_ls(noun, ctx);
    add_cp(noun, ctx);
    add_download(noun, ctx);
}

void add_official_job_forms(CLI::App& root, context& ctx) {
    add_submit_job(root, ctx);
    add_jobs(root, ctx);
    add_stop_job(root, ctx);
}

} // namespace aistudio::cli
