#include "cli/command.hpp"

#include <algorithm>

namespace aistudio::cli {
namespace {

void add_create(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "create", "Create a repository, without files yet",
                          "aistudio model create lily/houses --public --licence MIT");
    const id_argument<repository_id> id(verb, "REPO", "owner/name");
    const argument<std::string> title(verb, "--title", "Name for people; default: the name");
    const argument<std::string> description(verb, "--description,-d", "Free text");
    const argument<std::string> licence(verb, "--licence,--license,-l", "Name of the licence",
                                        new_model{}.licence);
    const argument<bool> is_public(verb, "--public,-p", "Let everybody read it");
    const auto kind =
        argument<std::string>(verb, "--kind,--repo-type",
                              "model, dataset or app; the platform makes models only", "model")
            .check(CLI::IsMember({"model", "dataset", "app"}));
    on_run(verb, ctx, [=, &ctx] {
        new_model what{*id, *title, *description, *licence, *is_public, {}};
        enum_from_name(*kind, what.kind);
        return ctx.print(ctx.client().models().create(what));
    });
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the own repositories, newest first",
                          "aistudio model list --all");
    const argument<bool> all(verb, "--all,-a", "All of them, not only the first 50");
    on_run(verb, ctx, [=, &ctx] {
        const auto models = ctx.client().models();
        return ctx.print_value(
            pages(ctx, *all, [&](page_request which) { return models.list({which}); }));
    });
}

void add_show(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "show", "Show a repository", "aistudio model show lily/houses");
    const id_argument<repository_id> id(verb, "REPO", "owner/name");
    on_run(verb, ctx, [=, &ctx] { return ctx.print(ctx.client().models().get(*id)); });
}

void add_files(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "files", "List the files of a repository",
                          "aistudio model files lily/houses --revision v1.0");
    const id_argument<repository_id> id(verb, "REPO", "owner/name");
    const argument<std::string> revision(verb, "--revision",
                                         "Branch, tag or commit; default: master");
    on_run(verb, ctx, [=, &ctx] { return ctx.print(ctx.client().models().files(*id, *revision)); });
}

void add_tag(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "tag", "Give a commit a name",
                          "aistudio model tag lily/houses v1.0\n"
                          "aistudio model tag lily/houses stable --revision v1.0");
    const id_argument<repository_id> id(verb, "REPO", "owner/name");
    const auto name = argument<std::string>(verb, "NAME", "Of the tag").required();
    const argument<std::string> revision(verb, "--revision",
                                         "Branch, tag or commit to name; default: master");
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print(ctx.client().models().create_tag(*id, *name, *revision));
    });
}

void add_delete(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "delete", "Delete a repository and its files",
                          "aistudio model delete lily/houses");
    const id_argument<repository_id> id(verb, "REPO", "owner/name");
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_done(ctx.client().models().remove(*id), id.text(), "deleted");
    });
}

} // namespace

void add_model(CLI::App& root, context& ctx) {
    auto& noun = add_noun(root, "model", "Repositories of the model hub: files with a history");
    add_create(noun, ctx);
    add_list(noun, ctx);
    add_show(noun, ctx);
    add_files(noun, ctx);
    add_tag(noun, ctx);
    add_delete(noun, ctx);
}

} // namespace aistudio::cli
