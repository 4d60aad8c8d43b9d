#include "support/allocations.hpp"
#include "support/any_loop.hpp"
#include "support/scripted_server.hpp"

#include <aistudio/client.hpp>

#include <boost/describe/class.hpp>

#include <gtest/gtest.h>

#include <array>

namespace aistudio {
namespace {

struct small_house {
    double rooms = 6.5;
    double tax = 296;
    std::array<double, 4> more{0.1, 0.2, 0.3, 0.4};
};
BOOST_DESCRIBE_STRUCT(small_house, (), (rooms, tax, more))

using price = std::array<std::array<double, 1>, 1>;

/// Makes one call after the other, each from the completion of the one before, and counts what the
/// loop's thread allocates from a certain call on.
class steady_calls {
public:
    steady_calls(predictor p, int calls, int warm_up)
        : predictor_(std::move(p)), left_(calls), counts_from_(calls - warm_up) {}

    void next() {
        if (left_-- == 0)
            return;
        if (left_ == counts_from_)
            before_ = test_support::allocations();
        if (left_ == 0)
            allocated_ = test_support::allocations() - before_;
        predictor_.async_predict<price>(small_house{}, {}, [this](result<price> r) {
            good_ += r && (*r)[0][0] == 23.38 ? 1 : 0;
            next();
        });
    }

    [[nodiscard]] int good() const { return good_; }
    [[nodiscard]] std::size_t allocated() const { return allocated_; }

private:
    predictor predictor_;
    int left_;
    int counts_from_;
    int good_ = 0;
    std::size_t before_ = 0;
    std::size_t allocated_ = 1;
};

class prediction_allocations : public testing::TestWithParam<io_backend> {};
INSTANTIATE_TEST_SUITE_P(on, prediction_allocations,
                         testing::Values(io_backend::epoll, io_backend::io_uring),
                         [](const auto& what) {
                             return what.param == io_backend::epoll ? "epoll" : "io_uring";
                         });

TEST_P(prediction_allocations, none_in_the_steady_state_of_a_typed_call) {
    if (GetParam() == io_backend::io_uring && !test::why_no_uring().empty())
        GTEST_SKIP() << test::why_no_uring();
    struct {
        bool tls;
        std::size_t depth;
    } const kinds[] = {{false, 1}, {false, 16}, {true, 1}};
    for (const auto& [tls, depth] : kinds) {
        const auto who = test::make_identity("server", "IP:127.0.0.1");
        const auto context = test::make_server_context(who, TLS1_3_VERSION);
        test::scripted_server server(test::keep_alive([](const auto&) { return "[[23.38]]"; }),
                                     tls ? context.get() : nullptr);
        event_loop loop(GetParam());
        client_options o;
        o.proxy.use_environment = false;
        o.tls.verify = false;
        o.pool.pipeline_depth = depth;
        o.config_file = "/nonexistent/aistudio.json";
        const client c(loop.get_executor(), o);
        steady_calls calls(
            c.predictor(server.address("/serving/online/1"), secret("k-1234")).value(), 300, 100);
        calls.next();
        loop.run();
        EXPECT_EQ(calls.good(), 300);
        if (tls)
            continue; // OpenSSL allocates for itself
        EXPECT_EQ(calls.allocated(), 0U) << "depth " << depth;
    }
}

} // namespace
} // namespace aistudio
