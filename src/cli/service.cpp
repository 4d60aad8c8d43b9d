#include "cli/command.hpp"
#include "cli/input.hpp"

#include <aistudio/codec/json.hpp>

#include <chrono>
#include <ratio>
#include <utility>

namespace aistudio::cli {
namespace {

id_argument<service_id> add_id(CLI::App& verb) { return {verb, "ID", "The service's id"}; }

std::vector<tensor_spec> tensors_of(const std::vector<std::string>& texts) {
    std::vector<tensor_spec> out;
    for (const auto& text : texts)
        out.push_back(parse_tensor(text));
    return out;
}

/// What the options of `create`, `draft` and `update` say about a service.
struct definition_options {
    explicit definition_options(CLI::App& verb)
        : job(argument<std::string>(verb, "--job", "Job whose output holds the model")
                  .shown_as("ID")),
          job_path(
              argument<std::string>(verb, "--job-path", "The model's folder below the job's output")
                  .shown_as("PATH")),
          model(argument<std::string>(verb, "--model",
                                      "Local folder with the model, or a .zip, .tar or .tar.gz")
                    .shown_as("PATH")
                    .excludes(job)
                    .excludes(job_path)),
          project_path(argument<std::string>(
                           verb, "--project-path",
                           "The model's folder among the project's files; . for all of them")
                           .shown_as("PATH")
                           .excludes(job)
                           .excludes(job_path)
                           .excludes(model)),
          files(argument<std::vector<std::string>>(
                    verb, "--file", "A file or folder of the model, where not all are")
                    .shown_as("PATH")),
          program(argument<std::string>(verb, "--main-program",
                                        "The model's graph file (*.json, *.pdmodel, __model__, "
                                        "*.onnx) or a *.py with predict(data); default: found")
                      .shown_as("FILE")),
          converter(
              argument<std::string>(verb, "--converter", "Python file with reader_infer and output")
                  .shown_as("FILE")),
          inputs(argument<std::vector<std::string>>(verb, "--input",
                                                    "An input to check, such as x:-1,13:float32")
                     .shown_as("NAME:SHAPE:DTYPE")),
          outputs(argument<std::vector<std::string>>(verb, "--output", "An output to check")
                      .shown_as("NAME:SHAPE:DTYPE")),
          workers(verb, "--workers", "Processes that answer side by side; default 1"),
          memory(argument<std::int64_t>(verb, "--memory-limit",
                                        "MiB one worker may have; default 4096; 0: no limit")
                     .shown_as("MIB")
                     .check(CLI::NonNegativeNumber)),
          time(argument<std::int64_t>(verb, "--time-limit",
                                      "Longest time of a call; 0: the studio's")
                   .shown_as("MS")),
          max_batch(verb, "--max-batch", "Most calls computed together; default 64"),
          batch_delay(argument<std::int64_t>(verb, "--batch-delay",
                                             "How long a call waits for others; default 0")
                          .shown_as("MS")),
          max_queued(verb, "--max-queued", "Calls that may wait; 0: as the studio has it") {}

    [[nodiscard]] bool names_model() const {
        return job.given() || model.given() || project_path.given();
    }
    [[nodiscard]] bool has_options() const {
        return workers.given() || memory.given() || time.given() || max_batch.given() ||
               batch_delay.given() || max_queued.given();
    }
    /// `from` with what was given.
    [[nodiscard]] serving_options options(serving_options from = {}) const {
        if (workers.given())
            from.workers = *workers;
        if (memory.given())
            from.memory_limit = *memory << 20U;
        if (time.given())
            from.time_limit = std::chrono::milliseconds(*time);
        if (max_batch.given())
            from.max_batch = *max_batch;
        if (batch_delay.given())
            from.batch_delay = std::chrono::milliseconds(*batch_delay);
        if (max_queued.given())
            from.max_queued = *max_queued;
        return from;
    }

    argument<std::string> job;
    argument<std::string> job_path;
    argument<std::string> model;
    argument<std::string> project_path;
    argument<std::vector<std::string>> files;
    argument<std::string> program;
    argument<std::string> converter;
    argument<std::vector<std::string>> inputs;
    argument<std::vector<std::string>> outputs;
    argument<int> workers;
    argument<std::int64_t> memory;
    argument<std::int64_t> time;
    argument<int> max_batch;
    argument<std::int64_t> batch_delay;
    argument<int> max_queued;
};

new_service definition(const std::string& name, std::int64_t project, const definition_options& o) {
    new_service what;
    what.name = name;
    what.project = project_id(project);
    what.job = job_id(*o.job);
    what.job_path = *o.job_path;
    what.model_folder = *o.model;
    what.project_path = *o.project_path;
    what.files = *o.files;
    what.main_program = *o.program;
    what.inputs = tensors_of(*o.inputs);
    what.outputs = tensors_of(*o.outputs);
    what.converter = *o.converter;
    what.options = o.options();
    return what;
}

/// `create` and `draft`, which need not be complete.
void add_making_verb(CLI::App& noun, context& ctx, const std::string& verb_name,
                     const std::string& help, const std::string& example, bool complete) {
    auto& verb = add_verb(noun, verb_name, help, example);
    const auto name = argument<std::string>(verb, "NAME", "The service's name").required();
    const auto project = argument<std::int64_t>(verb, "--project", "The project it belongs to")
                             .required()
                             .shown_as("ID")
                             .check(positive());
    const definition_options given(verb);
    on_run(verb, ctx, [=, &ctx] {
        if (complete && !given.names_model())
            throw usage_error(
                "A service needs a model: give --job, --project-path or --model, or use `draft`.");
        const auto what = definition(*name, *project, given);
        const auto services = ctx.client().services();
        auto transfer = ctx.transfer("Uploading the model");
        return ctx.print(complete ? services.create(what, std::move(transfer))
                                  : services.save_draft(what, std::move(transfer)));
    });
}

void add_update(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "update", "Change a draft, or the name of any service",
                          "aistudio service update 8 --model model --main-program model.json\n"
                          "aistudio service update 8 --name prices");
    const auto id = add_id(verb);
    const auto name = argument<std::string>(verb, "--name", "The service's new name");
    const definition_options given(verb);
    const auto no_converter = argument<bool>(verb, "--no-converter", "No converter from now on")
                                  .excludes(given.converter);
    on_run(verb, ctx, [=, &ctx] {
        const auto services = ctx.client().services();
        service_changes changes;
        if (name.given())
            changes.name = *name;
        changes.job = job_id(*given.job);
        changes.job_path = *given.job_path;
        changes.model_folder = *given.model;
        changes.project_path = *given.project_path;
        changes.files = *given.files;
        if (given.program.given())
            changes.main_program = *given.program;
        if (given.inputs.given())
            changes.inputs = tensors_of(*given.inputs);
        if (given.outputs.given())
            changes.outputs = tensors_of(*given.outputs);
        if (given.converter.given())
            changes.converter = *given.converter;
        else if (*no_converter)
            changes.converter.emplace();
        if (given.has_options())
            changes.options = given.options(services.get(*id).value().options);
        if (changes == service_changes{})
            throw usage_error("Nothing to change: give what is to be different.");
        return ctx.print(services.update(*id, changes, ctx.transfer("Uploading the model")));
    });
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the services, newest first",
                          "aistudio service list --project 5");
    const auto project = argument<std::int64_t>(verb, "--project", "Of this project only")
                             .shown_as("ID")
                             .check(positive());
    const argument<bool> all(verb, "--all,-a", "All of them, not only the first 50");
    on_run(verb, ctx, [=, &ctx] {
        service_filter filter;
        if (project.given())
            filter.project = project_id(*project);
        return ctx.print_value(pages(ctx, *all, [&](page_request which) {
            filter.which = which;
            return ctx.client().services().list(filter);
        }));
    });
}

/// A verb that takes an id and shows the service as it is then.
using state_change = result<service> (sync_services::*)(service_id, call_options) const;
void add_state_verb(CLI::App& noun, context& ctx, const std::string& name, const std::string& help,
                    state_change change) {
    auto& verb = add_verb(noun, name, help, "aistudio service " + name + " 8");
    const auto id = add_id(verb);
    on_run(verb, ctx, [=, &ctx] { return ctx.print((ctx.client().services().*change)(*id, {})); });
}

void add_test(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "test", "Call a sandbox or online service once, by token",
                 "aistudio service test 8 '{\"x\": [1, 2]}'\naistudio service test 8 @record.json");
    const auto id = add_id(verb);
    const auto record =
        argument<std::string>(verb, "RECORD", "JSON, @FILE, or - for standard input").required();
    on_run(verb, ctx, [=, &ctx] {
        const auto text = read_argument(*record, ctx.watch());
        return ctx.write(ctx.client().services().test(*id, text).value() + '\n');
    });
}

void add_rotate_key(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "rotate-key", "Give an online service a new key",
                          "aistudio service rotate-key 8 --overlap 24");
    const auto id = add_id(verb);
    const auto overlap =
        argument<double>(verb, "--overlap", "Hours that the old keys stay valid; default 0")
            .shown_as("HOURS")
            .check(CLI::Range(0.0, 720.0));
    on_run(verb, ctx, [=, &ctx] {
        const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::duration<double, std::ratio<3600>>(*overlap));
        return ctx.print(ctx.client().services().rotate_key(*id, time));
    });
}

void add_stats(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "stats", "Show calls, errors and times of a service",
                          "aistudio service stats 8");
    const auto id = add_id(verb);
    on_run(verb, ctx, [=, &ctx] { return ctx.print(ctx.client().services().statistics(*id)); });
}

void add_delete(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "delete", "End and forget a service", "aistudio service delete 8");
    const auto id = add_id(verb);
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_done(ctx.client().services().remove(*id), id.text(), "deleted");
    });
}

void add_key(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "key", "Print the key of an online service",
                          "AISTUDIO_API_KEY=$(aistudio service key 8 --show)");
    const auto id = add_id(verb);
    const argument<bool> show(verb, "--show", "Really print it");
    on_run(verb, ctx, [=, &ctx] {
        if (!*show)
            throw usage_error("The key is a secret: add --show to print it.");
        const auto found = ctx.client().services().get(*id).value();
        if (found.api_key.empty())
            throw api_error(make_problem(errc::service_not_running,
                                         "Service " + id.text() + " has no key yet."));
        return ctx.global.json ? ctx.write_json(endpoint{found.url, found.api_key}, secrets::reveal)
                               : ctx.write(std::string(found.api_key.reveal()) + '\n');
    });
}

} // namespace

void add_service(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "service", "Prediction services: make, try, deploy");
    add_making_verb(noun, ctx, "create",
                    "Make a prediction service from a job's output, the project's files, or a "
                    "local folder or archive",
                    "aistudio service create prices --project 5 --job ID --job-path model "
                    "--converter converter.py\n"
                    "aistudio service create prices --project 5 --model model --input "
                    "x:-1,13:float32",
                    true);
    add_making_verb(noun, ctx, "draft", "Keep a draft, to be completed by `update`",
                    "aistudio service draft prices --project 5", false);
    add_update(noun, ctx);
    add_state_verb(noun, ctx, "sandbox", "Make a sandbox of a draft, to try it",
                   &sync_services::create_sandbox);
    add_test(noun, ctx);
    add_state_verb(noun, ctx, "deploy", "Put a sandbox online", &sync_services::deploy);
    add_state_verb(noun, ctx, "pause", "Stop answering; URL and key stay", &sync_services::pause);
    add_state_verb(noun, ctx, "resume", "End a pause", &sync_services::resume);
    add_rotate_key(noun, ctx);
    add_stats(noun, ctx);
    add_delete(noun, ctx);
    add_list(noun, ctx);
    add_state_verb(noun, ctx, "show", "Show a service", &sync_services::get);
    add_key(noun, ctx);
}

} // namespace aistudio::cli
