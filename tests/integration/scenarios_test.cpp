#include "integration/support/interpreter.hpp"
#include "integration/support/scenario.hpp"
#include "integration/support/scenario_values.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/local/studio.hpp>
#include <aistudio/operations.hpp>
#include <aistudio/sync_client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <stdexcept>

namespace aistudio::test {
namespace {

namespace fs = std::filesystem;
namespace mp11 = boost::mp11;

const fs::path scenarios = fs::path("tests") / "scenarios";

std::vector<std::string> scenario_names() {
    std::vector<std::string> out;
    for (const auto& file : fs::directory_iterator(scenarios))
        if (file.path().extension() == ".json")
            out.push_back(file.path().stem().string());
    std::ranges::sort(out);
    return out;
}

template <class T>
result<json_tree> to_tree(const result<T>& from) {
    if (!from)
        return from.error();
    if constexpr (std::is_void_v<T>)
        return json_tree();
    else
        return shown(*from);
}

/// The callback of an operation, which keeps what it gets.
template <class Item>
void collect(std::function<void(Item)>& callback, json_tree::array& into) {
    callback = [&into](const std::remove_cvref_t<Item>& one) { into.push_back(shown(one)); };
}

template <class Filter>
page_request& page_of(Filter& filter) {
    return filter.which;
}

/// One operation of the table, with arguments and options from JSON.
template <class Operation>
class performance {
public:
    performance(sync_client& client, const json_tree& with, const json_tree& options)
        : client_(client) {
        if (with.kind() == json_kind::object)
            take(with, std::make_index_sequence<Operation::argument_names.size()>{});
        if (options.kind() == json_kind::object)
            fill(options, options_);
    }

    result<json_tree> run() {
        if constexpr (detail::is_a<typename Operation::result, page>)
            return all_pages();
        else
            return all_heard();
    }

private:
    using result_type = typename Operation::result;

    template <std::size_t... I>
    void take(const json_tree& with, std::index_sequence<I...>) {
        for (const auto& [name, value] : std::get<json_tree::object>(with.get())) {
            bool known = false;
            const auto try_one = [&](std::string_view argument, auto& out) {
                if (name != argument)
                    return;
                known = true;
                fill(value, out);
            };
            (try_one(Operation::argument_names[I], std::get<I>(arguments_)), ...);
            if (!known)
                throw std::runtime_error("no such argument: " + name);
        }
    }

    template <class T>
    void listen(T& argument) {
        if constexpr (scenario_detail::is_function<T>) {
            listening_ = true;
            collect(argument, collected_);
        }
    }

    result<result_type> once() {
        std::promise<result<result_type>> promise;
        std::apply(
            [&](auto... a) {
                Operation::start(client_.inner().core(), std::move(a)..., options_,
                                 detail::handler<result_type>([&](result<result_type> value) {
                                     promise.set_value(std::move(value));
                                 }));
            },
            arguments_);
        return promise.get_future().get();
    }

    /// The result, or what a callback got.
    result<json_tree> all_heard() {
        std::apply([&](auto&... a) { (listen(a), ...); }, arguments_);
        auto out = to_tree(once());
        if (out && listening_)
            return json_tree(std::move(collected_));
        return out;
    }

    result<json_tree> all_pages() {
        json_tree::array out;
        for (auto& which = page_of(std::get<0>(arguments_));; ++which.number) {
            const auto one = once();
            if (!one)
                return one.error();
            for (const auto& item : one->items)
                out.push_back(shown(item));
            if (one->items.empty() || std::int64_t{one->number} * one->size >= one->total)
                return json_tree(std::move(out));
        }
    }

    sync_client& client_;
    mp11::mp_rename<typename Operation::arguments, std::tuple> arguments_;
    typename Operation::options options_{};
    bool listening_ = false;
    json_tree::array collected_;
};

result<json_tree> perform(sync_client& client, const std::string& name, const json_tree& with,
                          const json_tree& options) {
    std::optional<result<json_tree>> out;
    mp11::mp_for_each<all_operations>([&](auto operation) {
        using type = decltype(operation);
        if (name == std::string(type::resource) + "." + std::string(type::name))
            out = performance<type>(client, with, options).run();
    });
    if (!out)
        throw std::runtime_error("no such operation: " + name);
    return *out;
}

class every_scenario : public testing::TestWithParam<std::string> {
protected:
    static result<std::string> echo(std::string_view record) {
        return R"({"got":)" + std::string(record) + "}";
    }

    result<json_tree> predict(const std::string& reference, const json_tree& step) {
        const auto& to = scenario_.at(reference);
        const auto* key = step.find("api_key");
        call_options options;
        if (const auto given = scenario_.value(step, "options"); given.kind() == json_kind::object)
            fill(given, options);
        const auto predictor = client_.predictor(
            std::get<std::string>(to.find("url")->get()),
            secret(std::get<std::string>((key != nullptr ? *key : *to.find("api_key")).get())));
        if (!predictor)
            return predictor.error();
        const auto record = to_json(scenario_.value(step, "record")).value();
        return predictor->predict<json_tree>(record, options);
    }

    result<json_tree> look_at(const std::string& file, const json_tree& step) {
        auto content = scenario_.content(file);
        if (const auto* other = step.find("same_as")) {
            EXPECT_NE(content.kind(), json_kind::null);
            EXPECT_EQ(content, scenario_.content(std::get<std::string>(other->get())));
        }
        return content;
    }

    result<json_tree> take(const json_tree& step) {
        if (const auto* name = step.find("call"))
            return perform(client_, std::get<std::string>(name->get()),
                           scenario_.value(step, "with"), scenario_.value(step, "options"));
        if (const auto* reference = step.find("predict"))
            return predict(std::get<std::string>(reference->get()), step);
        if (const auto* file = step.find("file"))
            return look_at(std::get<std::string>(file->get()), step);
        throw std::runtime_error("no such step");
    }

    client_options settings() {
        client_options out;
        out.base_url = studio_.base_url();
        out.access_token = studio_.access_token();
        out.deadline = std::chrono::seconds(30);
        if (const auto given = scenario_.client_options(); given.kind() == json_kind::object)
            fill(given, out);
        return out;
    }

    temporary_folder folder_;
    local::studio studio_ = [this] {
        local::studio_options o;
        o.directory = folder_ / "studio";
        return local::studio::start(o).value();
    }();
    scenario scenario_{scenarios / (GetParam() + ".json"), folder_ / "files"};
    sync_client client_{settings()};
};

TEST_P(every_scenario, has_the_results_it_says) {
    for (const auto& module : scenario_.needs())
        if (!jobs_have(module))
            GTEST_SKIP() << "the jobs' interpreter has no " << module;
    for (const auto& name : scenario_.services())
        scenario_.keep(name, shown(studio_.serve(name, echo).value()));
    for (const auto& step : scenario_.steps()) {
        SCOPED_TRACE(step.to_string());
        scenario_.check(step, take(step));
        if (HasFatalFailure())
            return; // later steps need its result
    }
}

INSTANTIATE_TEST_SUITE_P(scenarios, every_scenario, testing::ValuesIn(scenario_names()),
                         [](const auto& info) { return info.param; });

TEST(scenario_files, are_found) { EXPECT_GE(scenario_names().size(), 15U); }

} // namespace
} // namespace aistudio::test
