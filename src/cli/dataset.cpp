#include "cli/command.hpp"

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
        : listed(verb, "FILES", "Files to upload, at most 10"), official(add_files_option(verb)) {}

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

void add_create(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "create", "Create a dataset, with files or without",
                          "aistudio dataset create housing uci_housing.csv --licence 2 --public\n"
                          "aistudio dataset create -n housing -f uci_housing.csv -l 2 -p");
    const argument<std::string> name(verb, "NAME,--name,-n", "1 to 40 characters");
    const upload_arguments files(verb);
    const argument<std::string> description(verb, "--description,-d", "Free text");
    const argument<bool> is_public(verb, "--public,-p", "Let everybody see it");
    const auto licence_number = argument<int>(verb, "--licence,--license,-l",
                                              "1 CC0, 2 CC BY, 3 CC BY-NC-SA, 4 CC BY-SA, "
                                              "5 CC BY-ND, 6 GPL 2, 7 ODC-BY, 8 other",
                                              1)
                                    .check(CLI::Range(1, 8));
    on_run(verb, ctx, [=, &ctx] {
        if (!name.given()) // not left to the parser, which would take a file for it
            throw usage_error("The dataset needs a name. See `aistudio dataset create --help`.");
        const new_dataset what{*name, *description,
                               *is_public ? visibility::public_access : visibility::private_access,
                               static_cast<licence>(*licence_number), files.paths()};
        auto transfer = ctx.transfer("Uploading");
        transfer.allow_empty_files = files.official.given();
        return ctx.print(ctx.client().datasets().create(what, std::move(transfer)));
    });
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "list", "List the datasets, newest first", "aistudio dataset list --all");
    const argument<bool> all(verb, "--all,-a", "All of them, not only the first 50");
    on_run(verb, ctx, [=, &ctx] {
        const auto datasets = ctx.client().datasets();
        return ctx.print_value(
            pages(ctx, *all, [&](page_request which) { return datasets.list(which); }));
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

void add_upload(CLI::App& noun, context& ctx) {
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

void add_download(CLI::App& noun, context& ctx) {
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
    add_upload(noun, ctx);
    add_add(noun, ctx);
    add_download(noun, ctx);
    add_delete(noun, ctx);
}

} // namespace aistudio::cli
