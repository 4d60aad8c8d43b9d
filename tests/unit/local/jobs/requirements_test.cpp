#include "local/jobs/requirements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio::local::jobs {
namespace {

using testing::HasSubstr;

TEST(requirements, names_versions_extras_and_markers_are_taken) {
    for (const std::string good :
         {"numpy", "numpy==1.26.4", "scikit-learn>=1.2,<2", "requests[socks]", "a~=1.0.dev1",
          "tomli>=2; python_version < \"3.11\" and sys_platform == 'linux'", " spaced >= 1 ",
          "zope.interface", "wheel===1.0+local", "old_name!=1.*"})
        EXPECT_EQ(why_no_requirement(good), "") << good;
}

TEST(requirements, options_addresses_paths_and_comments_are_refused) {
    for (const std::string bad :
         {"--index-url=http://example.org", "-r other.txt", "-e .", "numpy --hash=sha256:00",
          "numpy\t-i x", "pkg @ https://example.org/p.whl", "./local", "../up.whl", "/abs.whl",
          "git+https://example.org/r.git", "numpy # comment", "名字", "😀", "a\nb", "$(touch x)",
          "`id`", "a;b&c", ".hidden", "C:\\x.whl"})
        EXPECT_NE(why_no_requirement(bad), "") << bad;
    EXPECT_THAT(why_no_requirement("--no-deps"), HasSubstr("option of pip"));
    EXPECT_THAT(why_no_requirement("./x"), HasSubstr("package's name"));
}

TEST(requirements, empty_and_long_ones_are_refused) {
    EXPECT_THAT(why_no_requirement(""), HasSubstr("empty"));
    EXPECT_THAT(why_no_requirement(" \t "), HasSubstr("empty"));
    EXPECT_EQ(why_no_requirement(std::string(max_requirement_bytes, 'a')), "");
    EXPECT_THAT(why_no_requirement(std::string(max_requirement_bytes + 1, 'a')),
                HasSubstr("500 bytes"));
}

TEST(requirements, key_depends_on_the_set_and_the_interpreter) {
    const interpreter python{"/usr/bin/python3", "3.11.2", {}};
    const auto key = requirements_key(python, {"b", "a"});
    EXPECT_EQ(key, requirements_key(python, {" a", "b", "a\t"}));
    EXPECT_NE(key, requirements_key(python, {"a"}));
    EXPECT_NE(key, requirements_key(python, {"a b"}));
    EXPECT_NE(key, requirements_key({"/usr/bin/python3", "3.11.3", {}}, {"a", "b"}));
    EXPECT_NE(key, requirements_key({"/opt/bin/python3", "3.11.2", {}}, {"a", "b"}));
}

} // namespace
} // namespace aistudio::local::jobs
