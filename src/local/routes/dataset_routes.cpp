#include "local/routes/public_datasets.hpp"
#include "local/routes/routes.hpp"

namespace aistudio::local::routes {
namespace {

/// D1: the dataset's own fields and, beside them, the ids that official readers use.
std::string detail(const dataset& d) {
    wire::file_ids ids;
    for (const auto& file : d.files)
        ids.ids.push_back(file.id);
    auto json = to_wire(d);
    json.back() = ',';
    return json + to_wire(ids).substr(1);
}

dataset_id id_of_form(const call& c) {
    const auto form = http::parse_query(c.body, true);
    const auto text = http::find(form, "datasetId");
    if (!text || text->empty())
        refuse_missing("datasetId");
    const auto n = http::parse_number(*text);
    if (!n)
        refuse_unknown("dataset", *text);
    return dataset_id(*n);
}

std::string show(const call& c, domain::datasets& datasets) {
    const auto d = datasets.get(id_of_form(c));
    if (d.access != visibility::public_access && !d.official && !c.authorized)
        throw refusal(service_code::unauthorized,
                      "The dataset is private; send the access token of its owner.");
    return detail(d);
}

/// D2
public_list public_page(const call& c, domain::datasets& datasets) {
    const auto request = c.read<public_list_request>();
    if (request.p < 1 || request.p > 1'000'000)
        refuse_invalid("`p` must be from 1 to 1000000.");
    if (request.page_size < 1 || request.page_size > 1000)
        refuse_invalid("`pageSize` must be from 1 to 1000.");
    public_list out;
    if (request.tags && !request.tags->empty())
        return out;
    const auto found =
        datasets.find_public(request.kw.value_or(""),
                             {static_cast<int>(request.p), static_cast<int>(request.page_size)});
    for (const auto& d : found.data)
        out.data.push_back({d.id, d.name, d.access, {}, {}});
    out.total_count = found.total_count;
    out.total_page = (found.total_count + request.page_size - 1) / request.page_size;
    return out;
}

wire::file_url address_of(const dataset_file& file, const objects::grants& grants) {
    const auto key = "files/" + to_string(file.id) + "/" + file.name;
    return {grants.signed_url(key), file.name, file.size, file.sha256};
}

} // namespace

void add_dataset_routes(api& a, domain::datasets& datasets, store::content_store& contents,
                        objects::grants& grants) {
    using http::verb;
    a.add_public(
        verb::post, "/studio/dataset/detail", [&](call& c) { return show(c, datasets); },
        access::anyone);
    a.add_public(
        verb::post, "/studio/dataset/v2/publiclist",
        [&](call& c) { return to_wire(public_page(c, datasets)); }, access::anyone);
    a.add_public(verb::get, "/llm/files/datasets/{datasetId}/file/{fileId}/download", [&](call& c) {
        const auto f = datasets.file(c.id<dataset_id>("dataset"), c.id<file_id>("file", 1));
        return to_wire(address_of(f.file, grants));
    });
    a.add_public(verb::get, "/llm/files/acl", [&](call& c) {
        return to_wire(grants.issue_for_upload("uploads/", "", c.parameter("fileKey")));
    });
    a.add_public(verb::post, "/llm/files/addfile", [&](call& c) {
        const auto request = c.read<wire::add_file>();
        return c.once([&] { return wire::added_file{datasets.add_file(request)}; });
    });
    a.add_public(verb::post, "/llm/files/datasets", [&](call& c) {
        const auto request = c.read<wire::create_dataset>();
        return c.once([&] { return wire::created_dataset{datasets.create(request)}; });
    });
    a.add_public(verb::post, "/llm/files/datasets/{datasetId}/addfile", [&](call& c) {
        const auto files = c.read<wire::file_ids>();
        return c.once([&] { datasets.add_files(c.id<dataset_id>("dataset"), files.ids); });
    });
    a.add(verb::get, "/datasets",
          [&](call& c) { return to_wire(datasets.list(c.list_request())); });
    a.add(verb::patch, "/datasets/{id}", [&](call& c) {
        const auto changes = c.read<dataset_changes>();
        return c.once([&] { return datasets.update(c.id<dataset_id>("dataset"), changes); });
    });
    for (const bool wanted : {true, false})
        a.add(wanted ? verb::put : verb::delete_, "/datasets/{id}/favourite",
              [&datasets, wanted](call& c) {
                  return c.once([&] { return datasets.mark(c.id<dataset_id>("dataset"), wanted); });
              });
    a.add(verb::get, "/datasets/{id}/files/{fileId}/preview", [&](call& c) {
        return to_wire(datasets.preview(
            c.id<dataset_id>("dataset"), c.id<file_id>("file", 1),
            static_cast<int>(c.number_parameter("rows", 20, 1, limits::max_preview_rows))));
    });
    a.add(verb::delete_, "/datasets/{id}", [&](call& c) {
        std::vector<std::string> freed;
        auto answer = c.once([&] { datasets.remove(c.id<dataset_id>("dataset"), freed); });
        contents.collect(freed);
        return answer;
    });
}

} // namespace aistudio::local::routes
