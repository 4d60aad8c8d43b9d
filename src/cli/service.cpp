#include "cli/command.hpp"
#include "cli/input.hpp"

#include <aistudio/codec/json.hpp>

namespace aistudio::cli {
namespace {

id_argument<service_id> add_id(CLI::App& verb) { return {verb, "ID", "The service's id"}; }

std::vector<tensor_spec> tensors_of(const std::vector<std::string>& texts) {
    std::vector<tensor_spec> out;
    for (const auto& text : texts)
        out.push_back(parse_tensor(text));
    return out;
}

void add_create(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(
        noun, "create", "Make a prediction service from a job's output or a local folder",
        "aistudio service create prices --project 5 --job ID --job-path model --converter "
        "converter.py\n"
        "aistudio service create prices --project 5 --model model --input x:-1,13:float32");
    const auto name = argument<std::string>(verb, "NAME", "The service's name").required();
    const auto project = argument<std::int64_t>(verb, "--project", "The project it belongs to")
                             .required()
                             .shown_as("ID")
                             .check(positive());
    const auto job =
        argument<std::string>(verb, "--job", "Job whose output holds the model").shown_as("ID");
    const auto job_path =
        argument<std::string>(verb, "--job-path", "The model's folder below the job's output")
            .shown_as("PATH");
    const auto model = argument<std::string>(verb, "--model", "Local folder with the model")
                           .shown_as("FOLDER")
                           .excludes(job)
                           .excludes(job_path);
    const auto program =
        argument<std::string>(verb, "--main-program", "The model's graph file; default: found")
            .shown_as("FILE");
    const auto converter =
        argument<std::string>(verb, "--converter", "Python file with reader_infer and output")
            .shown_as("FILE");
    const auto inputs = argument<std::vector<std::string>>(
                            verb, "--input", "An input to check, such as x:-1,13:float32")
                            .shown_as("NAME:SHAPE:DTYPE");
    const auto outputs = argument<std::vector<std::string>>(verb, "--output", "An output to check")
                             .shown_as("NAME:SHAPE:DTYPE");
    on_run(verb, ctx, [=, &ctx] {
        if (!job.given() && !model.given())
            throw usage_error("A service needs a model: give --job or --model.");
        const new_service what{
            *name,    project_id(*project), job_id(*job),         *job_path, *model,
            *program, tensors_of(*inputs),  tensors_of(*outputs), *converter};
        return ctx.print(ctx.client().services().create(what, ctx.transfer("Uploading the model")));
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
    add_create(noun, ctx);
    add_state_verb(noun, ctx, "sandbox", "Make a sandbox of a draft, to try it",
                   &sync_services::create_sandbox);
    add_test(noun, ctx);
    add_state_verb(noun, ctx, "deploy", "Put a sandbox online", &sync_services::deploy);
    add_state_verb(noun, ctx, "pause", "Stop answering; URL and key stay", &sync_services::pause);
    add_state_verb(noun, ctx, "resume", "End a pause", &sync_services::resume);
    add_delete(noun, ctx);
    add_list(noun, ctx);
    add_state_verb(noun, ctx, "show", "Show a service", &sync_services::get);
    add_key(noun, ctx);
}

} // namespace aistudio::cli
