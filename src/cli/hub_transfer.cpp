#include "cli/command.hpp"

#include <algorithm>

/// `aistudio upload` and `aistudio download`, with the arguments of the platform's own command.
namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

argument<std::vector<std::string>> pattern_argument(CLI::App& verb, const std::string& name,
                                                    const std::string& help) {
    return argument<std::vector<std::string>>(verb, name, help).shown_as("PATTERN").many();
}

constexpr int most_workers = 64;

/// What both have.
struct shared_arguments {
    argument<std::vector<std::string>> include;
    argument<std::vector<std::string>> exclude;
    argument<std::string> revision;
    argument<std::string> token;
    argument<int> workers;

    explicit shared_arguments(CLI::App& verb)
        : include(pattern_argument(verb, "--include",
                                   "Only files whose path matches: * any text, ? one character, "
                                   "[abc] one of them, folder/ all below it")),
          exclude(pattern_argument(verb, "--exclude", "No files whose path matches")),
          revision(verb, "--revision", "Branch, tag or commit; default: master"),
          token(verb, "--token",
                "Access token; better kept by `aistudio config`, as others can see a command line"),
          workers(argument<int>(verb, "--max-workers", "Files at the same time, at most 64", 4)
                      .check(positive())) {}

    /// The platform's own command sets no bound, so more than there can be is no mistake.
    [[nodiscard]] int max_workers() const { return std::min(*workers, most_workers); }

    void use_token(context& ctx) const {
        if (token.given())
            ctx.settings.access_token = secret(*token);
    }
};

/// What the platform's own command takes when no local path is given: what is called as the
/// repository.
fs::path local_path_of(const std::string& given, const repository_id& id) {
    if (!given.empty())
        return given;
    const auto& text = to_string(id);
    fs::path name = text.substr(text.rfind('/') + 1);
    if (!fs::exists(name))
        throw usage_error("There is no file or folder `" + name.string() +
                          "` here; say what to upload.");
    return name;
}

std::string without_slash_before(std::string path) {
    return path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
}

int print_commit(context& ctx, const model_commit& made) {
    if (ctx.global.json)
        return ctx.write_json(made);
    for (const auto& file : made.files)
        ctx.write(one_line(file) + '\n');
    ctx.note(made.files.empty() ? "Nothing to commit: the repository has these files already."
                                : std::to_string(made.files.size()) + " committed" +
                                      (made.commit.empty() ? "" : " as " + one_line(made.commit)) +
                                      ", " + std::to_string(made.unchanged.size()) + " unchanged.");
    return succeeded;
}

/// Where the platform's own command puts what it downloads: a dot in the name is written `___`.
fs::path cache_folder(const std::string& repo, bool is_dataset) {
    const auto env = process_environment();
    const auto own = env("AISTUDIO_CACHE_HOME").value_or("");
    fs::path out = own.empty() ? fs::path(env("HOME").value_or(".")) / ".cache" / "aistudio" / "hub"
                               : fs::path(own);
    out /= is_dataset ? "datasets" : "models";
    const auto slash = repo.find('/');
    std::string name = repo.substr(slash + 1);
    for (std::size_t at = 0; (at = name.find('.', at)) != std::string::npos; at += 3)
        name.replace(at, 1, "___");
    return out / repo.substr(0, slash) / name;
}

int print_snapshot(context& ctx, const model_snapshot& got) {
    if (ctx.global.json)
        return ctx.write_json(got);
    for (const auto& file : got.files)
        ctx.write(one_line((got.folder / file).string()) + '\n');
    ctx.note(std::to_string(got.files.size()) + " downloaded to " + one_line(got.folder.string()) +
             ", " + std::to_string(got.unchanged.size()) + " there already.");
    return succeeded;
}

int download_one(context& ctx, const repository_id& id, const std::string& path,
                 const fs::path& folder, const std::string& revision) {
    const auto target = path_below(folder, path);
    if (const auto above = target.parent_path(); !above.empty())
        fs::create_directories(above);
    return ctx.print_files({ctx.client()
                                .models()
                                .download(id, path, target, revision, ctx.transfer("Downloading"))
                                .value()});
}

} // namespace

void add_upload(CLI::App& root, context& ctx) {
    auto& verb = add_verb(root, "upload", "Upload a file or a folder to a repository",
                          "aistudio upload lily/houses model --exclude \"*.tmp\" logs/\n"
                          "aistudio upload lily/houses model.pdparams weights/model.pdparams");
    const id_argument<repository_id> id(verb, "REPO", "owner/name");
    const argument<std::string> local(verb, "LOCAL",
                                      "File or folder; default: the one called as the repository");
    const argument<std::string> path(verb, "PATH_IN_REPO",
                                     "Where it goes; default: the root, with its own name");
    const shared_arguments shared(verb);
    const argument<std::string> message(verb, "--commit-message", "Of the commit");
    argument<std::string>(verb, "--repo-type", "model or dataset; both work the same", "model")
        .check(CLI::IsMember({"model", "dataset"}));
    on_run(verb, ctx, [=, &ctx] {
        shared.use_token(ctx);
        const model_upload what{local_path_of(*local, *id),
                                without_slash_before(*path),
                                *shared.include,
                                *shared.exclude,
                                *message,
                                *shared.revision,
                                shared.max_workers()};
        return print_commit(
            ctx, ctx.client().models().upload(*id, what, ctx.transfer("Uploading")).value());
    });
}

void add_download(CLI::App& root, context& ctx) {
    auto& verb =
        add_verb(root, "download", "Download a repository, or files of it",
                 "aistudio download --model lily/houses --local_dir houses\n"
                 "aistudio download --model lily/houses README.md --revision v1.0\n"
                 "aistudio download --dataset lily/prices --include \"*.csv\" --local_dir prices");
    const auto model = argument<std::string>(verb, "--model", "owner/name").shown_as("REPO");
    const auto dataset = argument<std::string>(verb, "--dataset", "The same, of a dataset")
                             .shown_as("REPO")
                             .excludes(model);
    const argument<std::vector<std::string>> files(
        verb, "FILES", "One file; several, or with --include, are patterns");
    const shared_arguments shared(verb);
    const auto folder =
        argument<std::string>(verb, "--local_dir,--local-dir",
                              "Folder; default: where the platform's own command keeps them")
            .shown_as("PATH");
    on_run(verb, ctx, [=, &ctx] {
        if (!model.given() && !dataset.given())
            throw usage_error("Say what to download: --model REPO or --dataset REPO.");
        shared.use_token(ctx);
        const std::string repo = model.given() ? *model : *dataset;
        const repository_id id(repo);
        const fs::path to =
            folder.given() ? fs::path(*folder) : cache_folder(repo, dataset.given());
        if (files->size() == 1)
            return download_one(ctx, id, files->front(), to, *shared.revision);
        snapshot_request what{*shared.revision, *shared.include, *shared.exclude,
                              shared.max_workers()};
        what.include.insert(what.include.end(), files->begin(), files->end());
        return print_snapshot(ctx, ctx.client()
                                       .models()
                                       .snapshot_download(id, to, what, ctx.transfer("Downloading"))
                                       .value());
    });
}

} // namespace aistudio::cli
