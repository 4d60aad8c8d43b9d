#include "cli/columns.hpp"
#include "cli/command.hpp"
#include "cli/service_target.hpp"

#include <boost/algorithm/string/join.hpp>

namespace aistudio::cli {
namespace {

argument<std::int64_t> add_service(CLI::App& verb) {
    return argument<std::int64_t>(verb, "--service", "Calls to this service only; default: all")
        .shown_as("ID")
        .check(positive());
}

void add_add(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "add", "Play a fault to prediction calls from now on",
                          "aistudio local faults add queue_full --share 0.1\n"
                          "aistudio local faults add reset --bytes 40 --times 3 --service 8\n"
                          "aistudio local faults add rate_limited --key-env KEY_OF_A_CLIENT");
    const auto kind =
        argument<std::string>(verb, "KIND", boost::algorithm::join(enum_names<fault_kind>(), ", "))
            .required();
    const auto service = add_service(verb);
    const auto key_variable =
        argument<std::string>(verb, "--key-env",
                              "Calls with the key in this environment variable only; default: all")
            .shown_as("VAR");
    const fault initial;
    const argument<std::int64_t> after(verb, "--after", "Calls that are answered well before it");
    const argument<std::int64_t> times(verb, "--times", "Calls it is played to; default: all");
    const argument<double> share(verb, "--share", "Part of the calls, by chance", initial.share);
    const argument<std::int64_t> bytes(verb, "--bytes",
                                       "reset: sent before; wrong_length: missing");
    const argument<std::int64_t> delay(
        verb, "--delay-ms", "slow_body: between two bytes; too_many_requests: the Retry-After");
    const argument<std::int64_t> patience(verb, "--patience",
                                          "too_many_requests: calls that do not wait before the "
                                          "client is blocked",
                                          initial.patience);
    on_run(verb, ctx, [=, &ctx] {
        fault what;
        what.kind = open_enum<fault_kind>::from_name(*kind);
        what.service = service_id(*service);
        if (key_variable.given())
            what.api_key = key_in(*key_variable);
        what.after = *after;
        what.times = *times;
        what.share = *share;
        what.bytes = *bytes;
        what.delay_ms = *delay;
        what.patience = *patience;
        return ctx.print(ctx.client().faults().add(what));
    });
}

void add_list(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "list", "List the faults and how often each was played",
                          "aistudio local faults list");
    const auto service = add_service(verb);
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_value(ctx.client().faults().list(service_id(*service)).value());
    });
}

void add_remove(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "remove", "End one fault", "aistudio local faults remove 2");
    const id_argument<fault_id> id(verb, "ID", "The fault");
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_done(ctx.client().faults().remove(*id), id.text(), "removed");
    });
}

void add_clear(CLI::App& noun, context& ctx) {
    auto& verb = add_verb(noun, "clear", "End all faults", "aistudio local faults clear");
    const auto service = add_service(verb);
    on_run(verb, ctx, [=, &ctx] {
        return ctx.print_done(ctx.client().faults().clear(service_id(*service)),
                              service.given() ? std::to_string(*service) : "all", "cleared");
    });
}

} // namespace

void add_faults(CLI::App& local, context& ctx) {
    auto& noun = add_noun(local, "faults",
                          "Faults a running studio plays to prediction calls "
                          "(AISTUDIO_BASE_URL says which studio)");
    add_add(noun, ctx);
    add_list(noun, ctx);
    add_remove(noun, ctx);
    add_clear(noun, ctx);
}

} // namespace aistudio::cli
