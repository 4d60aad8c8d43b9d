#include "cli/command.hpp"
#include "cli/input.hpp"
#include "cli/text.hpp"

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

id_argument<project_id> add_id(CLI::App& verb) { return {verb, "ID", "The project's id"}; }

argument<std::string> add_path(CLI::App& verb) {
    return argument<std::string>(verb, "PATH", "A file or folder of the project").required();
}

argument<int> add_version(CLI::App& verb) {
    return argument<int>(verb, "--at", "Of this version; default: as it is now").check(positive());
}

template <class E>
argument<std::string> add_attribute(CLI::App& verb, const std::string& name,
                                    const std::string& help) {
    return argument<std::string>(verb, name, help)
        .transform(CLI::IsMember(enum_names<E>(), CLI::ignore_case));
}

/// Sets `to` when the argument was given.
template <class E, class To>
void take(const argument<std::string>& from, To& to) {
    if (from.given())
        to = open_enum<E>::from_name(*from);
}

void add_create(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "create", "Create a project", "aistudio project create housing --dataset 3");
    const auto name = argument<std::string>(verb, "NAME", "1 to 200 characters").required();
    const argument<std::string> description(verb, "--description,-d", "Free text");
    const auto datasets =
        argument<std::vector<std::int64_t>>(verb, "--dataset", "Attach a dataset; at most 2")
            .shown_as("ID")
            .check(positive());
    const auto kind = add_attribute<project_kind>(verb, "--kind,-k", "What its code is run as");
    const auto environment = add_attribute<project_environment>(verb, "--env,-e", "Its Python");
    const auto framework =
        add_attribute<project_framework>(verb, "--framework,-f", "Its framework");
    on_run(verb, ctx, [=, &ctx] {
        new_project what{*name, *description, ids_of<dataset_id>(*datasets)};
        take<project_kind>(kind, what.kind);
        take<project_environment>(environment, what.environment);
        take<project_framework>(framework, what.framework);
        return ctx.print(ctx.client().projects().create(what));
    });
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the projects, newest first",
                          "aistudio project list --scope shared");
    const scope_argument scope(verb);
    const argument<bool> all(verb, "--all,-a", "All of them, not only the first 50");
    on_run(verb, ctx, [=, &ctx] {
        const auto projects = ctx.client().projects();
        return ctx.print_value(
            pages(ctx, *all, [&](page_request which) { return projects.list({*scope, which}); }));
    });
}

void add_show(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "show", "Show a project, or one of its versions",
                          "aistudio project show 5\naistudio project show 5 --at 2");
    const auto id = add_id(verb);
    const auto version =
        argument<int>(verb, "--at", "This version, with its files").check(positive());
    on_run(verb, ctx, [=, &ctx] {
        const auto projects = ctx.client().projects();
        return version.given() ? ctx.print(projects.version(*id, *version))
                               : ctx.print(projects.get(*id));
    });
}

void add_update(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "update", "Change a project's attributes",
                          "aistudio project update 5 --name \"house prices\"");
    const id_argument<project_id> id(verb, "ID", "The project's id");
    const argument<std::string> name(verb, "--name,-n", "New name");
    const argument<std::string> description(verb, "--description,-d",
                                            "New description; empty clears it");
    const auto environment = add_attribute<project_environment>(verb, "--env,-e", "Its Python");
    const auto framework =
        add_attribute<project_framework>(verb, "--framework,-f", "Its framework");
    const argument<bool> official(verb, "--official,!--not-official",
                                  "Put it among the preset ones, or take it from there");
    on_run(verb, ctx, [=, &ctx] {
        project_changes changes;
        if (name.given())
            changes.name = *name;
        if (description.given())
            changes.description = *description;
        take<project_environment>(environment, changes.environment);
        take<project_framework>(framework, changes.framework);
        if (official.given())
            changes.official = *official;
        if (changes == project_changes{})
            throw usage_error("Nothing to change: give --name, --description or another option.");
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

void add_sharing(CLI::App& noun, context& ctx) {
    auto& publish = add_verb(noun, "publish", "Let everybody read and fork a project",
                             "aistudio project publish 5");
    const auto published = add_id(publish);
    on_run(publish, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().publish(*published)); });
    auto& unpublish =
        add_verb(noun, "unpublish", "Make a project private", "aistudio project unpublish 5");
    const auto hidden = add_id(unpublish);
    on_run(unpublish, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().unpublish(*hidden)); });
    auto& favourite = add_verb(noun, "favourite",
                               "Mark a project as a favourite, or take the mark "
                               "away",
                               "aistudio project favourite 5 --off");
    favourite.alias("favorite");
    const auto marked = add_id(favourite);
    const argument<bool> off(favourite, "--off", "Take the mark away");
    on_run(favourite, ctx, [=, &ctx] {
        const auto projects = ctx.client().projects();
        return ctx.print(*off ? projects.unfavourite(*marked) : projects.favourite(*marked));
    });
}

void add_forks(CLI::App& noun, context& ctx) {
    auto& fork = add_verb(noun, "fork", "Copy a project: the copy has a life of its own",
                          "aistudio project fork 5 --name mine");
    const auto source = add_id(fork);
    const argument<std::string> name(fork, "--name,-n", "The copy's name; default: the same");
    on_run(fork, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().fork(*source, *name)); });
    auto& forks = add_verb(noun, "forks", "List who forked a project", "aistudio project forks 5");
    const auto id = add_id(forks);
    on_run(forks, ctx, [=, &ctx] { return ctx.print(ctx.client().projects().forks(*id)); });
}

void add_versions(CLI::App& noun, context& ctx) {
    auto& versions = add_verb(noun, "versions", "List a project's versions, newest first",
                              "aistudio project versions 5");
    const auto listed = add_id(versions);
    on_run(versions, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().versions(*listed)); });
    auto& save = add_verb(noun, "save", "Keep the files as they are now as a version",
                          "aistudio project save 5 --remark \"before tuning\"");
    const auto saved = add_id(save);
    const argument<std::string> remark(save, "--remark,-r", "Free text");
    on_run(save, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().save(*saved, *remark)); });
    auto& restore = add_verb(noun, "restore",
                             "Put a version's files in place of those there are "
                             "now, which are saved before",
                             "aistudio project restore 5 2");
    const auto restored = add_id(restore);
    const auto back_to = argument<int>(restore, "VERSION", "Its number").required();
    on_run(restore, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().restore(*restored, *back_to)); });
    auto& compare = add_verb(noun, "compare", "List the files that differ between two versions",
                             "aistudio project compare 5 1\naistudio project compare 5 1 2");
    const auto compared = add_id(compare);
    const auto before = argument<int>(compare, "BEFORE", "A version; 0: as it is now").required();
    const argument<int> after(compare, "AFTER", "A version; default: as it is now");
    on_run(compare, ctx, [=, &ctx] {
        return ctx.print(ctx.client().projects().compare(*compared, *before, *after));
    });
}

void add_files(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "files", "List a project's files and folders",
                          "aistudio project files 5 --at 2");
    const auto id = add_id(verb);
    const auto version = add_version(verb);
    on_run(verb, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().files(*id, *version)); });
}

void add_mkdir(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "mkdir", "Make a folder in a project", "aistudio project mkdir 5 src");
    const auto id = add_id(verb);
    const auto path = add_path(verb);
    on_run(verb, ctx,
           [=, &ctx] { return ctx.print(ctx.client().projects().create_folder(*id, *path)); });
}

void add_project_upload(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "upload", "Upload a file of at most 20 MiB into a project",
                          "aistudio project upload 5 train.py\n"
                          "aistudio project upload 5 train.py src/train.py");
    const auto id = add_id(verb);
    const auto file = argument<std::string>(verb, "FILE", "The local file").required();
    const argument<std::string> path(verb, "PATH", "Its place in the project; default: its name");
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print(ctx.client().projects().upload_file(*id, *file, *path,
                                                             ctx.transfer("Uploading " + *file)));
    });
}

void add_project_download(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "download", "Download one file of a project, or all",
                          "aistudio project download 5 --at 2 --to old\n"
                          "aistudio project download 5 src/train.py");
    const auto id = add_id(verb);
    const argument<std::string> path(verb, "PATH", "One file; default: all");
    const auto version = add_version(verb);
    const auto to =
        argument<std::string>(verb, "--to", "Folder, or the file's new name", ".").shown_as("PATH");
    on_run(verb, ctx, [=, &ctx] {
        const auto projects = ctx.client().projects();
        const fs::path target = *to;
        return ctx.print_files(
            {path.given()
                 ? projects.download_file(*id, *path, target, *version, ctx.transfer(*path)).value()
                 : projects.download_version(*id, *version, target, ctx.transfer("Downloading"))
                       .value()});
    });
}

/// A file's text as it is; as JSON, a document of one text.
int print_text(context& ctx, const result<std::string>& text) {
    return ctx.global.json ? ctx.write_json(text.value()) : ctx.write(text.value());
}

void add_read(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "read", "Print a text file of a project",
                          "aistudio project read 5 src/train.py --at 2");
    const auto id = add_id(verb);
    const auto path = add_path(verb);
    const auto version = add_version(verb);
    on_run(verb, ctx, [=, &ctx] {
        return print_text(ctx, ctx.client().projects().read_file(*id, *path, *version));
    });
    auto& preview = add_verb(noun, "preview", "Show a .py or .txt file of at most 1 MiB",
                             "aistudio project preview 5 src/train.py");
    const auto shown = add_id(preview);
    const auto shown_path = add_path(preview);
    const auto shown_version = add_version(preview);
    on_run(preview, ctx, [=, &ctx] {
        return print_text(
            ctx, ctx.client().projects().preview_file(*shown, *shown_path, *shown_version));
    });
}

void add_write(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "write", "Write a text of at most 1 MiB into a project",
                          "aistudio project write 5 run.sh \"python train.py\"\n"
                          "aistudio project write 5 run.sh - < run.sh");
    const auto id = add_id(verb);
    const auto path = add_path(verb);
    const auto text =
        argument<std::string>(verb, "TEXT", "The text, @FILE, or - for standard input").required();
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print(
            ctx.client().projects().write_file(*id, *path, read_argument(*text, ctx.watch())));
    });
}

void add_changes(CLI::App& noun, context& ctx) {
    auto& move = add_verb(noun, "move", "Give a file or folder another name or place",
                          "aistudio project move 5 main.py src/main.py");
    const auto moved = add_id(move);
    const auto from = add_path(move);
    const auto new_path = argument<std::string>(move, "NEW_PATH", "Its new path").required();
    on_run(move, ctx, [=, &ctx] {
        return ctx.print(ctx.client().projects().rename_file(*moved, *from, *new_path));
    });
    auto& remove = add_verb(noun, "rm", "Remove a file, or a folder with all in it",
                            "aistudio project rm 5 src/old.py");
    const auto id = add_id(remove);
    const auto path = add_path(remove);
    on_run(remove, ctx, [=, &ctx] {
        return ctx.print_done(ctx.client().projects().remove_file(*id, *path), *path, "removed");
    });
    auto& main_file =
        add_verb(noun, "main", "Choose the .py or .sh file that a job starts",
                 "aistudio project main 5 src/main.py\naistudio project main 5 --none");
    const auto chosen = add_id(main_file);
    const argument<std::string> code(main_file, "PATH", "The file");
    const auto none = argument<bool>(main_file, "--none", "No file").excludes(code);
    on_run(main_file, ctx, [=, &ctx] {
        if (!code.given() && !*none)
            throw usage_error("Give the file's path, or --none.");
        return ctx.print(ctx.client().projects().set_main_file(*chosen, *code));
    });
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
    add_sharing(noun, ctx);
    add_forks(noun, ctx);
    add_versions(noun, ctx);
    add_files(noun, ctx);
    add_mkdir(noun, ctx);
    add_project_upload(noun, ctx);
    add_project_download(noun, ctx);
    add_read(noun, ctx);
    add_write(noun, ctx);
    add_changes(noun, ctx);
}

} // namespace aistudio::cli
