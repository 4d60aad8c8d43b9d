#include "cli/command.hpp"
#include "cli/text.hpp"

#include <aistudio/dataset_folder.hpp>

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> paths_of(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

/// Files to upload: by themselves, or after -f as in the official command, which takes empty ones
/// too.
struct upload_arguments {
    argument<std::vector<std::string>> listed;
    argument<std::vector<std::string>> official;

    explicit upload_arguments(CLI::App& verb)
        : listed(verb, "FILES", "Files to upload, at most 10; a folder with more is packed"),
          official(add_files_option(verb)) {}

    static argument<std::vector<std::string>> add_files_option(CLI::App& verb) {
        return argument<std::vector<std::string>>(verb, "--files,-f",
                                                  "Files to upload, which may be empty")
            .shown_as("FILES")
            .many();
    }
    [[nodiscard]] std::vector<fs::path> paths() const {
        auto out = paths_of(*listed);
        out.insert(out.end(), official->begin(), official->end());
        return out;
    }
};

/// The parts of a description beside the short one.
struct description_parts {
    argument<std::string> background;
    argument<std::string> content;
    argument<std::string> origin;
    argument<std::string> usage;

    explicit description_parts(CLI::App& verb)
        : background(verb, "--background", "What the data is about"),
          content(verb, "--content", "What the files contain"),
          origin(verb, "--origin", "Where the data comes from"),
          usage(verb, "--usage", "What it can be used for, and how") {}

    void take(dataset_changes& to) const {
        const std::pair<const argument<std::string>*, std::optional<std::string>*> all[] = {
            {&background, &to.background},
            {&content, &to.content},
            {&origin, &to.origin},
            {&usage, &to.usage}};
        for (const auto& [from, member] : all)
            if (from->given())
                *member = **from;
    }
};

/// What a dataset is made of.
struct dataset_sources {
    std::string name;
    std::vector<fs::path> files;
    std::vector<dataset_folder> folders; // own what was packed
};

/// A folder stands for its files, packed when they are too many; one in place of the name gives its
/// own name as well.
dataset_sources sources_of(context& ctx, const std::string& name, std::vector<fs::path> given) {
    dataset_sources out{name, {}, {}};
    std::error_code no_folder; // for a name no path can have
    if (given.empty() && fs::is_directory(name, no_folder)) {
        given.emplace_back(name);
        out.name = fs::canonical(name).filename().string();
    }
    for (const auto& path : given) {
        if (!fs::is_directory(path, no_folder)) {
            out.files.push_back(path);
            continue;
        }
        const auto& folder = out.folders.emplace_back(dataset_folder::open(path).value());
        out.files.insert(out.files.end(), folder.files().begin(), folder.files().end());
        ctx.note(
            folder.is_packed()
                ? "Packed " + path.string() + " as " + folder.files().front().filename().string()
                : "Taking " + std::to_string(folder.files().size()) + " files of " + path.string());
    }
    return out;
}

void add_create(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "create", "Create a dataset, with files or without",
                          "aistudio dataset create housing uci_housing.csv --licence 2 --public\n"
                          "aistudio dataset create photos/\n"
                          "aistudio dataset create -n housing -f uci_housing.csv -l 2 -p");
    const argument<std::string> name(
        verb, "NAME,--name,-n", "1 to 40 characters, or a folder to upload under its own name");
    const upload_arguments files(verb);
    const argument<std::string> description(verb, "--description,-d", "Free text");
    const argument<bool> is_public(verb, "--public,-p", "Let everybody see it");
    const auto licence_number = argument<int>(verb, "--licence,--license,-l",
                                              "1 CC0, 2 CC BY, 3 CC BY-NC-SA, 4 CC BY-SA, "
                                              "5 CC BY-ND, 6 GPL 2, 7 ODC-BY, 8 other",
                                              1)
                                    .check(CLI::Range(1, 8));
    const description_parts parts(verb);
    on_run(verb, ctx, [=, &ctx] {
        if (!name.given()) // not left to the parser, which would take a file for it
            throw usage_error("The dataset needs a name. See `aistudio dataset create --help`.");
        const auto sources = sources_of(ctx, *name, files.paths());
        const new_dataset what{sources.name, *description,
                               *is_public ? visibility::public_access : visibility::private_access,
                               static_cast<licence>(*licence_number), sources.files};
        auto transfer = ctx.transfer("Uploading");
        transfer.allow_empty_files = files.official.given();
        const auto made = ctx.client().datasets().create(what, std::move(transfer)).value();
        dataset_changes described;
        parts.take(described);
        if (described == dataset_changes{})
            return ctx.print_value(made);
        return ctx.print(ctx.client().datasets().update(made.id, described));
    });
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the datasets, newest first",
                          "aistudio dataset list --scope official");
    const scope_argument scope(verb);
    const argument<bool> all(verb, "--all,-a", "All of them, not only the first 50");
    on_run(verb, ctx, [=, &ctx] {
        const auto datasets = ctx.client().datasets();
        return ctx.print_value(
            pages(ctx, *all, [&](page_request which) { return datasets.list({*scope, which}); }));
    });
}

void add_show(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "show", "Show a dataset and its files", "aistudio dataset show 3");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    on_run(verb, ctx, [=, &ctx] { return ctx.print(ctx.client().datasets().get(*id)); });
}

int upload(context& ctx, dataset_id id, const std::vector<std::string>& files, bool empty_too) {
    std::vector<dataset_file> added;
    for (const auto& file : files) {
        auto transfer = ctx.transfer("Uploading " + file);
        transfer.allow_empty_files = empty_too;
        added.push_back(ctx.client().datasets().upload(id, file, std::move(transfer)).value());
    }
    return ctx.print_value(added);
}

void add_dataset_upload(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "upload", "Add files to a dataset", "aistudio dataset upload 3 more.csv");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    const auto files =
        argument<std::vector<std::string>>(verb, "FILES", "Files to upload").required();
    on_run(verb, ctx, [=, &ctx] { return upload(ctx, *id, *files, false); });
}

/// The official form of `upload`.
void add_add(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "add", "Add files to a dataset, as the official command does",
                          "aistudio dataset add -id 3 -f more.csv");
    const id_argument<dataset_id> id(verb, "--id", "The dataset's id");
    const auto files = upload_arguments::add_files_option(verb).required();
    on_run(verb, ctx, [=, &ctx] { return upload(ctx, *id, *files, true); });
}

/// The files that are meant: the one given, or all.
std::vector<file_id> chosen_files(context& ctx, dataset_id id, std::int64_t file) {
    if (file != 0)
        return {file_id(file)};
    std::vector<file_id> out;
    for (const auto& each : ctx.client().datasets().get(id).value().files)
        out.push_back(each.id);
    return out;
}

void add_dataset_download(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "download", "Download one file of a dataset, or all",
                          "aistudio dataset download 3 --to data\n"
                          "aistudio dataset download 3 7 --to housing.csv");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    const auto file =
        argument<std::int64_t>(verb, "FILE_ID", "One file; default: all").check(positive());
    const auto to =
        argument<std::string>(verb, "--to", "Existing folder, or the file's new name", ".")
            .shown_as("PATH");
    on_run(verb, ctx, [=, &ctx] {
        if (*file == 0 && !fs::is_directory(*to))
            fs::create_directories(*to); // several files need a folder
        std::vector<fs::path> files;
        for (const auto each : chosen_files(ctx, *id, *file))
            files.push_back(ctx.client()
                                .datasets()
                                .download(*id, each, *to, ctx.transfer("Downloading"))
                                .value());
        return ctx.print_files(std::move(files));
    });
}

void add_update(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "update", "Change a dataset's description, licence and the like",
                          "aistudio dataset update 3 --origin \"census 1978\" --public");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    const argument<std::string> name(verb, "--name,-n", "New name");
    const argument<std::string> description(verb, "--description,-d",
                                            "New short description; empty clears it");
    const description_parts parts(verb);
    const argument<bool> is_public(verb, "--public,-p,!--private",
                                   "Let everybody see it, or nobody else");
    const auto licence_number =
        argument<int>(verb, "--licence,--license,-l", "1 to 8, as for `create`")
            .check(CLI::Range(1, 8));
    const argument<bool> official(verb, "--official,!--not-official",
                                  "Put it among the preset ones, or take it from there");
    on_run(verb, ctx, [=, &ctx] {
        dataset_changes changes;
        parts.take(changes);
        if (name.given())
            changes.name = *name;
        if (description.given())
            changes.description = *description;
        if (is_public.given())
            changes.access = *is_public ? visibility::public_access : visibility::private_access;
        if (licence_number.given())
            changes.licence = static_cast<licence>(*licence_number);
        if (official.given())
            changes.official = *official;
        if (changes == dataset_changes{})
            throw usage_error("Nothing to change: give --name, --description or another option.");
        return ctx.print(ctx.client().datasets().update(*id, changes));
    });
}

void add_favourite(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "favourite", "Mark a dataset as a favourite, or take the mark away",
                          "aistudio dataset favourite 3 --off");
    verb.alias("favorite");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    const argument<bool> off(verb, "--off", "Take the mark away");
    on_run(verb, ctx, [=, &ctx] {
        const auto datasets = ctx.client().datasets();
        return ctx.print(*off ? datasets.unfavourite(*id) : datasets.favourite(*id));
    });
}

table to_table(const csv_preview& preview) {
    table out;
    const auto one_line_each = [](const std::vector<std::string>& cells) {
        std::vector<std::string> row;
        for (const auto& text : cells)
            row.push_back(one_line(text));
        return row;
    };
    out.header = one_line_each(preview.header);
    for (const auto& row : preview.rows) {
        out.rows.push_back(one_line_each(row.cells));
        if (out.header.size() < row.cells.size())
            out.header.resize(row.cells.size());
    }
    return out;
}

void add_preview(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "preview", "Show the first rows of a .csv file",
                          "aistudio dataset preview 3\naistudio dataset preview 3 7 --rows 100");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    const auto file = argument<std::int64_t>(verb, "FILE_ID", "The file; default: the first one")
                          .check(positive());
    const auto rows =
        argument<int>(verb, "--rows,-r", "At most 1000", 20).check(CLI::Range(1, 1000));
    on_run(verb, ctx, [=, &ctx] {
        const auto files = chosen_files(ctx, *id, *file);
        if (files.empty())
            throw api_error(make_problem(errc::not_found, "The dataset has no file."));
        const auto preview = ctx.client().datasets().preview(*id, files.front(), *rows).value();
        if (ctx.global.json)
            return ctx.write_json(preview);
        const int status = ctx.write(render(to_table(preview), ctx.decorates_output()));
        if (preview.more)
            ctx.note("The file goes on; --rows shows more.");
        return status;
    });
}

void add_path(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "path", "Tell where a dataset's files are in jobs and notebooks",
                          "aistudio dataset path 3");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    const auto file =
        argument<std::int64_t>(verb, "FILE_ID", "One file; default: all").check(positive());
    on_run(verb, ctx, [=, &ctx] {
        std::vector<dataset_path> paths;
        for (const auto each : chosen_files(ctx, *id, *file))
            paths.push_back(ctx.client().datasets().path(*id, each).value());
        return ctx.print_value(paths);
    });
}

void add_delete(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "delete", "Delete a dataset and its files", "aistudio dataset delete 3");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_done(ctx.client().datasets().remove(*id), id.text(), "deleted");
    });
}

} // namespace

void add_dataset(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "dataset", "Datasets: files that jobs read");
    add_create(noun, ctx);
    add_list(noun, ctx);
    add_show(noun, ctx);
    add_dataset_upload(noun, ctx);
    add_add(noun, ctx);
    add_dataset_download(noun, ctx);
    add_update(noun, ctx);
    add_favourite(noun, ctx);
    add_preview(noun, ctx);
    add_path(noun, ctx);
    add_delete(noun, ctx);
}

} // namespace aistudio::cli
