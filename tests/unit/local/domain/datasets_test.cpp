#include "local/domain/datasets.hpp"

#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio::local::domain {
namespace {

using testing::HasSubstr;

/// Files that have a size and no bytes.
class datasets_test : public testing::Test {
protected:
    file_id add_file(std::int64_t size) {
        const auto number = std::to_string(++files_);
        const auto sha256 = std::string(64 - number.size(), '0') + number;
        database_.execute("INSERT INTO contents (sha256, md5, size) VALUES (?, '', ?)", sha256,
                          size);
        database_.execute("INSERT INTO objects (key, sha256, content_type, modified_at) "
                          "VALUES (?, ?, '', 0)",
                          "k" + number, sha256);
        return datasets_.add_file(
            {"f" + number, "k" + number, std::string(objects::bucket), std::nullopt});
    }
    dataset_id create(const std::vector<file_id>& files) {
        wire::create_dataset request;
        request.dataset_name = "d";
        request.file_ids = files;
        return datasets_.create(request);
    }
    template <class F>
    std::string why_refused(F&& f, std::int64_t code) {
        try {
            f();
        } catch (const refusal& r) {
            EXPECT_EQ(r.code(), code);
            return r.message();
        }
        ADD_FAILURE() << "it was not refused";
        return {};
    }

    test::temporary_folder folder_;
    store::database database_{folder_ / "studio.db"};
    store::content_store contents_{database_, folder_.path()};
    datasets datasets_{database_, contents_, "local"};
    int files_ = 0;
};

constexpr std::int64_t gib = std::int64_t{1} << 30U;

TEST_F(datasets_test, fifty_GB_are_counted_over_all_files_to_the_byte) {
    const auto id = create({add_file(20 * gib), add_file(20 * gib)});
    const auto too_large = add_file(10 * gib + 1);
    EXPECT_THAT(why_refused([&] { datasets_.add_files(id, {too_large}); }, service_code::conflict),
                HasSubstr("at most 50 GB"));
    EXPECT_EQ(datasets_.get(id).files.size(), 2U);
    const auto fits = add_file(10 * gib);
    datasets_.add_files(id, {fits});
    EXPECT_EQ(datasets_.get(id).files.size(), 3U);
    const auto byte = add_file(1);
    EXPECT_THAT(why_refused([&] { datasets_.add_files(id, {byte}); }, service_code::conflict),
                HasSubstr("split the dataset"));
    datasets_.add_files(id, {add_file(0)});
}

TEST_F(datasets_test, new_dataset_that_is_too_large_is_not_made) {
    const auto half = add_file(25 * gib);
    const auto more = add_file(25 * gib + 1);
    EXPECT_THAT(why_refused([&] { create({half, more}); }, service_code::conflict),
                HasSubstr("50 GB"));
    EXPECT_EQ(datasets_.list({}).total_count, 0);
    create({half, add_file(25 * gib)}); // the file is still free
}

TEST_F(datasets_test, eleventh_file_is_refused_with_advice_to_pack) {
    std::vector<file_id> files;
    for (int i = 0; i < 10; ++i)
        files.push_back(add_file(1));
    const auto id = create(files);
    const auto eleventh = add_file(1);
    EXPECT_THAT(why_refused([&] { datasets_.add_files(id, {eleventh}); }, service_code::conflict),
                HasSubstr("pack several into one archive"));
    EXPECT_EQ(datasets_.get(id).files.size(), 10U);
}

} // namespace
} // namespace aistudio::local::domain
