#include "emit.hpp"
#include "python_docs.hpp"
#include "python_types.hpp"
#include "text.hpp"
#include "value_types.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace aistudio::bindings {
namespace {

constexpr std::size_t doc_width = 92;

/// A paragraph for each line of `text`.
std::string docstring(const std::string& text, const std::string& indent) {
    std::string out;
    std::istringstream paragraphs(replaced(text, "\\", "\\\\"));
    bool more_lines = false;
    for (std::string paragraph; std::getline(paragraphs, paragraph);) {
        out += out.empty() ? "" : "\n";
        for (const auto& line : wrapped(paragraph, doc_width - indent.size())) {
            more_lines = more_lines || !out.empty();
            out += (out.empty() ? indent + "\"\"\"" : "\n" + indent) + line;
        }
    }
    return out + (more_lines ? "\n" + indent : "") + "\"\"\"\n";
}

std::string constructor(const record_model& record) {
    std::string out = "    def __init__(\n        self,\n        *,\n";
    for (const auto& m : record.members)
        out += "        " + m.name + ": " + accepted_python_type(m.type) + " = ...,\n";
    return out + "    ) -> None: ...\n";
}

std::string property(const member_model& m, const std::string& doc) {
    return "    @property\n    def " + m.name + "(self) -> " + python_type(m.type) + ":\n" +
           docstring(python_text(doc), "        ");
}

std::string class_text(const record_model& record, const doc_reader& docs) {
    std::string out = "@final\nclass " + pascal_case(record.name) + ":\n" +
                      docstring(python_text(docs.of(record.name)), "    ") + "\n" +
                      constructor(record);
    for (const auto& m : record.members)
        out += property(m, docs.of(record.name, m.name));
    return out + "    def to_dict(self) -> dict[str, Any]:\n"
                 "        \"\"\"The members by name; secrets stay `Secret`.\"\"\"\n"
                 "    def __eq__(self, other: object, /) -> bool: ...\n"
                 "    def __getstate__(self) -> dict[str, Any]: ...\n"
                 "    def __setstate__(self, state: dict[str, Any], /) -> None: ...\n"
                 "    __hash__: ClassVar[None]  # type: ignore[assignment]\n";
}

bool is_shown_option(const std::string& name) {
    bool out = false;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, shown_options>>(
        [&](auto t) { out = out || short_name<typename decltype(t)::type>() == name; });
    return out;
}

const record_model& find(const source& from, const std::string& name) {
    for (const auto* records : {&from.records, &from.options})
        for (const auto& record : *records)
            if (record.name == name)
                return record;
    throw std::logic_error("No record is called " + name + ".");
}

/// A record's members as keywords of a call.
std::string keywords(const source& from, const record_model& record, const std::string& indent,
                     bool outer_has_timeout = false) {
    std::string out;
    const bool has_timeout = std::ranges::any_of(
        record.members, [](const member_model& m) { return m.name == "timeout"; });
    for (const auto& m : record.members) {
        if (m.type.kind == kind::record && is_spread_record(m.type.name)) {
            out += keywords(from, find(from, m.type.name), indent, has_timeout);
            continue;
        }
        const auto name = keyword_of(record.name, m.name, outer_has_timeout);
        if (name.empty())
            continue;
        const bool limit = is_time_limit(m.name);
        const bool optional =
            limit || m.type.kind == kind::optional || m.type.kind == kind::callback;
        std::string type = limit ? "float" : accepted_python_type(m.type);
        if (shows_a_bar(m.name))
            type += " | bool";
        if (limit || m.type.kind == kind::callback)
            type += " | None";
        out += indent + name + ": " + type + (optional ? " = None" : " = ...") + ",\n";
    }
    return out;
}

struct signature {
    std::string positional;
    std::string keyword;
};

signature signature_of(const source& from, const operation_model& o, bool with_callback) {
    const std::string indent = "        ";
    const bool has_callback = std::ranges::any_of(
        o.arguments, [](const auto& a) { return a.type.kind == kind::callback; });
    signature out;
    for (const auto& a : o.arguments) {
        if (a.type.kind == kind::record) {
            const auto& record = find(from, a.type.name);
            const bool value = std::ranges::any_of(
                from.records, [&](const record_model& r) { return r.name == record.name; });
            if (value) // what stands before a callback cannot be left out
                out.positional += indent + a.name + ": " + pascal_case(record.name) +
                                  (with_callback && has_callback ? "" : " = ...") + ",\n" + indent +
                                  "/,\n";
            out.keyword += keywords(from, record, indent);
        } else if (a.type.kind != kind::callback || with_callback) {
            out.positional += indent + a.name + ": " + accepted_python_type(a.type) +
                              (a.required ? "" : " = ...") + ",\n";
        }
    }
    out.keyword += keywords(from, find(from, o.options.name), indent);
    return out;
}

std::string method(const source& from, const operation_model& o, const std::string& prefix,
                   const std::string& result, bool with_callback, bool overloaded) {
    const auto s = signature_of(from, o, with_callback);
    return std::string(overloaded ? "    @overload\n" : "") + "    " + prefix + "def " + o.name +
           "(\n        self,\n" + s.positional + "        *,\n" + s.keyword + "    ) -> " + result +
           ":\n" +
           docstring(
               python_doc(from.docs.operation(o.resource, o.name)) +
                   (o.name == "list" ? "\nAsked for page by page while you go through it." : ""),
               "        ");
}

std::string operation_text(const source& from, const operation_model& o, bool async) {
    const std::string prefix = async ? "async " : "";
    if (o.name == "list")
        return method(from, o, "",
                      (async ? "AsyncItems[" : "Items[") + python_type(o.result.of[0]) + "]", false,
                      false);
    for (const auto& a : o.arguments)
        if (a.type.kind == kind::callback)
            return method(from, o, "",
                          (async ? "AsyncIterator[" : "Iterator[") + python_type(a.type.of[0]) +
                              "]",
                          false, true) +
                   method(from, o, "",
                          async ? "Awaitable[" + python_type(o.result) + "]"
                                : python_type(o.result),
                          true, true);
    return method(from, o, prefix, python_type(o.result), true, false);
}

/// What a resource has beside its operations.
std::string more_of(const std::string& resource, bool async) {
    if (resource != "jobs")
        return {};
    return std::string("    ") + (async ? "async " : "") +
           "def follow(\n        self, job: Job | str, /, *, file: TextIO | None = None, offset: "
           "int "
           "= 0\n    ) -> Job:\n" +
           docstring("Prints the log as it grows until the job has ended, and returns the job.\n"
                     "job: the job or its id. file: None: sys.stdout. offset: byte to begin with.",
                     "        ");
}

std::string resource_text(const source& from, const std::string& resource, bool async) {
    std::string out = "@final\nclass " + std::string(async ? "Async" : "") + pascal_case(resource) +
                      ":\n" + docstring(python_text(brief(from.docs.of(resource))), "    ") + "\n";
    for (const auto& o : from.operations)
        if (o.resource == resource)
            // `list` is a method here.
            out += replaced(operation_text(from, o, async), " list[", " builtins.list[");
    return out + more_of(resource, async);
}

std::vector<std::string> resources_of(const source& from) {
    std::vector<std::string> out;
    for (const auto& o : from.operations)
        if (out.empty() || out.back() != o.resource)
            out.push_back(o.resource);
    return out;
}

constexpr const char* client_doc =
    "One account on one service. What is not given is taken from the environment "
    "(AISTUDIO_BASE_URL, AISTUDIO_ACCESS_TOKEN, AISTUDIO_PROFILE), then from the profile file.\n"
    "timeout: seconds for a whole call over all attempts; math.inf: no limit. on_call: called with "
    "a CallReport soon after each HTTP call's end, on a thread of its own, one report at a time; "
    "close() waits for it. What it raises is logged.\n"
    "Pickles hold what was given, and not what was looked up.";

std::string client_text(const source& from, bool async) {
    const std::string prefix = async ? "Async" : "";
    const std::string def = async ? "    async def " : "    def ";
    std::string out =
        "class " + prefix + "Client:\n" +
        docstring(std::string(client_doc) +
                      (async ? " For one task or many, on any loop."
                             : " May be used by several threads; a forked child makes "
                               "its own."),
                  "    ") +
        "\n    def __init__(\n        self,\n        *,\n" +
        keywords(from, find(from, "client_options"), "        ") + "    ) -> None: ...\n";
    for (const auto& resource : resources_of(from))
        out += "    @property\n    def " + resource + "(self) -> " + prefix +
               pascal_case(resource) + ":\n" +
               docstring(python_text(brief(from.docs.of(resource))), "        ");
    return out +
           "    def predictor(\n        self, url: str, *, api_key: str | Secret, idempotent: "
           "bool = True\n    ) -> " +
           prefix + "Predictor:\n" +
           docstring("Calls to one prediction service.\n"
                     "url: as the platform shows it, without `?apiKey=`. idempotent: False for a "
                     "service with effects: a call whose answer was lost is then not repeated, and "
                     "fails with outcome `unknown`.",
                     "        ") +
           "    @property\n    def base_url(self) -> str:\n" +
           docstring("The service's address.", "        ") + def + "close(self) -> None:\n" +
           docstring("Ends everything in flight with code `client_closed` and refuses new calls. "
                     "Twice is fine.",
                     "        ") +
           def + (async ? "__aenter__" : "__enter__") + "(self) -> Self: ...\n" + def +
           (async ? "__aexit__" : "__exit__") +
           "(\n        self,\n        kind: type[BaseException] | None,\n        error: "
           "BaseException | None,\n        traceback: TracebackType | None,\n        /,\n    ) -> "
           "None: ...\n    def __getstate__(self) -> dict[str, Any]: ...\n    def "
           "__setstate__(self, state: dict[str, Any], /) -> None: ...\n";
}

} // namespace

std::vector<emitted_file> emit_python_stub(const source& from) {
    std::string out;
    for (const auto& record : from.records)
        out += "\n" + class_text(record, from.docs);
    for (const auto& record : from.options)
        if (is_shown_option(record.name))
            out += "\n" + class_text(record, from.docs);
    for (const bool async : {false, true}) {
        for (const auto& resource : resources_of(from))
            out += "\n" + resource_text(from, resource, async);
        out += "\n" + client_text(from, async);
    }
    return {{"values.pyi", out}};
}

} // namespace aistudio::bindings
