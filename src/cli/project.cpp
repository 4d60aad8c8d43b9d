#include "cli/command.hpp"

namespace aistudio::cli {
namespace {

void add_create(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "create", "Create a project", "aistudio project create housing --dataset 3");
    const auto name = argument<std::string>(verb, "NAME", "1 to 200 characters").required();
    const argument<std::string> description(verb, "--description,-d", "Free text");
    const auto datasets =
        argument<std::vector<std::int64_t>>(verb, "--dataset", "Attach a dataset; at most 2")
            .shown_as("ID")
            .check(positive());
    on_run(verb, ctx, [=, &ctx] {
        const new_project what{*name, *description, ids_of<dataset_id>(*datasets)};
        return ctx.print(ctx.client().projects().create(what));
    });
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the projects, newest first", "aistudio project list");
    const argument<bool> all(verb, "--all,-a", "All of them, not only the first 50");
    on_run(verb, ctx, [=, &ctx] {
        const auto projects = ctx.client().projects();
        return ctx.print_value(
            pages(ctx, *all, [&](page_request which) { return projects.list(which); }));
    });
}

void add_show(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "show", "Show a project", "aistudio project show 5");
    const id_argument<project_id> id(verb, "ID", "The project's id");
    on_run(verb, ctx, [=, &ctx] { return ctx.print(ctx.client().projects().get(*id)); });
}

void add_update(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "update", "Change a project's name or description",
                          "aistudio project update 5 --name \"house prices\"");
    const id_argument<project_id> id(verb, "ID", "The project's id");
    const argument<std::string> name(verb, "--name,-n", "New name");
    const argument<std::string> description(verb, "--description,-d",
                                            "New description; empty clears it");
    on_run(verb, ctx, [=, &ctx] {
        project_changes changes;
        if (name.given())
            changes.name = *name;
        if (description.given())
            changes.description = *description;
        if (changes == project_changes{})
            throw usage_error("Nothing to change: give --name or --description.");
        return ctx.print(ctx.client().projects().update(*id, changes));
    });
}

void add_delete(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "delete", "Delete a project", "aistudio project delete 5");
    const id_argument<project_id> id(verb, "ID", "The project's id");
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_done(ctx.client().projects().remove(*id), id.text(), "deleted");
    });
}

void add_attach(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "attach", "Attach a dataset: the project's jobs find its files",
                          "aistudio project attach 5 3");
    const id_argument<project_id> id(verb, "PROJECT", "The project's id");
    const id_argument<dataset_id> dataset(verb, "DATASET", "The dataset's id");
    on_run(verb, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().attach_dataset(*id, *dataset)); });
}

void add_detach(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "detach", "Detach a dataset", "aistudio project detach 5 3");
    const id_argument<project_id> id(verb, "PROJECT", "The project's id");
    const id_argument<dataset_id> dataset(verb, "DATASET", "The dataset's id");
    on_run(verb, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().detach_dataset(*id, *dataset)); });
}

} // namespace

void add_project(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "project", "Projects: code, datasets, and what is made from them");
    add_create(noun, ctx);
    add_list(noun, ctx);
    add_show(noun, ctx);
    add_update(noun, ctx);
    add_delete(noun, ctx);
    add_attach(noun, ctx);
    add_detach(noun, ctx);
}

} // namespace aistudio::cli
