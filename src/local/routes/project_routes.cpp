#include "local/routes/routes.hpp"

#include <limits>

namespace aistudio::local::routes {
namespace {

using http::verb;

project_id id_of(const call& c) { return c.id<project_id>("project"); }

/// A version's number in the path.
int number_of(const call& c) {
    const auto number = http::parse_number(c.segment(1));
    if (!number || *number < 1 || *number > std::numeric_limits<std::int32_t>::max())
        refuse_unknown("version", c.segment(1));
    return static_cast<int>(*number);
}

int version_in(const call& c, std::string_view parameter = "version") {
    return static_cast<int>(
        c.number_parameter(parameter, 0, 0, std::numeric_limits<std::int32_t>::max()));
}

std::string path_in(const call& c) {
    const auto path = c.parameter("path");
    if (path.empty())
        refuse_missing("path");
    return std::string(path);
}

wire::file_url address_of(const domain::project_files::stored_file& f, objects::grants& grants) {
    const auto name = f.file.path.substr(f.file.path.rfind('/') + 1);
    return {grants.signed_url("contents/" + f.file.sha256 + "/" + name), name, f.file.size,
            f.file.sha256};
}

/// A handler that changes files and then lets go of the contents that nobody has any more.
/// `change(call, freed)` is done once.
template <class Change>
handler freeing(store::content_store& contents, Change change) {
    return [&contents, change](call& c) {
        std::vector<std::string> freed;
        auto answer = c.once([&] { return change(c, freed); });
        contents.collect(freed);
        return answer;
    };
}

void add_attribute_routes(api& a, domain::projects& projects, store::content_store& contents) {
    a.add(verb::post, "/projects", [&](call& c) {
        const auto request = c.read<new_project>();
        return c.once([&] { return projects.create(request); });
    });
    a.add(verb::get, "/projects",
          [&](call& c) { return to_wire(projects.list(c.list_request())); });
    a.add(verb::get, "/projects/{id}", [&](call& c) { return to_wire(projects.get(id_of(c))); });
    a.add(verb::patch, "/projects/{id}", [&](call& c) {
        const auto changes = c.read<project_changes>();
        return c.once([&] { return projects.update(id_of(c), changes); });
    });
    a.add(verb::delete_, "/projects/{id}",
          freeing(contents, [&](const call& c, std::vector<std::string>& freed) {
              projects.remove(id_of(c), freed);
          }));
    a.add(verb::put, "/projects/{id}/datasets/{datasetId}", [&](call& c) {
        return c.once([&] { return projects.attach(id_of(c), c.id<dataset_id>("dataset", 1)); });
    });
    a.add(verb::delete_, "/projects/{id}/datasets/{datasetId}", [&](call& c) {
        return c.once([&] { return projects.detach(id_of(c), c.id<dataset_id>("dataset", 1)); });
    });
}

void add_sharing_routes(api& a, domain::projects& projects) {
    for (const bool wanted : {true, false}) {
        const auto method = wanted ? verb::put : verb::delete_;
        a.add(method, "/projects/{id}/public", [&projects, wanted](call& c) {
            const auto access = wanted ? visibility::public_access : visibility::private_access;
            return c.once([&] { return projects.share(id_of(c), access); });
        });
        a.add(method, "/projects/{id}/favourite", [&projects, wanted](call& c) {
            return c.once([&] { return projects.mark(id_of(c), wanted); });
        });
    }
    a.add(verb::post, "/projects/{id}/forks", [&](call& c) {
        const auto request = c.read<wire::fork_project>();
        return c.once([&] { return projects.fork(id_of(c), request.project_name); });
    });
    a.add(verb::get, "/projects/{id}/forks",
          [&](call& c) { return to_wire(projects.forks(id_of(c))); });
}

void add_version_routes(api& a, domain::project_versions& versions) {
    a.add(verb::get, "/projects/{id}/versions",
          [&](call& c) { return to_wire(versions.list(id_of(c))); });
    a.add(verb::post, "/projects/{id}/versions", [&](call& c) {
        const auto request = c.read<wire::save_version>();
        return c.once([&] { return versions.save(id_of(c), request.remark); });
    });
    a.add(verb::get, "/projects/{id}/versions/{number}",
          [&](call& c) { return to_wire(versions.get(id_of(c), number_of(c))); });
    a.add(verb::post, "/projects/{id}/versions/{number}/restore", [&](call& c) {
        return c.once([&] { return versions.restore(id_of(c), number_of(c)); });
    });
    a.add(verb::get, "/projects/{id}/changes", [&](call& c) {
        return to_wire(versions.compare(id_of(c), version_in(c, "before"), version_in(c, "after")));
    });
}

void add_reading_routes(api& a, domain::project_files& files, objects::grants& grants) {
    a.add(verb::get, "/projects/{id}/files",
          [&](call& c) { return to_wire(files.list(id_of(c), version_in(c))); });
    a.add(verb::get, "/projects/{id}/text",
          [&](call& c) { return to_wire(files.text(id_of(c), path_in(c), version_in(c))); });
    a.add(verb::get, "/projects/{id}/preview",
          [&](call& c) { return to_wire(files.preview(id_of(c), path_in(c), version_in(c))); });
    a.add(verb::get, "/projects/{id}/download", [&](call& c) {
        return to_wire(address_of(files.find(id_of(c), path_in(c), version_in(c)), grants));
    });
}

void add_writing_routes(api& a, domain::project_files& files, store::content_store& contents) {
    a.add(verb::post, "/projects/{id}/files",
          freeing(contents, [&](const call& c, std::vector<std::string>& freed) {
              return files.put_uploaded(id_of(c), c.read<wire::add_project_file>(), freed);
          }));
    a.add(verb::put, "/projects/{id}/files", [&](call& c) {
        const auto request = c.read<wire::project_text>();
        auto text = files.prepare(request.content);
        std::vector<std::string> freed;
        auto answer =
            c.once([&] { return files.put(id_of(c), request.path, std::move(text), freed); });
        contents.collect(freed);
        return answer;
    });
    a.add(verb::patch, "/projects/{id}/files", [&](call& c) {
        const auto request = c.read<wire::rename_project_file>();
        return c.once([&] { return files.rename(id_of(c), request); });
    });
    a.add(verb::delete_, "/projects/{id}/files",
          freeing(contents, [&](const call& c, std::vector<std::string>& freed) {
              files.remove(id_of(c), path_in(c), freed);
          }));
    a.add(verb::post, "/projects/{id}/folders", [&](call& c) {
        const auto request = c.read<wire::project_path>();
        return c.once([&] { return files.make_folder(id_of(c), request.path); });
    });
    a.add(verb::put, "/projects/{id}/main-file", [&](call& c) {
        const auto request = c.read<wire::project_path>();
        return c.once([&] { return files.set_main_file(id_of(c), request.path); });
    });
}

} // namespace

void add_project_routes(api& a, domain::projects& projects, domain::project_files& files,
                        domain::project_versions& versions, store::content_store& contents,
                        objects::grants& grants) {
    add_attribute_routes(a, projects, contents);
    add_sharing_routes(a, projects);
    add_version_routes(a, versions);
    add_reading_routes(a, files, grants);
    add_writing_routes(a, files, contents);
}

} // namespace aistudio::local::routes
