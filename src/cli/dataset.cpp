#include "cli/command.hpp"

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> paths_of(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

void add_create(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "create", "Create a dataset, with files or without",
                          "aistudio dataset create housing uci_housing.csv --licence 2 --public");
    const auto name = argument<std::string>(verb, "NAME", "1 to 40 characters").required();
    const argument<std::vector<std::string>> files(verb, "FILES", "Files to upload, at most 10");
    const argument<std::string> description(verb, "--description,-d", "Free text");
    const argument<bool> is_public(verb, "--public", "Let everybody see it");
    const auto licence_number = argument<int>(verb, "--licence,--license",
                                              "1 CC0, 2 CC BY, 3 CC BY-NC-SA, 4 CC BY-SA, "
                                              "5 CC BY-ND, 6 GPL 2, 7 ODC-BY, 8 other",
                                              1)
                                    .check(CLI::Range(1, 8));
    on_run(verb, ctx, [=, &ctx] {
        const new_dataset what{*name, *description,
                               *is_public ? visibility::public_access : visibility::private_access,
                               static_cast<licence>(*licence_number), paths_of(*files)};
        return ctx.print(ctx.client().datasets().create(what, ctx.transfer("Uploading")));
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

void add_upload(CLI::App& noun, context& ctx) {
    auto& verb =
        add_verb(noun, "upload", "Add files to a dataset", "aistudio dataset upload 3 more.csv");
    const id_argument<dataset_id> id(verb, "ID", "The dataset's id");
    const auto files =
        argument<std::vector<std::string>>(verb, "FILES", "Files to upload").required();
    on_run(verb, ctx, [=, &ctx] {
        std::vector<dataset_file> added;
        for (const auto& file : *files)
            added.push_back(ctx.client()
                                .datasets()
                                .upload(*id, file, ctx.transfer("Uploading " + file))
                                .value());
        return ctx.print_value(added);
    });
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
    add_download(noun, ctx);
    add_delete(noun, ctx);
}

} // namespace aistudio::cli
