#include <aistudio/impl/object_store.ipp>

#include <gtest/gtest.h>

#include <string>

namespace aistudio {
namespace {

struct address_case {
    std::string endpoint;
    std::string bucket;
    std::string key;
    std::string address; ///< host with its port and target; empty: refused
    bool tls = false;
};

class object_address : public testing::TestWithParam<address_case> {};

TEST_P(object_address, follows_the_storage_address) {
    const auto& c = GetParam();
    wire::sts_grant grant;
    grant.endpoint = c.endpoint;
    grant.bucket_name = c.bucket;
    const auto got = detail::object_address(grant, c.key);
    if (c.address.empty()) {
        ASSERT_FALSE(got) << got->host_header() << got->target;
        EXPECT_NE(got.error().message().find(c.bucket), std::string::npos) << got.error().message();
        return;
    }
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(got->host_header() + got->target, c.address);
    EXPECT_EQ(got->tls, c.tls);
}

INSTANTIATE_TEST_SUITE_P(
    endpoints, object_address,
    testing::Values(
        // A region: the bucket goes before it.
        address_case{"bj.bcebos.com", "b-1", "k/f", "b-1.bj.bcebos.com/k/f"},
        address_case{"http://bj.bcebos.com", "b-1", "k/f", "b-1.bj.bcebos.com/k/f"},
        address_case{"https://bj.bcebos.com", "b-1", "k/f", "b-1.bj.bcebos.com/k/f", true},
        address_case{"https://bj.bcebos.com/", "b-1", "k/f", "b-1.bj.bcebos.com/k/f", true},
        address_case{"BJ.BceBos.com", "b-1", "k/f", "b-1.BJ.BceBos.com/k/f"},
        address_case{"bj.bcebos.com:8080", "b-1", "k/f", "b-1.bj.bcebos.com:8080/k/f"},
        // The bucket stands there already, or another one does.
        address_case{"b-1.bj.bcebos.com", "b-1", "k/f", "b-1.bj.bcebos.com/k/f"},
        address_case{"https://b-1.bj.bcebos.com", "b-1", "k/f", "b-1.bj.bcebos.com/k/f", true},
        address_case{"b-2.bj.bcebos.com", "b-1", "k/f", ""},
        address_case{"b-10.bj.bcebos.com", "b-1", "k/f", ""},
        // Delivery networks have one bucket behind each name.
        address_case{"any.cdn.bcebos.com", "b-1", "k/f", "any.cdn.bcebos.com/k/f"},
        address_case{"b-1.cdn.bcebos.com", "b-1", "k/f", "b-1.cdn.bcebos.com/k/f"},
        // Everywhere else the bucket begins the path, whatever the host is called.
        address_case{"http://127.0.0.1:9000", "b-1", "k/f", "127.0.0.1:9000/b-1/k/f"},
        address_case{"127.0.0.1:9000", "b-1", "k/f", "127.0.0.1:9000/b-1/k/f"},
        address_case{"http://127.0.0.1:9000", "127", "k/f", "127.0.0.1:9000/127/k/f"},
        address_case{"localhost", "b-1", "k/f", "localhost/b-1/k/f"},
        address_case{"http://b-1.example.com", "b-1", "k/f", "b-1.example.com/b-1/k/f"},
        address_case{"http://bj.bcebos.com.example.com", "b-1", "k",
                     "bj.bcebos.com.example.com/b-1/k"},
        address_case{"http://xbcebos.com", "b-1", "k", "xbcebos.com/b-1/k"},
        // Keys: no second slash before them, escapes for all but the slashes within.
        address_case{"http://127.0.0.1:9", "b-1", "/k/f", "127.0.0.1:9/b-1/k/f"},
        address_case{"http://127.0.0.1:9", "b-1", "//k", "127.0.0.1:9/b-1/k"},
        address_case{"bj.bcebos.com", "b-1", "/a b/中+%~.zip",
                     "b-1.bj.bcebos.com/a%20b/%E4%B8%AD%2B%25~.zip"},
        address_case{"http://127.0.0.1:9", "b-1", "", "127.0.0.1:9/b-1"},
        address_case{"bj.bcebos.com", "b-1", "", "b-1.bj.bcebos.com/"}));

TEST(object_addresses, what_is_no_address_is_refused) {
    for (const std::string endpoint : {"", "ftp://bj.bcebos.com", "http://", "http://a b"}) {
        wire::sts_grant grant;
        grant.endpoint = endpoint;
        grant.bucket_name = "b-1";
        EXPECT_FALSE(detail::object_address(grant, "k")) << endpoint;
    }
}

} // namespace
} // namespace aistudio
