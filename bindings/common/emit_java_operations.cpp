#include "emit.hpp"
#include "java_types.hpp"
#include "text.hpp"

#include <algorithm>
#include <stdexcept>

/// A class for each resource: each operation blocking and as a future, with fewer arguments where
/// C++ has defaults, and lists also as streams over all pages.
namespace aistudio::bindings {
namespace {

struct parameter {
    std::string name;
    type_model type;
    std::string initial; // expression for a default-constructed one
};

std::vector<parameter> parameters_of(const operation_model& o) {
    std::vector<parameter> out;
    for (const auto& a : o.arguments)
        out.push_back({camel_case(a.name), a.type, java_initial(a.type, {})});
    out.push_back({"options", o.options, java_initial(o.options, {})});
    return out;
}

/// `long id, CallOptions options`: the first `count`.
std::string declared(const std::vector<parameter>& all, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += (i == 0 ? "" : ", ") + java_type_of(all[i].type) + " " + all[i].name;
    return out;
}

/// `id, CallOptions.builder().build()`: all of them, those after `count` as their defaults.
std::string passed(const std::vector<parameter>& all, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < all.size(); ++i)
        out += (i == 0 ? "" : ", ") + (i < count ? all[i].name : all[i].initial);
    return out;
}

/// How many arguments calls may have, all of them last.
std::vector<std::size_t> counts_of(const operation_model& o) {
    const auto required = static_cast<std::size_t>(
        std::count_if(o.arguments.begin(), o.arguments.end(), [](auto& a) { return a.required; }));
    std::vector<std::size_t> out;
    for (auto count = required; count <= o.arguments.size() + 1; ++count)
        out.push_back(count);
    return out;
}

std::string parameter_doc(const parameter& p, const source& from) {
    const auto known = [&](const record_model& r) { return r.name == p.type.name; };
    for (const auto* records : {&from.records, &from.options})
        if (p.type.kind == kind::record &&
            std::find_if(records->begin(), records->end(), known) != records->end())
            return javadoc_text(from.docs.of(p.type.name));
    if (p.type.kind == kind::callback)
        return "called on the client's thread for completions, one call at a time";
    if (p.type.kind == kind::path && p.name == "target")
        return "where it goes";
    return p.name == "id" ? "which one" : "the " + p.name;
}

/// The rest of a class's comment speaks of C++.
std::string first_sentence(const std::string& text) {
    const auto end = text.find(". ");
    return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::string documented(const operation_model& o, const source& from, std::size_t count,
                       bool async) {
    const auto doc = from.docs.operation(o.resource, o.name);
    const auto all = parameters_of(o);
    std::vector<std::string> out = {javadoc_text(doc.text), ""};
    for (std::size_t i = 0; i < count; ++i)
        out.push_back("@param " + all[i].name + " " + parameter_doc(all[i], from));
    const auto returns =
        doc.returns.empty() ? "what the service answered" : javadoc_text(doc.returns);
    const bool empty = o.result.kind == kind::nothing;
    if (async)
        out.push_back("@return a future of " + (empty ? std::string("its end") : returns) +
                      "; cancelling it ends the call");
    else if (!empty)
        out.push_back("@return " + returns);
    if (!async)
        out.push_back("@throws AiStudioException when it fails" +
                      (doc.errors.empty() ? "" : "; codes: " + javadoc_text(doc.errors)));
    return "\n" + javadoc(out, "    ");
}

std::string method(const std::string& doc, const std::string& signature, const std::string& body) {
    return doc + "    public " + signature + " {\n" + body + "    }\n";
}

/// What does the work; all other forms end here.
std::string start_body(const operation_model& o, std::size_t index) {
    std::string out = "        WireWriter out = new WireWriter();\n";
    for (const auto& p : parameters_of(o))
        out += "        " + java_write(p.type, p.name) + ";\n";
    return out + "        return client.start(" + std::to_string(index) + ", out, " +
           java_reader(o.result) + ");\n";
}

std::string operation_methods(const operation_model& o, std::size_t index, const source& from) {
    const auto all = parameters_of(o);
    const auto name = camel_case(o.name);
    const bool empty = o.result.kind == kind::nothing;
    std::string out;
    for (const auto count : counts_of(o)) {
        const bool whole = count == all.size();
        const auto arguments = "(" + declared(all, count) + ")";
        out += method(documented(o, from, count, true),
                      "CompletableFuture<" + java_boxed_type_of(o.result) + "> " + name + "Async" +
                          arguments,
                      whole ? start_body(o, index)
                            : "        return " + name + "Async(" + passed(all, count) + ");\n");
        out += method(documented(o, from, count, false),
                      java_type_of(o.result) + " " + name + arguments,
                      std::string("        ") + (empty ? "" : "return ") + "client.await(" + name +
                          "Async(" + passed(all, count) + "));\n");
    }
    return out;
}

/// The member of a filter that says which part of the list is wanted.
std::string page_member(const type_model& filter, const source& from) {
    for (const auto& record : from.options)
        if (record.name == filter.name)
            for (const auto& m : record.members)
                if (m.type.name == "page_request")
                    return java_member_name(m);
    throw std::logic_error("`" + filter.name + "` has no member that asks for a page");
}

std::string all_method(const operation_model& o, const source& from) {
    const auto& first = o.arguments.at(0);
    const bool plain = first.type.name == "page_request";
    const auto filter_type = java_type_of(first.type);
    const auto filter = camel_case(first.name);
    const auto list = camel_case(o.name);
    const std::string part = plain ? "" : page_member(first.type, from);
    const std::string begin = plain ? "PageRequest.builder().build()" : filter + "." + part + "()";
    const std::string page = plain ? "part" : filter + ".toBuilder()." + part + "(part).build()";
    const std::string signature = "Stream<" + java_boxed_type_of(o.result.of[0]) + "> all";
    const auto doc = [&](bool whole) {
        std::vector<std::string> lines = {
            "All of them, page by page: the next page is asked for when the items before it are "
            "used up.",
            ""};
        if (whole && !plain)
            lines.push_back("@param " + filter + " " + javadoc_text(from.docs.of(first.type.name)));
        if (whole)
            lines.push_back("@param options of each page");
        lines.emplace_back("@return the items; a page that cannot be had ends in an "
                           "{@link AiStudioException}");
        return "\n" + javadoc(lines, "    ");
    };
    const std::string declared_filter = plain ? "" : filter_type + " " + filter + ", ";
    const std::string default_filter = plain ? "" : java_initial(first.type, {}) + ", ";
    return method(doc(true), signature + "(" + declared_filter + "CallOptions options)",
                  "        return Page.stream(" + begin + ", part -> " + list + "(" + page +
                      ", options));\n") +
           method(doc(false), signature + "()",
                  "        return all(" + default_filter + "CallOptions.builder().build());\n");
}

} // namespace

std::vector<emitted_file> emit_java_operations(const source& from) {
    std::vector<emitted_file> out;
    std::string resource;
    for (std::size_t i = 0; i < from.operations.size(); ++i) {
        const auto& o = from.operations[i];
        const auto type = pascal_case(o.resource);
        if (o.resource != resource) {
            resource = o.resource;
            out.push_back({type + ".java",
                           java_file_head() +
                               javadoc({javadoc_text(first_sentence(from.docs.of(resource))) +
                                        " May be used by several threads; ends with its client."},
                                       "") +
                               "public final class " + type +
                               " {\n    private final AiStudio client;\n\n    " + type +
                               "(AiStudio client) {\n        this.client = client;\n    }\n"});
        }
        out.back().text += operation_methods(o, i, from);
        if (o.paged)
            out.back().text += all_method(o, from);
    }
    for (auto& file : out)
        file.text += "}\n";
    return out;
}

} // namespace aistudio::bindings
